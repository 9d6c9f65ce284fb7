"""Which headers cross the relay."""

from __future__ import annotations

from functools import lru_cache

from keyfob_core.model import Headers

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NEVER_UP = _HOP_BY_HOP | {
    # Secrets and names of this side: a client's credential is ours to replace, its cookies
    # belong to no server, and a referrer may hold the token of a /k/ address.
    "authorization",
    "cookie",
    "dpop",
    "host",
    "origin",
    "referer",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    # Framing is written anew; answers come as they are, so that no step need decode them.
    "accept-encoding",
    "content-length",
    "expect",
}
_PLAIN = ("Accept-Encoding", "identity")
_NEVER_DOWN = _HOP_BY_HOP | {
    # A client that sees a challenge starts its own registration; a browser that sees these
    # headers from 127.0.0.1 would apply them to every program there.
    "www-authenticate",
    "dpop-nonce",
    "set-cookie",
    "set-cookie2",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "access-control-max-age",
    "alt-svc",
    "clear-site-data",
    "strict-transport-security",
}


def headers_up(headers: Headers, stamped: Headers = ()) -> Headers:
    """A client's headers as the server gets them, with the credential stamped on."""
    # Mostly one is stamped, and this is asked of each call.
    names = (stamped[0][0],) if len(stamped) == 1 else tuple([name for name, _ in stamped])
    return (*_carried(headers, names), _PLAIN, *stamped)


@lru_cache(maxsize=256)
def _carried(headers: Headers, stamped: tuple[str, ...]) -> Headers:
    """What crosses of a client's headers beside stamped ones; no secret of ours is kept here."""
    # A client's own field of a stamped name would stand beside ours, and who knows which counts.
    return tuple(_without(_NEVER_UP.union([name.lower() for name in stamped]), headers))


@lru_cache(maxsize=256)
def headers_down(headers: Headers, *, rewritten: bool = False) -> Headers:
    """A server's headers as the client gets them; a rewritten body gets a new length."""
    dropped = _NEVER_DOWN | {"content-length"} if rewritten else _NEVER_DOWN
    return tuple(_without(dropped, headers))


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, by any spelling of its name."""
    wanted, size = name.lower(), len(name)
    for key, value in headers:
        if len(key) == size and key.lower() == wanted:
            return value
    return None


def challenges(headers: Headers) -> str:
    """All that a server's `WWW-Authenticate` says, in however many fields; empty for none."""
    return ", ".join(value for key, value in headers if key.lower() == "www-authenticate")


@lru_cache(maxsize=256)
def answer_header(headers: Headers, name: str) -> str | None:
    """As `header`, for a server's answer: its next one mostly has the headers of its last."""
    return header(headers, name)


@lru_cache(maxsize=256)
def media_type(headers: Headers) -> str:
    """The media type of a body, in small letters and without parameters."""
    return (header(headers, "content-type") or "").partition(";")[0].strip().lower()


def _without(dropped: frozenset[str], headers: Headers) -> list[tuple[str, str]]:
    """The headers but these and those that `Connection` names."""
    names = [name.lower() for name, _ in headers]
    if "connection" in names:
        dropped |= _named_by_connection(headers)
    return [pair for pair, name in zip(headers, names, strict=True) if name not in dropped]


def _named_by_connection(headers: Headers) -> frozenset[str]:
    return frozenset(
        name.strip().lower()
        for key, value in headers
        if key.lower() == "connection"
        for name in value.split(",")
    )
