"""`keyfob rule`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows, yes_option
from keyfob_core.cli.text import moment, table
from keyfob_core.words.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="list|add|remove")
    listed = verbs.add_parser("list", help="list the rules", allow_abbrev=False)
    json_option(listed)
    listed.set_defaults(act=_list)
    add = verbs.add_parser("add", help="add a rule", allow_abbrev=False)
    for name in ("client", "server", "group", "tool"):
        add.add_argument(f"--{name}", help=f"the {name} it is for; without it, every {name}")
    add.add_argument(
        "--annotation",
        dest="annotations",
        action="append",
        choices=("read-only", "destructive", "open-world", "idempotent"),
        help="what a tool has to say of itself; given twice, both",
    )
    add.add_argument("--access", choices=("allow", "ask", "deny"), required=True)
    add.add_argument("--hours", type=_hours, metavar="N", help="how long it holds")
    yes_option(add)
    json_option(add)
    add.set_defaults(act=_add)
    remove = verbs.add_parser("remove", help="remove a rule", allow_abbrev=False)
    remove.add_argument("id", metavar="ID", help="from `keyfob rule list`")
    yes_option(remove)
    json_option(remove)
    remove.set_defaults(act=_remove)


def _list(args: Namespace, shell: Shell) -> int:
    rules = rows(shell.call("rule.list"))
    shell.data(rules)
    shell.say(_rule_table(rules) if rules else "No rules: every tool call is asked about.")
    return 0


def _add(args: Namespace, shell: Shell) -> int:
    wanted: dict[str, object] = {
        "client": args.client,
        "server": args.server,
        "group": args.group,
        "tool": args.tool,
        "annotations": args.annotations,
        "access": args.access,
        "hours": args.hours,
    }
    rule = fields(shell.call("rule.add", wanted, yes=args.yes))
    shell.data(rule)
    shell.say(f"Added the rule {visible(str(rule['id']))}.\n{_rule_table([rule])}")
    return 0


def _remove(args: Namespace, shell: Shell) -> int:
    shell.data(shell.call("rule.remove", {"id": args.id}, yes=args.yes))
    shell.say(f"Removed the rule {visible(args.id)}.")
    return 0


def _rule_table(rules: list[Fields]) -> str:
    return table(
        ("RULE", "SAYS", "UNTIL"),
        ((rule["id"], rule["decides"], _until(rule["until"])) for rule in rules),
    )


def _until(seconds: object) -> str:
    return moment(seconds) if isinstance(seconds, int | float) else "removed"


def _hours(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise ArgumentTypeError(f"{visible(text)!r} is no whole number of hours")
    return int(text)
