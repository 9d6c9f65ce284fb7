"""Answers of the listener's own, and what it adds to the relay's."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from keyfob_core.errors import RequestRefused
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, Inbound, Outbound

_NO_REFERRER = ("Referrer-Policy", "no-referrer")
_PRIVATE = (("Cache-Control", "no-store"), _NO_REFERRER)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of our own, whole; its length is the writer's to state."""

    status: int
    headers: Headers
    body: bytes


def answer_headers(inbound: Inbound, outbound: Outbound) -> Headers:
    """The headers a client gets: an address that holds a token goes to nobody as a referrer."""
    if inbound.at_pair:
        return (*outbound.headers, *challenge(inbound, outbound.status))
    if not inbound.token_in_url:
        return outbound.headers
    kept = (pair for pair in outbound.headers if pair[0].lower() != "referrer-policy")
    return (*kept, _NO_REFERRER)


def challenge(inbound: Inbound, status: int) -> Headers:
    """Where a client that has no good token learns how to pair (RFC 9728, section 5.1).

    Under /pair alone: everywhere else a client would begin a sign-in that leads nowhere.
    """
    if status != 401 or not inbound.at_pair:
        return ()
    host = header(inbound.headers, "Host") or ""
    path = f"/pair/s/{quote(inbound.server, safe='')}/mcp" if inbound.server else "/pair/mcp"
    url = f"http://{host}/.well-known/oauth-protected-resource{path}"
    return (("WWW-Authenticate", f'Bearer resource_metadata="{url}"'),)


def refused(error: RequestRefused, more: Headers = ()) -> Page:
    """The answer to a request that ended before the relay."""
    body = rpc.error_body(error, None, "", None)
    if error.retry_after is not None:
        more = (*more, ("Retry-After", str(error.retry_after)))
    return Page(error.status, (("Content-Type", "application/json"), *_PRIVATE, *more), body)


def plain(status: int, text: str, *headers: tuple[str, str]) -> Page:
    """A line of text."""
    kind = ("Content-Type", "text/plain; charset=utf-8")
    return Page(status, (kind, *_PRIVATE, *headers), f"{text}\n".encode(errors="replace"))


def mistake(request_id: str) -> Page:
    """The answer where we failed ourselves."""
    under = f" under {request_id}" if request_id else ""
    return plain(500, f"Keyfob made a mistake; its log has the details{under}.")


def not_allowed(method: str, allowed: tuple[str, ...]) -> Page:
    """The answer to a method that the address does not have."""
    return plain(405, f"{method} means nothing here.", ("Allow", ", ".join(allowed)))


def html_page(page: bytes) -> Page:
    """A page that shows text and does nothing, and that no other page may show inside itself."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        *_PRIVATE,
    )
    return Page(200, headers, page)
