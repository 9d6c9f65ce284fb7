"""`keyfob config`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Fields, Shell, json_option, rows, yes_option
from keyfob_core.cli.text import table


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="check|accept")
    check = verbs.add_parser(
        "check", help="show what was edited by hand and waits for a yes", allow_abbrev=False
    )
    json_option(check)
    check.set_defaults(act=_check)
    accept = verbs.add_parser("accept", help="put it in force", allow_abbrev=False)
    yes_option(accept)
    json_option(accept)
    accept.set_defaults(act=_accept)


def _check(args: Namespace, shell: Shell) -> int:
    waiting = rows(shell.call("config.check"))
    shell.data(waiting)
    shell.say(_table(waiting) if waiting else "Nothing waits: config.toml is in force as it is.")
    return 0


def _accept(args: Namespace, shell: Shell) -> int:
    accepted = rows(shell.call("config.accept", yes=args.yes))
    shell.data(accepted)
    shell.say(f"In force now:\n{_table(accepted)}" if accepted else "Nothing waited.")
    return 0


def _table(changes: list[Fields]) -> str:
    return table(("PART", "CHANGE"), ((one["part"], one["words"]) for one in changes))
