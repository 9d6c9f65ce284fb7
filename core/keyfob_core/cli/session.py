"""`keyfob session`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Fields, Shell, json_option, rows
from keyfob_core.cli.text import moment, table
from keyfob_core.words.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="list|end")
    listed = verbs.add_parser("list", help="list the sessions with servers", allow_abbrev=False)
    json_option(listed)
    listed.set_defaults(act=_list)
    end = verbs.add_parser("end", help="end a session, here and at its server", allow_abbrev=False)
    end.add_argument("id", metavar="ID", help="from `keyfob session list`")
    json_option(end)
    end.set_defaults(act=_end)


def _list(args: Namespace, shell: Shell) -> int:
    sessions = rows(shell.call("session.list"))
    shell.data(sessions)
    shell.say(_table(sessions) if sessions else "No sessions.")
    return 0


def _end(args: Namespace, shell: Shell) -> int:
    shell.data(shell.call("session.end", {"id": args.id}))
    shell.say(f"Ended the session {visible(args.id)}.")
    return 0


def _table(sessions: list[Fields]) -> str:
    return table(
        ("SESSION", "CLIENT", "SERVER", "ACCOUNT", "STATE", "SINCE", "LAST USED"),
        (
            (
                one["id"],
                one["client"],
                one["server"] or "all",
                one["account"],
                one["phase"],
                _when(one["issued_at"]),
                _when(one["used_at"]),
            )
            for one in sessions
        ),
    )


def _when(seconds: object) -> str:
    return moment(seconds) if isinstance(seconds, int | float) else "-"
