"""`keyfob connect`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Shell, fields, json_option, yes_option
from keyfob_core.cli.text import visible
from keyfob_core.errors import ConfigInvalid


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.add_argument("server", metavar="SERVER", help="a server from `keyfob server list`")
    parser.add_argument("--account", metavar="NAME", help="the account's name")
    parser.add_argument("--method", choices=("oauth", "api-key"), default="oauth")
    parser.add_argument(
        "--scope", metavar="S", action="append", default=[], help="may be given several times"
    )
    parser.add_argument("--client-id", metavar="ID", help="your own OAuth client id")
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="read the API key from stdin; at a terminal it is asked for without echo",
    )
    yes_option(parser)
    json_option(parser)
    parser.set_defaults(act=_connect)


def _connect(args: Namespace, shell: Shell) -> int:
    wanted: dict[str, object] = {
        "server": args.server,
        "account": args.account,
        "method": args.method,
        "scopes": args.scope,
        "client_id": args.client_id,
        "secret": _secret(args, shell),
    }
    shell.say(f"Connecting {visible(args.server)}.")
    state = fields(shell.call("connect", wanted, yes=args.yes, steps=True))
    shell.data(state)
    shell.say(f"Connected {visible(args.server)} with the account {visible(str(state['name']))}.")
    return 0


def _secret(args: Namespace, shell: Shell) -> str | None:
    at_terminal = shell.surroundings.stdin.isatty()
    if not args.secret_stdin and not (args.method == "api-key" and at_terminal):
        if args.method == "api-key":
            raise ConfigInvalid("secret", "is not given", "Send it to stdin with --secret-stdin.")
        return None
    question = "API key" if args.method == "api-key" else "Client secret"
    secret = shell.secret(question)
    if not secret:
        raise ConfigInvalid("secret", "is empty", "Send it to stdin with --secret-stdin.")
    return secret
