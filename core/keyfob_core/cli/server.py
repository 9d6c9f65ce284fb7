"""`keyfob server`."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import cast

from keyfob_core.cli.shell import (
    Fields,
    Shell,
    WrongUsage,
    fields,
    json_option,
    rows,
    yes_option,
)
from keyfob_core.cli.text import table
from keyfob_core.plain import visible

_MAX_LEFT_OUT = 10


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="add|list|remove")
    add = verbs.add_parser("add", help="add an MCP server", allow_abbrev=False)
    add.add_argument("name", metavar="NAME", help="the name you want to call it by")
    add.add_argument("url", metavar="URL", nargs="?", help="its address, like https://host/mcp")
    add.add_argument(
        "--openapi",
        metavar="FILE_OR_URL",
        help="an HTTP API by its OpenAPI document: its operations become tools; URL says where the "
        "API is if the document does not; given again, the document is read again",
    )
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
        ("SERVER", "ADDRESS", "ACCOUNT", "STATE"),
        (
            (
                server["name"],
                f"{server['url']} (OpenAPI)" if server.get("openapi") else server["url"],
                server["account"],
                " - ".join(
                    str(part) for part in (server["account_condition"], server["reason"]) if part
                ),
            )
            for server in rows(servers)
        ),
    )


def _add(args: Namespace, shell: Shell) -> int:
    if args.url is None and args.openapi is None:
        raise WrongUsage("URL", "is missing.", "Give the server's address, or --openapi.")
    wanted = {"name": args.name, "url": args.url, "openapi": _absolute(args.openapi)}
    given = {key: value for key, value in wanted.items() if value is not None}
    state = fields(shell.call("server.add", given, yes=args.yes))
    shell.data(state)
    name = visible(str(state["name"]))
    if state.get("api") is None:
        shell.say(f"Added {name}. Next: keyfob connect {name}")
    else:
        _tell_of_api(shell, name, fields(state["api"]))
    return 0


def _absolute(source: str | None) -> str | None:
    """The source as the engine finds it, which runs in another folder."""
    if source is None or source.startswith(("https://", "http://")):
        return source
    return os.path.abspath(os.path.expanduser(source))


def _tell_of_api(shell: Shell, name: str, api: Fields) -> None:
    left_out = cast("list[str]", api["left_out"])
    shell.say(f"Added {name} with {api['tools']} tools. Its calls go to {visible(str(api['url']))}")
    for words in cast("list[str]", api["sign_ins"]):
        shell.say(f"  sign-in by {visible(words)}")
    for words in left_out[:_MAX_LEFT_OUT]:
        shell.say(f"  left out: {visible(words)}")
    if len(left_out) > _MAX_LEFT_OUT:
        shell.say(f"  and {len(left_out) - _MAX_LEFT_OUT} more, shown by --json")
    method = " --method api-key" if api["places"] else ""
    shell.say(f"Next: keyfob connect {name}{method}")


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
