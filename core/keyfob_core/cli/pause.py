"""`keyfob pause`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from keyfob_core.cli.latch import require_running, show
from keyfob_core.cli.shell import Shell, fields, json_option
from keyfob_core.words.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.add_argument(
        "--minutes", type=_minutes, metavar="N", help="how long; without it, until you resume"
    )
    json_option(parser)
    parser.set_defaults(act=_pause)


def _pause(args: Namespace, shell: Shell) -> int:
    require_running(shell)
    return show(shell, fields(shell.call("pause", {"minutes": args.minutes})))


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{visible(text)!r} is no whole number of minutes")
    return int(text)
