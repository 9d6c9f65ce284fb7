"""`keyfob unlock`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.engines import Door
from keyfob_core.cli.latch import require_running, show
from keyfob_core.cli.shell import Shell, fields, json_option, yes_option
from keyfob_core.control.locking import FILE


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.add_argument(
        "--passphrase-stdin",
        action="store_true",
        help="read the encrypted file's passphrase from stdin; at a terminal it is asked for "
        "without echo, where no window asks for it",
    )
    yes_option(parser)
    json_option(parser)
    parser.set_defaults(act=_unlock)


def _unlock(args: Namespace, shell: Shell) -> int:
    async def look(door: Door) -> tuple[str | None, object]:
        store = fields(await door.ask("store.show", {}))
        return door.kind, store["kind"]

    require_running(shell)
    wanted: dict[str, object] = {}
    kind, store = shell.with_engine(look)
    at_terminal = shell.surroundings.stdin.isatty() and kind != "tray"
    if store == FILE and (args.passphrase_stdin or at_terminal):
        wanted["passphrase"] = shell.secret("Passphrase") or None
    return show(shell, fields(shell.call("unlock", wanted, yes=args.yes)))
