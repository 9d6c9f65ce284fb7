"""A server of a client's file, read whatever names its client gives the fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from keyfob_core.accounts.placements import is_placement
from keyfob_core.addresses.origins import origin_of
from keyfob_core.clients.command_lines import SCHEME, Program, argument_secrets, with_variables
from keyfob_core.clients.left_tokens import LeftTokens
from keyfob_core.clients.secrets import is_filled_in, is_reference, why_secret
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Placement, PlacementKind
from keyfob_core.setups.client_imports import FoundSecret, FoundServer
from keyfob_core.setups.kept_tokens import KeptToken
from keyfob_core.variables import check_variables

_URLS = ("url", "serverUrl", "httpUrl", "uri", "endpoint")
_HEADERS = ("headers", "http_headers")
_ENVS = ("env", "envs", "environment")
_READ = frozenset({*_URLS, *_HEADERS, *_ENVS, "command", "cmd", "args", "requestOptions"})
_NOT_CARRIED = frozenset({"accept", "content-type", "user-agent", "accept-encoding"})
_ELSEWHERE = (
    "bearer_token_env_var",
    "env_http_headers",
    "headersHelper",
    "envFile",
    "env_keys",
    "env_vars",
)
"""Fields by which a client takes its secrets from where Keyfob does not look."""
_REMOTE = re.compile(r"(?:.*[/\\])?mcp-remote(?:@[\w.-]+)?(?:\.cmd|\.exe)?")
_REMOTE_WORDS = frozenset(
    {
        "--allow-http",
        "--debug",
        "--silent",
        "--transport",
        "http-first",
        "http-only",
        "sse-first",
        "sse-only",
    }
)
"""What mcp-remote is given besides address and headers and Keyfob does by itself."""
_REMOTE_OWN = frozenset({"--host", "--callback-path", "--auth-timeout", "--auth-success-url"})
"""What is said of its own sign-in, with a word behind it."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_MOST_SECRETS = 9
_OF_A_SIGN_IN = "the token of a sign-in"
_NOTHING = "No secret was found in it."


class _Stays(Exception):
    """Why a server stays where it is."""


def read_server(
    name: str, entry: object, paths: Sequence[str], left: LeftTokens | None = None
) -> FoundServer:
    """The server that an entry describes, with the secrets that were found in it.

    `left` has the tokens that other programs keep for servers.
    """
    table = cast("Mapping[str, object]", entry if isinstance(entry, dict) else {})
    found = FoundServer(name=name, paths=tuple(paths))
    try:
        url, program = _url(table), _program(table)
        _check_plain(table)
        remote = _remote(program) if program is not None else None
        if remote is not None:
            url, headers = remote
            return _at_address(found, url, headers, left.remote(url) if left else None)
        if url is not None:
            kept = left.fastmcp(url) if left is not None else None
            return _at_address(found, url, _headers(table), kept)
        if program is None:
            raise _Stays("It has neither an address nor a command.")
        return _as_program(found, with_variables(program))
    except _Stays as stays:
        secrets = _all_secrets(table)
        reason = str(stays)
        if secrets and reason == _NOTHING:
            reason = f"Keyfob has no use for what stands at: {secrets[0].place}."
        return FoundServer(name=name, paths=tuple(paths), secrets=secrets, stays=reason)


def _url(table: Mapping[str, object]) -> str | None:
    return next((url for key in _URLS if isinstance(url := table.get(key), str) and url), None)


def _program(table: Mapping[str, object]) -> Program | None:
    said = table.get("command", table.get("cmd"))
    if isinstance(said, dict):
        # Zed's older form has all of it below the command.
        table = cast("Mapping[str, object]", said)
        said = table.get("path")
    words = [said] if isinstance(said, str) else _texts(said)
    words = [*words, *_texts(table.get("args"))]
    env = _first(table, _ENVS)
    return Program(tuple(words), env) if words and words[0] else None


def _headers(table: Mapping[str, object]) -> Mapping[str, str]:
    options = table.get("requestOptions")
    inner = cast("Mapping[str, object]", options) if isinstance(options, dict) else table
    return _first(inner, _HEADERS)


def _check_plain(table: Mapping[str, object]) -> None:
    if table.get("disabled") is True or table.get("enabled") is False:
        raise _Stays("It is switched off.")
    for key in _ELSEWHERE:
        if table.get(key):
            raise _Stays(f"It takes its secrets from elsewhere ({key}).")
    if table.get("cwd"):
        raise _Stays("It runs in a folder of its own (cwd), which Keyfob's programs do not.")


def _remote(program: Program) -> tuple[str, Mapping[str, str]] | None:
    """What `npx mcp-remote ADDRESS --header NAME:VALUE` would reach, and how."""
    at = next((at for at, word in enumerate(program.command) if _REMOTE.fullmatch(word)), None)
    if at is None:
        return None
    words = [_VARIABLE.sub(lambda v: program.env.get(v[1], v[0]), w) for w in program.command]
    url, headers = "", dict[str, str]()
    rest = iter(words[at + 1 :])
    for word in rest:
        if word == "--header":
            key, _, value = next(rest, "").partition(":")
            headers[key.strip()] = value.strip()
        elif word.startswith(("https://", "http://")) and not url:
            url = word
        elif word in _REMOTE_OWN:
            next(rest, None)
        elif word not in _REMOTE_WORDS and not word.isdigit():
            raise _Stays(f"mcp-remote is given {word!r}, which Keyfob does not know.")
    return (url, headers) if url else None


def _at_address(
    found: FoundServer, url: str, headers: Mapping[str, str], kept: KeptToken | None
) -> FoundServer:
    if is_reference(url):
        raise _Stays("Its address is put together by the client.")
    try:
        parts = urlsplit(url)
        origin_of(url)
    except (ValueError, ConfigInvalid):
        raise _Stays("Its address is none that Keyfob reaches.") from None
    if any(why_secret("", part) for part in parts.path.split("/")):
        raise _Stays("Its address has a secret in its path, which Keyfob cannot take out.")
    asked = parse_qsl(parts.query, keep_blank_values=True)
    secrets = [*_query_secrets(asked), *_header_secrets(headers)]
    if not any(secret.reason for secret in secrets):
        if kept is None or secrets:
            raise _Stays(_NOTHING)
        place = f"the sign-in in {kept.program}'s file {kept.path}"
        token = FoundSecret(place=place, reason=_OF_A_SIGN_IN, text=kept.access_token)
        return replace(found, url=url, secrets=(token,), token=kept)
    harmless = [pair for pair in asked if why_secret(*pair) is None]
    query = urlencode(harmless, quote_via=quote)
    return FoundServer(
        name=found.name,
        paths=found.paths,
        url=parts._replace(query=query).geturl(),
        secrets=tuple(secrets),
    )


def _query_secrets(asked: Sequence[tuple[str, str]]) -> Iterator[FoundSecret]:
    for key, value in asked:
        reason = why_secret(key, value)
        if reason is not None:
            placement = Placement(kind=PlacementKind.QUERY, name=key, template="{key}")
            yield _placed(f"parameter {key}", reason, value, placement)


def _header_secrets(headers: Mapping[str, str]) -> Iterator[FoundSecret]:
    """Each header that a server is sent: one that is no secret goes with those that are."""
    for key, value in headers.items():
        if key.lower() in _NOT_CARRIED:
            continue
        if is_reference(value):
            raise _Stays(f"Its header {key} is put together by the client.")
        scheme = SCHEME.match(value)
        text = value[scheme.end() :] if scheme is not None else value
        reason = why_secret(key, text) or ("named like a secret" if scheme is not None else "")
        template = f"{scheme[0]}{{key}}" if scheme is not None else "{key}"
        placement = Placement(kind=PlacementKind.HEADER, name=key, template=template)
        yield _placed(f"header {key}", reason, text, placement)


def _placed(place: str, reason: str, text: str, placement: Placement) -> FoundSecret:
    if not is_placement(placement):
        raise _Stays(f"Its {place} is no place that Keyfob puts a key into.")
    return FoundSecret(place=place, reason=reason, text=text, placement=placement)


def _as_program(found: FoundServer, program: Program) -> FoundServer:
    for number, _ in argument_secrets(program.command):
        raise _Stays(
            f"Its {_place(number)} is a secret, and Keyfob puts none on a command line: give "
            "it by a variable, if the program takes one."
        )
    for number, word in enumerate(program.command):
        if is_filled_in(word, program.env):
            raise _Stays(f"Its {_place(number)} is put together by the client.")
    env, secrets = dict[str, str](), list[FoundSecret]()
    for key, value in program.env.items():
        if is_reference(value):
            raise _Stays(f"Its variable {key} is put together by the client.")
        reason = why_secret(key, value)
        if reason is not None:
            if "\n" in value.strip() or len(secrets) == _MOST_SECRETS:
                raise _Stays(f"Its variable {key} is more than Keyfob gives a program.")
            secrets.append(FoundSecret(place=f"variable {key}", reason=reason, text=value.strip()))
            number = len(secrets)
            env[key] = f"{{secret{number if number > 1 else ''}}}"
        else:
            env[key] = value
    if not secrets:
        raise _Stays(_NOTHING)
    try:
        check_variables(env, steering=False)
    except ConfigInvalid as error:
        raise _Stays(f"Its variables are none that Keyfob sets: {error.message}.") from error
    return FoundServer(
        name=found.name,
        paths=found.paths,
        command=program.command,
        env=env,
        secrets=tuple(secrets),
    )


def _place(number: int) -> str:
    return f"argument {number}" if number else "command"


def _all_secrets(table: Mapping[str, object]) -> tuple[FoundSecret, ...]:
    """What looks like a secret in an entry that stays."""
    found: list[FoundSecret] = []
    program, url = _program(table), _url(table) or ""
    env = program.env if program is not None else _first(table, _ENVS)
    for kind, pairs in (("header", _headers(table)), ("variable", env)):
        for key, value in pairs.items():
            scheme = SCHEME.match(value)
            reason = why_secret(key, value) or ("named like a secret" if scheme else None)
            if reason is not None:
                found.append(FoundSecret(place=f"{kind} {key}", reason=reason, text=value))
    words = program.command if program is not None else ()
    for number, reason in argument_secrets(words):
        found.append(FoundSecret(place=_place(number), reason=reason, text=words[number]))
    why = why_secret("", url) or next(filter(None, map(_why_part, re.split(r"[/?&]", url))), None)
    if why is not None:
        found.append(FoundSecret(place="the address", reason=why, text=url))
    return (*found, *_further(table, ""))


def _why_part(part: str) -> str | None:
    name, equals, value = part.partition("=")
    return why_secret(name, value) if equals else why_secret("", part)


def _further(table: Mapping[str, object], above: str) -> Iterator[FoundSecret]:
    """Secrets in fields that Keyfob does not read, such as an OAuth client's own."""
    for key, value in table.items():
        if not above and key in _READ:
            continue
        if isinstance(value, dict):
            yield from _further(cast("Mapping[str, object]", value), f"{above}{key}.")
        elif isinstance(value, str) and (reason := why_secret(key, value)) is not None:
            yield FoundSecret(place=f"field {above}{key}", reason=reason, text=value)


def _first(table: Mapping[str, object], keys: Sequence[str]) -> Mapping[str, str]:
    """The first of these tables that is there, as texts."""
    for key in keys:
        if isinstance(table.get(key), dict):
            pairs = cast("Mapping[object, object]", table[key]).items()
            return {str(name): str(one) for name, one in pairs if isinstance(one, str | int)}
    return {}


def _texts(value: object) -> list[str]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [str(one) for one in items if isinstance(one, str | int)]
