"""The words of `keyfob connect`, checked against each other and made into the verb's arguments."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from keyfob_core.cli.engines import Door
from keyfob_core.cli.entries import provider_entry
from keyfob_core.cli.key_input import read_key_file, read_token_file
from keyfob_core.cli.shell import Fields, Shell, WrongUsage, rows
from keyfob_core.cli.words import Place
from keyfob_core.errors import ConfigInvalid
from keyfob_core.renewals import CompanyToken, RenewalKind
from keyfob_core.words.plain import visible

_SIGN_INS = ("oauth", "device-code")
_ALL_BUT_KEYS = (*_SIGN_INS, "service-account")
_SERVES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "scope": ("--scope", _ALL_BUT_KEYS),
    "client_id": ("--client-id", _ALL_BUT_KEYS),
    "key_file": ("--key-file", _ALL_BUT_KEYS),
    "kind": ("--kind", ("service-account",)),
    "set": ("--set", ("service-account",)),
    "placement": ("--header, --query or --basic", ("api-key",)),
    "expires": ("--expires", ("api-key",)),
    "no_check": ("--no-check", ("api-key",)),
    "param": ("--param", ("oauth",)),
    "callback": ("--callback", ("oauth",)),
    "assume_s256": ("--assume-s256", ("oauth",)),
    "token_auth": ("--token-auth", _SIGN_INS),
    "resource": ("--resource", _ALL_BUT_KEYS),
    "dpop": ("--dpop", _ALL_BUT_KEYS),
    "register_again": ("--register-again", _SIGN_INS),
}
"""Which methods an option means something for."""
_FIXES: Mapping[tuple[str, str], str] = {
    ("key_file", "api-key"): "Send the key with --secret-stdin < FILE.",
    ("scope", "api-key"): "Leave it out: a key's rights are chosen where it is made.",
    ("client_id", "api-key"): "Leave it out, or use --method oauth.",
    ("token_auth", "service-account"): "Say it with --set auth=VALUE.",
}
_KEYED = (RenewalKind.GOOGLE, RenewalKind.GITHUB_APP)
_CLIENTS = (
    RenewalKind.CLIENT_CREDENTIALS,
    RenewalKind.WORKLOAD_IDENTITY,
    RenewalKind.ENTERPRISE_MANAGED,
)
_FURTHER_SECRETS = {
    "idp_client_secret": "Client secret at the identity provider (none: leave empty)",
    "client_secret": "Client secret at the server's issuer (none: leave empty)",
}
"""Of the company's sign-in, in the order of the lines of stdin."""


def wanted(args: Namespace, shell: Shell) -> dict[str, object]:
    """The arguments of the verb `connect`, with the secrets that they need.

    Raises WrongUsage for words that cannot go together, ConfigInvalid for a secret that is
    missing or a file that is none.
    """
    if args.server is None and args.provider is None:
        raise WrongUsage("SERVER", "is missing.", "Name a server, or a provider by --provider ID.")
    method = args.method or _implied(args)
    _check_words(args, method)
    found: dict[str, object] = {
        "server": args.server,
        "provider": args.provider,
        "account": args.account,
        "method": method,
        "scopes": args.scope,
        "profile": _profile(args),
        "register_again": args.register_again or None,
    }
    found |= _of_method(args, shell, method)
    return {name: value for name, value in found.items() if value not in (None, [], {})}


def _implied(args: Namespace) -> str | None:
    """The one method that the options given are for; None leaves it to the account."""
    for name, (_, methods) in _SERVES.items():
        if len(methods) == 1 and methods != ("oauth",) and _given(args, name):
            return methods[0]
    return None


def _given(args: Namespace, name: str) -> bool:
    return getattr(args, name) not in (None, False, [])


def _check_words(args: Namespace, method: str | None) -> None:
    if args.key_file is not None and args.secret_stdin and not _is_company(args):
        raise WrongUsage("--secret-stdin", "and --key-file are two secrets.", "Give one of them.")
    if method is None:
        return
    for name, (flag, methods) in _SERVES.items():
        if method not in methods and _given(args, name):
            usual = f"Leave it out, or use --method {' or '.join(methods)}."
            fix = _FIXES.get((name, method), usual)
            raise WrongUsage(flag, f"means nothing with --method {method}.", fix)
    if method == "service-account":
        _check_kind(args)
    elif args.key_file is not None and args.client_id is None:
        raise WrongUsage("--key-file", "is the key of your own OAuth client.", "Add --client-id.")


def _check_kind(args: Namespace) -> None:
    kind = args.kind
    if kind is None:
        raise WrongUsage(
            "--kind", "is missing.", f"Say which service account it is: {', '.join(RenewalKind)}."
        )
    if kind in _KEYED and args.key_file is None and not args.secret_stdin:
        raise WrongUsage("--key-file", f"is missing: --kind {kind} needs it.", "Give its FILE.")
    if kind == RenewalKind.WORKLOAD_IDENTITY and (args.key_file is not None or args.secret_stdin):
        flag = "--key-file" if args.key_file is not None else "--secret-stdin"
        fix = "Name the file that the platform keeps fresh: --set token_file=FILE."
        raise WrongUsage(flag, f"means nothing for --kind {kind}.", fix)
    if args.client_id is not None and kind not in _CLIENTS:
        fix = "Use --set app_id=ID." if kind == "github-app" else "It stands in the key file."
        raise WrongUsage("--client-id", f"means nothing for --kind {kind}.", fix)


def _of_method(args: Namespace, shell: Shell, method: str | None) -> dict[str, object]:
    if method == "api-key":
        return _api_key(args, shell)
    if method == "service-account":
        return _service_account(args, shell)
    secret = None
    if args.key_file is not None:
        secret = read_key_file(args.key_file)
    elif args.secret_stdin:
        secret = _one(shell, "Client secret" if method else "Secret")
    return {"client_id": args.client_id, "secret": secret}


def _api_key(args: Namespace, shell: Shell) -> dict[str, object]:
    if not args.secret_stdin and not shell.surroundings.stdin.isatty():
        raise ConfigInvalid("secret", "is not given", "Send it to stdin with --secret-stdin.")
    places: list[Place] = args.placement
    first, *others = _keys(args, shell, places)
    # Without a place in words each further key stands where the provider's entry says.
    named = [dict(place.fields) for place in places[1:]] or [dict[str, str]()] * len(others)
    return {
        "secret": first,
        "placement": dict(places[0].fields) if places else None,
        "parts": [
            {**fields, "secret": secret} for fields, secret in zip(named, others, strict=True)
        ],
        "expires_days": args.expires,
        "check_key": False if args.no_check else None,
    }


def _keys(args: Namespace, shell: Shell, places: list[Place]) -> tuple[str, ...]:
    questions: tuple[str, ...] = tuple(f"API key for {visible(place.name)}" for place in places)
    if len(questions) < 2:
        at_terminal = shell.surroundings.stdin.isatty() and not places
        questions = (at_terminal and _labels(args, shell)) or ("API key",)
    keys = _asked(shell, questions)
    if len(keys) != len(questions) and (places or len(questions) > 1):
        raise ConfigInvalid(
            "secret",
            f"needs {len(questions)} lines on stdin, not {len(keys)}",
            f"Send one a line, in this order: {', '.join(questions)}.",
        )
    return keys


def _labels(args: Namespace, shell: Shell) -> tuple[str, ...]:
    """What the provider calls the secrets of its key; empty where it is not known."""

    async def look(door: Door) -> Fields | None:
        return await provider_entry(door.ask, provider=args.provider, server=args.server)

    entry = shell.with_engine(look)
    recipes = rows(entry["keys"]) if entry else []
    return tuple(map(visible, cast("list[str]", recipes[0]["secrets"]))) if recipes else ()


def _service_account(args: Namespace, shell: Shell) -> dict[str, object]:
    parameters = _pairs("--set", args.set)
    client_id = args.client_id
    if client_id is not None and parameters.setdefault("client_id", client_id) != client_id:
        raise WrongUsage("--client-id", "and --set client_id differ.", "Give one of them.")
    if "token_file" in parameters:
        # The engine may have been started in another folder.
        parameters["token_file"] = str(Path(parameters["token_file"]).expanduser().absolute())
    brought = _company_secrets if _is_company(args) else _service_secret
    return {"kind": args.kind, "parameters": parameters, **brought(args, shell)}


def _is_company(args: Namespace) -> bool:
    return args.kind == RenewalKind.ENTERPRISE_MANAGED


def _service_secret(args: Namespace, shell: Shell) -> dict[str, object]:
    if args.key_file is not None:
        return {"secret": read_key_file(args.key_file)}
    if args.kind == RenewalKind.WORKLOAD_IDENTITY:
        return {}
    _require_secret(args, shell)
    name = "Client secret" if args.kind == RenewalKind.CLIENT_CREDENTIALS else "Key"
    return {"secret": _one(shell, name)}


def _company_secrets(args: Namespace, shell: Shell) -> dict[str, object]:
    """The token of the identity provider, and the secrets of both clients where they have one.

    One a line of stdin, in this order, an empty one for none; the token may lie in a file.
    """
    subject = dict(args.set).get("subject")
    kind = "ID token" if subject == CompanyToken.ID_TOKEN else "Refresh token"
    questions = {"secret": f"{kind} of the identity provider", **_FURTHER_SECRETS}
    found = dict[str, str]()
    if args.key_file is not None:
        found["secret"] = read_token_file(args.key_file)
        del questions["secret"]
    else:
        _require_secret(args, shell)
    if args.secret_stdin or shell.surroundings.stdin.isatty():
        lines = shell.lines(tuple(questions.values()))
        found |= {name: text for name, text in zip(questions, lines, strict=True) if text}
    if "secret" not in found:
        raise ConfigInvalid("secret", "is empty", "Send it to stdin with --secret-stdin.")
    return {"secret": found.pop("secret"), "secrets": found}


def _require_secret(args: Namespace, shell: Shell) -> None:
    if not args.secret_stdin and not shell.surroundings.stdin.isatty():
        fix = "Give --key-file FILE, or send the secret to stdin with --secret-stdin."
        raise ConfigInvalid("secret", "is not given", fix)


def _profile(args: Namespace) -> dict[str, object]:
    fields: dict[str, object] = {
        "resource": args.resource,
        "authorize_params": _pairs("--param", args.param),
        "callback": args.callback,
        "assume_s256": args.assume_s256 or None,
        "token_auth": args.token_auth,
        "dpop": args.dpop or None,
    }
    return {name: value for name, value in fields.items() if value not in (None, {})}


def _pairs(flag: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise WrongUsage(flag, f"gives {name} twice.", "Give it once.")
        found[name] = value
    return found


def _asked(shell: Shell, questions: tuple[str, ...]) -> tuple[str, ...]:
    secrets = shell.secrets(questions)
    if not secrets or not all(secrets):
        raise ConfigInvalid("secret", "is empty", "Send it to stdin with --secret-stdin.")
    return secrets


def _one(shell: Shell, question: str) -> str:
    """A secret that may have several lines, such as a private key piped in."""
    secret = shell.secret(question)
    if not secret.strip():
        raise ConfigInvalid("secret", "is empty", "Send it to stdin with --secret-stdin.")
    return secret
