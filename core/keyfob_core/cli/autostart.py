"""`keyfob autostart`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Fields, Shell, fields, json_option
from keyfob_core.words.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="show|on|off")
    for word, help_text, enabled in (
        ("show", "show whether Keyfob starts at login", None),
        ("on", "start Keyfob in the tray at login", True),
        ("off", "start it by hand", False),
    ):
        verb = verbs.add_parser(word, help=help_text, allow_abbrev=False)
        json_option(verb)
        verb.set_defaults(act=_act, enabled=enabled)


def _act(args: Namespace, shell: Shell) -> int:
    if args.enabled is None:
        state = fields(shell.call("autostart.show"))
    else:
        state = fields(shell.call("autostart.set", {"enabled": args.enabled}))
    shell.data(state)
    shell.say(_words(state))
    return 0


def _words(state: Fields) -> str:
    if state["enabled"]:
        return f"Keyfob starts in the tray at login: {visible(str(state['place']))}"
    return "Keyfob does not start at login."
