"""Where an API's calls go: its base address, as its document or the person says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from keyfob_core.addresses.origins import Reach, host_reach, is_secure_url, origin_of
from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.openapi.reading import Document, list_of, object_of
from keyfob_core.words.plain import visible

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_MAX_SHOWN = 200


def is_address(source: str) -> bool:
    """Whether a document's source is an address; else it is a file."""
    return source.startswith(("https://", "http://"))


def api_base(document: Document, source: str, url: str | None) -> str:
    """The base of the API's paths: the person's `url`, else the first good one of `servers`.

    A document may name its own origin, or any public https address; only the person can name
    another one that is near or without TLS. Raises ConfigInvalid.
    """
    if url is not None:
        return _checked(url)
    named = list(_named(document, source))
    for candidate in named:
        if _may_be_named(candidate, source):
            return _checked(candidate)
    asked = "Give the API's address: keyfob server add NAME URL --openapi SOURCE"
    if not named:
        raise ConfigInvalid("servers", "the document says nowhere where the API is", asked)
    raise ConfigInvalid(
        "servers",
        f"the document names {visible(named[0])[:_MAX_SHOWN]!r}, which only you can choose: "
        "it is without TLS, or lies inside your own network",
        asked,
    )


def server_urls(part: Document) -> list[str]:
    """What the `servers` of a document, a path or an operation name, without variables."""
    found: list[str] = []
    for server in list_of(part.get("servers")) or [{"url": "/"}]:
        fields = object_of(server)
        url = fields.get("url")
        if isinstance(url, str):
            found.append(_filled(url, object_of(fields.get("variables"))))
    return found


def _named(document: Document, source: str) -> Iterator[str]:
    """The addresses that `servers` names, resolved against the document's own (OpenAPI 4.7.5)."""
    for filled in server_urls(document):
        if is_address(source):
            yield _joined(source, filled)
        elif is_address(filled):
            yield filled


def _filled(url: str, variables: Document) -> str:
    def default(slot: re.Match[str]) -> str:
        found = object_of(variables.get(slot[1])).get("default")
        return str(found) if isinstance(found, str | int | float) else slot[0]

    return _VARIABLE.sub(default, url)


def _joined(source: str, url: str) -> str:
    try:
        return urljoin(source, url)
    except ValueError:
        return url


def _may_be_named(url: str, source: str) -> bool:
    try:
        origin = origin_of(url)
        if is_address(source) and origin == origin_of(source):
            return True
    except ConfigInvalid:
        return False
    reach = host_reach(urlsplit(url).hostname or "")
    return is_secure_url(url) and reach in (None, Reach.PUBLIC) and not _VARIABLE.search(url)


def _checked(url: str) -> str:
    origin_of(url)
    parts = urlsplit(url)
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigInvalid("url", f"{visible(url)[:_MAX_SHOWN]!r} is no base: it has a query")
    if not url.isascii() or not url.isprintable() or set(url) & set(' \\{}"<>^`|'):
        raise ConfigInvalid(
            "url", f"{visible(url)[:_MAX_SHOWN]!r} has characters that no address has"
        )
    return url
