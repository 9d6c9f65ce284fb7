"""`keyfob store`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.engines import Door
from keyfob_core.cli.shell import Fields, Shell, fields, json_option, yes_option
from keyfob_core.conditions import StoreCondition
from keyfob_core.errors import ConfigInvalid, EngineUnreachable
from keyfob_core.words.plain import visible

_FILE = "encrypted-file"
_HINT = "Send it to stdin with --passphrase-stdin."


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    # `keyfob status` shows the store, and starts faster without the configuration.
    from keyfob_core.config import STORES

    verbs = parser.add_subparsers(required=True, metavar="show|unlock|move")
    show = verbs.add_parser(
        "show", help="show where secrets lie, and how it is", allow_abbrev=False
    )
    json_option(show)
    show.set_defaults(act=_show)
    unlock = verbs.add_parser(
        "unlock", help="open the store of the Keyfob that runs", allow_abbrev=False
    )
    _passphrase_option(unlock)
    unlock.add_argument(
        "--accept-older",
        action="store_true",
        help="go on with the encrypted file that lies there, although Keyfob wrote a newer one",
    )
    yes_option(unlock)
    json_option(unlock)
    unlock.set_defaults(act=_unlock)
    move = verbs.add_parser("move", help="move every secret to another store", allow_abbrev=False)
    move.add_argument("to", metavar="TO", choices=STORES, help=" or ".join(STORES))
    _passphrase_option(move)
    yes_option(move)
    json_option(move)
    move.set_defaults(act=_move)


def _passphrase_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-stdin",
        action="store_true",
        help="read the encrypted file's passphrase from stdin; at a terminal it is asked for "
        "without echo",
    )


def store_line(store: Fields) -> str:
    """A store and its condition in one line."""
    reason = f" - {store['reason']}" if store["reason"] else ""
    return visible(f"{store['name']}, {store['condition']}{reason}")


def _show(args: Namespace, shell: Shell) -> int:
    store = fields(shell.call("store.show"))
    shell.data(store)
    shell.say(f"Store: {store_line(store)}")
    if store["hint"]:
        shell.say(visible(str(store["hint"])))
    return 0


def _unlock(args: Namespace, shell: Shell) -> int:
    async def look(door: Door) -> Fields:
        if door.kind is None and not args.accept_older:
            raise EngineUnreachable(
                "Keyfob is not running, so nothing is open or locked.",
                "Start it with `keyfob` or `keyfob serve`.",
            )
        return fields(await door.ask("store.show", {}))

    wanted: dict[str, object] = {"accept_older": True} if args.accept_older else {}
    found = shell.with_engine(look)
    if args.accept_older and found["condition"] == StoreCondition.GONE:
        wanted["passphrase"] = _new_passphrase(args, shell)
    elif found["kind"] == _FILE or args.accept_older:
        wanted["passphrase"] = _passphrase(args, shell, "Passphrase")
    store = fields(shell.call("store.unlock", wanted, yes=args.yes if args.accept_older else None))
    shell.data(store)
    shell.say(f"Store: {store_line(store)}")
    return 0


def _move(args: Namespace, shell: Shell) -> int:
    wanted: dict[str, object] = {"to": args.to}
    if args.to == _FILE:
        wanted["passphrase"] = _new_passphrase(args, shell)
    elif args.passphrase_stdin:
        wanted["passphrase"] = _passphrase(args, shell, "Passphrase")
    moved = fields(shell.call("store.move", wanted, yes=args.yes, steps=True))
    shell.data(moved)
    shell.say(f"Moved {moved['moved']} secrets: they lie in the {visible(str(moved['kind']))} now.")
    return 0


def _new_passphrase(args: Namespace, shell: Shell) -> str:
    passphrase = _passphrase(args, shell, "New passphrase")
    if shell.surroundings.stdin.isatty() and shell.secret("Once more") != passphrase:
        raise ConfigInvalid("passphrase", "was not typed the same twice", "Nothing was changed.")
    return passphrase


def _passphrase(args: Namespace, shell: Shell, question: str) -> str:
    if not args.passphrase_stdin and not shell.surroundings.stdin.isatty():
        raise ConfigInvalid("passphrase", "is not given", _HINT)
    passphrase = shell.secret(question)
    if not passphrase:
        raise ConfigInvalid("passphrase", "is empty", _HINT)
    return passphrase
