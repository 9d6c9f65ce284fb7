"""`keyfob server`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import cast

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows, yes_option
from keyfob_core.cli.text import table
from keyfob_core.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="add|list|remove")
    add = verbs.add_parser("add", help="add an MCP server", allow_abbrev=False)
    add.add_argument("name", metavar="NAME", help="the name you want to call it by")
    add.add_argument("url", metavar="URL", help="its address, like https://host/mcp")
    yes_option(add)
    json_option(add)
    add.set_defaults(act=_add)
    listed = verbs.add_parser("list", help="list the servers", allow_abbrev=False)
    json_option(listed)
    listed.set_defaults(act=_list)
    remove = verbs.add_parser("remove", help="remove a server", allow_abbrev=False)
    remove.add_argument("name", metavar="NAME")
    json_option(remove)
    remove.set_defaults(act=_remove)


def server_table(servers: object) -> str:
    """The servers as people read them."""
    return table(
        ("SERVER", "ADDRESS", "ACCOUNT", "STATE", "SPEAKS"),
        (
            (
                server["name"],
                server["url"],
                server["account"],
                " - ".join(
                    str(part) for part in (server["account_condition"], server["reason"]) if part
                ),
                _speaks(server),
            )
            for server in rows(servers)
        ),
    )


def _speaks(server: Fields) -> str | None:
    """The eras that it was seen to speak, and whether the other one is translated."""
    eras = " and ".join(str(era) for era in cast("list[object]", server["eras"]))
    return f"{eras}, bridged" if server["bridged"] else eras or None


def _add(args: Namespace, shell: Shell) -> int:
    state = fields(shell.call("server.add", {"name": args.name, "url": args.url}, yes=args.yes))
    shell.data(state)
    name = visible(str(state["name"]))
    shell.say(f"Added {name}. Next: keyfob connect {name}")
    return 0


def _list(args: Namespace, shell: Shell) -> int:
    servers = rows(shell.call("server.list"))
    shell.data(servers)
    shell.say(
        server_table(servers) if servers else "No servers yet. Add one: keyfob server add NAME URL"
    )
    return 0


def _remove(args: Namespace, shell: Shell) -> int:
    shell.data(shell.call("server.remove", {"name": args.name}))
    shell.say(f"Removed {visible(args.name)}.")
    return 0
