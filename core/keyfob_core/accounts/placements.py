"""Where an API key stands in a request, and which places are no place for one."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ApiKey, Headers, Placement, PlacementKind
from keyfob_core.tuples import made

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_SLOT = re.compile(r"\{(key|username)\}")
_BRACES = re.compile(r"[{}]")
_TAKEN = frozenset(
    {
        # Framing and the connection are the relay's; a key there would break or split requests.
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        # What these say is the client's or the protocol's.
        "accept",
        "accept-encoding",
        "content-type",
        "dpop",
        "forwarded",
        "last-event-id",
        "origin",
        "referer",
        "user-agent",
        # Cookies never go up.
        "cookie",
        "cookie2",
        "set-cookie",
        "set-cookie2",
    }
)
_TAKEN_FAMILIES = ("access-control-", "mcp-", "proxy-", "sec-", "x-forwarded-")


class Stamp(NamedTuple):
    """What a credential adds to a request."""

    headers: Headers = ()
    query: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        # Both carry the credential.
        return "Stamp()"


def check_placement(placement: Placement, where: str = "placement") -> None:
    """See that a key may stand there; raises ConfigInvalid that names the field under `where`."""
    try:
        kind = PlacementKind(placement.kind)
    except ValueError as error:
        raise ConfigInvalid(
            f"{where}.kind", f"{placement.kind!r} is no place", "Use header, query or basic."
        ) from error
    if kind is PlacementKind.HEADER:
        _check_header(placement.name, f"{where}.name")
    elif kind is PlacementKind.QUERY:
        _check_parameter(placement.name, f"{where}.name")
    _check_template(placement, where)
    _check_username(placement, where)


def is_placement(placement: Placement) -> bool:
    """Whether a key may stand there."""
    try:
        check_placement(placement)
    except ConfigInvalid:
        return False
    return True


def check_key(key: ApiKey, where: str = "secret") -> None:
    """See that each secret of the key can be sent at its place.

    Raises ConfigInvalid, which never quotes the secret.
    """
    taken: set[tuple[str, str]] = set()
    for placement, secret in _parts(key):
        check_placement(placement, "placement")
        place = _place(placement)
        if place in taken:
            raise ConfigInvalid(
                "placement.name", f"{place[1]} is used twice", "Give each key a place of its own."
            )
        taken.add(place)
        _check_secret(placement, secret, where)


def stamp_key(key: ApiKey) -> Stamp:
    """The headers and query parameters that carry a key."""
    first = key.placement
    if first.kind is PlacementKind.HEADER and not key.parts:
        return made(Stamp, (((first.name, _filled(first, key.secret)),), ()))
    headers: list[tuple[str, str]] = []
    query: list[tuple[str, str]] = []
    for placement, secret in _parts(key):
        text = _filled(placement, secret)
        if placement.kind is PlacementKind.QUERY:
            query.append((placement.name, text))
        elif placement.kind is PlacementKind.BASIC:
            # RFC 7617, section 2.1: UTF-8, where the server does not say otherwise.
            pair = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
            headers.append(("Authorization", f"Basic {pair}"))
        else:
            headers.append((placement.name, text))
    return Stamp(tuple(headers), tuple(query))


def with_query(url: str, query: tuple[tuple[str, str], ...]) -> str:
    """The URL with these parameters in its query, in place of any of the same name."""
    if not query:
        return url
    parts = urlsplit(url)
    names = {name for name, _ in query}
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair and unquote_plus(pair.partition("=")[0]) not in names
    ]
    added = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query]
    return urlunsplit(parts._replace(query="&".join([*kept, *added])))


def _parts(key: ApiKey) -> list[tuple[Placement, str]]:
    first = (key.placement, key.secret)
    return [first, *[(one.placement, one.secret) for one in key.parts]] if key.parts else [first]


def _place(placement: Placement) -> tuple[str, str]:
    if placement.kind is PlacementKind.QUERY:
        return ("query", placement.name)
    basic = placement.kind is PlacementKind.BASIC
    return ("header", "authorization" if basic else placement.name.lower())


def _filled(placement: Placement, secret: str) -> str:
    before, slot, after = placement.template.partition("{key}")
    if slot and placement.username is None and "{username}" not in placement.template:
        return f"{before}{secret}{after}"
    # In one pass: a secret that looks like a slot stays as it is.
    values = {"key": secret, "username": placement.username or ""}
    return _SLOT.sub(lambda slot: values[slot[1]], placement.template)


def _check_header(name: str, where: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ConfigInvalid(where, f"{name!r} is no header's name", "Use one like X-Api-Key.")
    lower = name.lower()
    if lower in _TAKEN or lower.startswith(_TAKEN_FAMILIES):
        raise ConfigInvalid(
            where, f"{name} means something else already", "Use the header the server's page names."
        )


def _check_parameter(name: str, where: str) -> None:
    if not 0 < len(name) <= 128 or not name.isprintable() or _SLOT.search(name):
        raise ConfigInvalid(where, f"{name!r} is no parameter's name", "Use one like api_key.")


def _check_template(placement: Placement, where: str) -> None:
    template = placement.template
    slots: list[str] = _SLOT.findall(template)
    if slots.count("key") != 1 or slots.count("username") > 1:
        raise ConfigInvalid(
            f"{where}.template", "must have {key} in it once", 'Write it like "Bearer {key}".'
        )
    rest = _SLOT.sub("", template)
    if _BRACES.search(rest) or not rest.isprintable() or not rest.isascii() or len(rest) > 256:
        raise ConfigInvalid(
            f"{where}.template", "has characters that cannot stand there", "Use plain text."
        )
    if placement.kind is PlacementKind.BASIC and rest.count(":") != 1:
        raise ConfigInvalid(
            f"{where}.template",
            "must have one colon between user name and password",
            'Write it like "{username}:{key}".',
        )


def _check_username(placement: Placement, where: str) -> None:
    named = "{username}" in placement.template
    username = placement.username
    if username is None:
        return
    if not named or not username.isprintable() or ":" in username or not username:
        raise ConfigInvalid(
            f"{where}.username",
            "cannot be sent",
            "Leave it out, or put {username} into the template; it may have no colon.",
        )
    if placement.kind is PlacementKind.HEADER and not username.isascii():
        raise ConfigInvalid(f"{where}.username", "has letters that no header can carry")


def _check_secret(placement: Placement, secret: str, where: str) -> None:
    if "{username}" in placement.template and placement.username is None:
        raise ConfigInvalid("username", "is missing", "Give the user name that the key belongs to.")
    if not secret or secret != secret.strip() or not secret.isprintable():
        raise ConfigInvalid(
            where, "is empty or has characters that cannot be sent", "Copy the key once more."
        )
    if placement.kind is PlacementKind.HEADER and not secret.isascii():
        raise ConfigInvalid(where, "has letters that no header can carry", "Copy it once more.")
    first = placement.template.partition(":")[0]
    if placement.kind is PlacementKind.BASIC and "{key}" in first and ":" in secret:
        raise ConfigInvalid(where, "has a colon, which a user name cannot have")
