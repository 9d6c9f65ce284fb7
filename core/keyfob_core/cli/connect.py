"""`keyfob connect`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

from keyfob_core.cli import ways, words
from keyfob_core.cli.engines import Door
from keyfob_core.cli.shell import Shell, fields, json_option, yes_option
from keyfob_core.cli.sign_in import SignInScreen
from keyfob_core.config import METHODS
from keyfob_core.renewals import RenewalKind
from keyfob_core.words.plain import visible

_TOKEN_AUTHS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
_EXAMPLES = """\
examples:
  keyfob connect github --method device-code --client-id ID
  keyfob connect tavily --method api-key --query tavilyApiKey --secret-stdin < key.txt
  keyfob connect --provider github --account ci --kind github-app --key-file app.pem \\
      --set app_id=1234 --set installation_id=5678

No secret stands on a command line: it is read from stdin or a file, or asked for without echo.
`keyfob provider show ID` says how to get a client id or a key of your own.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "server", metavar="SERVER", nargs="?", help="a server from `keyfob server list`"
    )
    parser.add_argument(
        "--provider", metavar="ID", help="from `keyfob provider list`; needs no SERVER"
    )
    parser.add_argument("--account", metavar="NAME", help="the account's name")
    parser.add_argument(
        "--method", choices=METHODS, help="without it, the account's; for a new one oauth"
    )
    parser.add_argument("--scope", metavar="S", action="append", default=[], help="may be repeated")
    parser.add_argument("--client-id", metavar="ID", help="your own OAuth client id")
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="read the client secret, API key or service secret from stdin; at a terminal it is "
        "asked for without echo",
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="a private key: PEM, a JWK, or Google's JSON; or a company's token",
    )
    yes_option(parser)
    json_option(parser)
    _sign_in_words(parser)
    _key_words(parser)
    _service_words(parser)
    parser.set_defaults(act=_connect)


def _sign_in_words(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("where an authorization server differs")
    group.add_argument(
        "--param",
        metavar="K=V",
        action="append",
        default=[],
        type=words.pair,
        help="a parameter of the authorization request; may be repeated",
    )
    group.add_argument(
        "--resource",
        metavar="send|omit|URL",
        type=words.resource,
        help="whether the resource is named to it (RFC 8707), or what is named instead",
    )
    group.add_argument(
        "--callback", metavar="URL", help="like http://localhost:3118/callback, as registered"
    )
    group.add_argument(
        "--assume-s256", action="store_true", help="it takes PKCE S256 without saying so"
    )
    group.add_argument("--token-auth", choices=_TOKEN_AUTHS, help="how the client proves who it is")
    group.add_argument("--dpop", action="store_true", help="bind tokens to a key (RFC 9449)")
    group.add_argument(
        "--register-again",
        action="store_true",
        help="it no longer knows Keyfob: register there once more instead of using the old client",
    )


def _key_words(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "where an API key stands; each further place takes a further line of stdin"
    )
    for flag, metavar, kind, text in (
        ("--header", "NAME[=TEMPLATE]", words.header_place, "like 'Authorization=Token {key}'"),
        ("--query", "NAME", words.query_place, "a parameter of the address"),
        ("--basic", "USER", words.basic_place, "a user name, or a template like '{key}:'"),
    ):
        group.add_argument(
            flag,
            dest="placement",
            metavar=metavar,
            action="append",
            default=[],
            type=kind,
            help=text,
        )
    group.add_argument(
        "--expires", metavar="DAYS", type=words.days, help="when the key ends, to be reminded"
    )
    group.add_argument(
        "--no-check", action="store_true", help="do not ask the server whether it takes the key"
    )


def _service_words(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "service accounts",
        "for enterprise-managed, --set subject=... says what is brought: refresh_token, id_token "
        "or renewed_id_token; lines two and three of stdin are the secrets of the clients "
        "idp_client_id and client_id, where they have one",
    )
    group.add_argument("--kind", choices=tuple(map(str, RenewalKind)))
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=words.pair,
        help="what the kind needs, like app_id or subject; may be repeated",
    )


def _connect(args: Namespace, shell: Shell) -> int:
    wanted = ways.wanted(args, shell)
    target = visible(args.server or args.provider)
    shell.say(f"Connecting {target}.")

    async def connect(door: Door) -> object:
        async with SignInScreen(shell, door, wanted) as screen:
            return await shell.answered(door, "connect", wanted, args.yes, screen.tell)

    state = fields(shell.with_engine(connect))
    shell.data(state)
    label = f" ({visible(str(state['label']))})" if state.get("label") else ""
    shell.say(f"Connected {target} with the account {visible(str(state['name']))}{label}.")
    if args.key_file is not None:
        shell.say(f"The key is stored: {visible(args.key_file)} is no longer needed here.")
    return 0
