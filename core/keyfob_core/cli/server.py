"""`keyfob server`."""

from __future__ import annotations

import os
import shlex
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from typing import cast

from keyfob_core.cli import words
from keyfob_core.cli.shell import Fields, Shell, WrongUsage, fields, json_option, rows, yes_option
from keyfob_core.cli.text import table
from keyfob_core.words.plain import visible

TAKES_A_COMMAND = True
"""What stands behind `--` is a program and its arguments."""

_EXAMPLES = """\
examples:
  keyfob server add github https://api.githubcopilot.com/mcp/
  keyfob server add files -- npx -y @modelcontextprotocol/server-filesystem ~/Documents
  keyfob server add tavily --secret-env TAVILY_API_KEY -- npx -y tavily-mcp
  keyfob connect tavily --secret-stdin < key.txt

A program is started without a shell. Its secret is stored by `keyfob connect` and never stands on
a command line; {secret} in a variable's value is where it goes.
"""

_MAX_LEFT_OUT = 10


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="add|list|log|remove")
    add = verbs.add_parser(
        "add",
        help="add an MCP server",
        allow_abbrev=False,
        formatter_class=RawDescriptionHelpFormatter,
        epilog=_EXAMPLES,
        usage="keyfob server add NAME URL | NAME [--env ...] -- COMMAND...",
    )
    add.add_argument("name", metavar="NAME", help="the name you want to call it by")
    add.add_argument("url", metavar="URL", nargs="?", help="its address, like https://host/mcp")
    add.add_argument(
        "--openapi",
        metavar="FILE_OR_URL",
        help="an HTTP API by its OpenAPI document: its operations become tools; URL says where the "
        "API is if the document does not; given again, the document is read again",
    )
    add.add_argument(
        "--env",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=words.pair,
        help="a variable of the program, plain or with {secret} in it; may be repeated",
    )
    add.add_argument(
        "--secret-env",
        metavar="NAME",
        action="append",
        default=[],
        help="a variable that is given the account's secret; may be repeated",
    )
    add.add_argument(
        "--secret-fd",
        action="store_true",
        help="give it on a file descriptor instead, whose number is in KEYFOB_SECRET_FD",
    )
    yes_option(add)
    json_option(add)
    add.set_defaults(act=_add)
    listed = verbs.add_parser("list", help="list the servers", allow_abbrev=False)
    json_option(listed)
    listed.set_defaults(act=_list)
    log = verbs.add_parser(
        "log", help="show what a server's program complained with", allow_abbrev=False
    )
    log.add_argument("name", metavar="NAME")
    log.add_argument("--count", metavar="N", type=words.count, help="lines, 50 unless given")
    json_option(log)
    log.set_defaults(act=_log)
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
                _address(server),
                server["account"],
                _state(server),
                _speaks(server),
            )
            for server in rows(servers)
        ),
    )


def _speaks(server: Fields) -> str | None:
    """The eras that it was seen to speak, and whether the other one is translated."""
    eras = " and ".join(str(era) for era in cast("list[object]", server["eras"]))
    return f"{eras}, bridged" if server["bridged"] else eras or None


def _address(server: Fields) -> str:
    command = cast("list[str]", server["command"])
    if command:
        return shlex.join(command)
    return f"{server['url']} (OpenAPI)" if server.get("openapi") else str(server["url"])


def _state(server: Fields) -> str:
    running = server["running"]
    parts = (server["account_condition"], server["reason"], f"{running} running" if running else "")
    return " - ".join(str(part) for part in parts if part)


def _add(args: Namespace, shell: Shell) -> int:
    state = fields(shell.call("server.add", _wanted(args), yes=args.yes))
    shell.data(state)
    name = visible(str(state["name"]))
    if state.get("api") is not None:
        _tell_of_api(shell, name, fields(state["api"]))
    elif not state["command"]:
        shell.say(f"Added {name}. Next: keyfob connect {name}")
    elif state["secrets_wanted"]:
        shell.say(f"Added {name}. Next: keyfob connect {name} --secret-stdin")
    else:
        shell.say(f"Added {name}. Keyfob starts it when a client first uses it.")
    return 0


def _wanted(args: Namespace) -> dict[str, object]:
    return _wanted_program(args) if args.command else _wanted_address(args)


def _wanted_address(args: Namespace) -> dict[str, object]:
    for flag, given in (
        ("--env", args.env),
        ("--secret-env", args.secret_env),
        ("--secret-fd", args.secret_fd),
    ):
        if given:
            raise WrongUsage(flag, "is for a program.", "Give its command behind --.")
    if args.url is None and args.openapi is None:
        hint = "Give an address, --openapi, or -- COMMAND for a program."
        raise WrongUsage("URL", "is missing.", hint)
    wanted = {"name": args.name, "url": args.url, "openapi": _absolute(args.openapi)}
    return {key: value for key, value in wanted.items() if value is not None}


def _wanted_program(args: Namespace) -> dict[str, object]:
    # Only a new program needs it, and it brings the model with it.
    from keyfob_core.variables import SECRET

    for flag, given in (("URL", args.url), ("--openapi", args.openapi)):
        if given is not None:
            raise WrongUsage(flag, "and a command are two servers.", "Give one of them.")
    variables = dict(args.env)
    for name in args.secret_env:
        if name in variables:
            raise WrongUsage("--secret-env", f"{visible(name)} stands twice.", "Give it once.")
        variables[name] = SECRET
    wanted: dict[str, object] = {"name": args.name, "command": args.command}
    if variables:
        wanted["env"] = variables
    if args.secret_fd:
        wanted["secret_fd"] = True
    return wanted


def _absolute(source: str | None) -> str | None:
    """The source as the engine finds it, which runs in another folder."""
    if source is None or source.startswith(("https://", "http://")):
        return source
    return os.path.abspath(os.path.expanduser(source))


def _tell_of_api(shell: Shell, name: str, api: Fields) -> None:
    left_out = cast("list[str]", api["left_out"])
    shell.say(f"Added {name} with {api['tools']} tools. Its calls go to {visible(str(api['url']))}")
    for way in cast("list[str]", api["sign_ins"]):
        shell.say(f"  sign-in by {visible(way)}")
    for operation in left_out[:_MAX_LEFT_OUT]:
        shell.say(f"  left out: {visible(operation)}")
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


def _log(args: Namespace, shell: Shell) -> int:
    asked: dict[str, object] = {"name": args.name}
    lines = shell.call("server.log", asked | ({"count": args.count} if args.count else {}))
    shell.data(lines)
    for line in cast("list[str]", lines):
        shell.say(visible(line))
    if not lines:
        shell.say(f"{visible(args.name)} has complained of nothing yet.")
    return 0


def _remove(args: Namespace, shell: Shell) -> int:
    shell.data(shell.call("server.remove", {"name": args.name}))
    shell.say(f"Removed {visible(args.name)}.")
    return 0
