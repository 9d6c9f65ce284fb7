"""`keyfob audit`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import datetime
from typing import cast

from keyfob_core.audit.export import FORMATS, exported
from keyfob_core.audit.query import selected_lines
from keyfob_core.audit.selection import Selection
from keyfob_core.cli.audit_selection import selected, selection_options
from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows
from keyfob_core.errors import ConfigInvalid
from keyfob_core.words.plain import visible

_NAME_WIDTH = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="tail|query|verify|export")
    tail = verbs.add_parser("tail", help="print the last events", allow_abbrev=False)
    tail.add_argument("-n", dest="count", type=_count, default=20, metavar="N")
    json_option(tail)
    tail.set_defaults(act=_tail)
    query = verbs.add_parser("query", help="print the events you choose", allow_abbrev=False)
    query.add_argument("-n", dest="count", type=_count, default=100, metavar="N")
    selection_options(query)
    json_option(query)
    query.set_defaults(act=_query)
    export = verbs.add_parser("export", help="write events to a file", allow_abbrev=False)
    export.add_argument("--format", choices=FORMATS, default="jsonl", help="jsonl is as it lies")
    export.add_argument("--to", metavar="FILE", help="a new file; without it, to the output")
    selection_options(export)
    export.set_defaults(act=_export)
    verify = verbs.add_parser("verify", help="check the whole chain", allow_abbrev=False)
    json_option(verify)
    verify.set_defaults(act=_verify)


def event_line(event: Fields) -> str:
    """One event as people read it."""
    server, tool = event.get("server"), event.get("tool")
    target = f"{server}/{tool}" if server and tool else server
    who = " -> ".join(str(part) for part in (event.get("client"), target) if part)
    account = f"as {event['account']}" if event.get("account") else ""
    subject = " ".join(part for part in (who, account) if part)
    told = ": ".join(str(part) for part in (subject, event.get("outcome")) if part)
    when, name = _clock(str(event.get("time", ""))), str(event.get("event", ""))
    return visible(" ".join((when, name.ljust(_NAME_WIDTH), told, *_details(event))).rstrip())


def _details(event: Fields) -> Iterator[str]:
    details = event.get("details")
    if isinstance(details, dict):
        for name, value in fields(cast("object", details)).items():
            if value is not None:
                yield f"{name}={value}"


def _tail(args: Namespace, shell: Shell) -> int:
    events = rows(shell.call("audit.tail", {"count": args.count}))
    shell.data(events)
    for event in events:
        shell.say(event_line(event))
    if not events:
        shell.say("The audit log has no events yet.")
    return 0


def _query(args: Namespace, shell: Shell) -> int:
    wanted = selected(args, shell.surroundings.clock())
    events = rows(shell.call("audit.query", {**wanted, "count": args.count}))
    shell.data(events)
    for event in events:
        shell.say(event_line(event))
    if not events:
        shell.say("No event is like that.")
    return 0


def _export(args: Namespace, shell: Shell) -> int:
    wanted = selected(args, shell.surroundings.clock())
    # Read here, beside the engine: a log may be longer than an answer of it.
    lines = selected_lines(shell.paths.audit_folder, Selection(**wanted))
    pieces = exported(lines, args.format)
    if args.to is None:
        for piece in pieces:
            print(piece.decode(), end="", file=shell.surroundings.out)
        return 0
    try:
        with open(args.to, "xb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise ConfigInvalid(
            "--to", f"{args.to}: {error.strerror or error}", "Name a new file in your own folder."
        ) from error
    shell.say(f"Wrote {visible(args.to)}.")
    return 0


def _verify(args: Namespace, shell: Shell) -> int:
    found = fields(shell.call("audit.verify"))
    shell.data(found)
    if found.get("ok") is True:
        shell.say(f"The audit log is whole: {found.get('count')} events.")
        return 0
    where = f" (line {found['line']})" if found.get("line") is not None else ""
    shell.remark(f"keyfob: The audit log is not whole: {found.get('problem')}{where}")
    return 1


def _clock(time: str) -> str:
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return time


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{visible(text)!r} is no number of events")
    return int(text)
