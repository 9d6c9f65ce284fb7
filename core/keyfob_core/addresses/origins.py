"""Which address belongs to whom: origins, and how far a connection may reach."""

from __future__ import annotations

import ipaddress
from enum import IntEnum
from urllib.parse import SplitResult, urlsplit

from keyfob_core.errors import ConfigInvalid

_DEFAULT_PORTS = {"https": 443, "http": 80}


class Reach(IntEnum):
    """How far away an address is; a connection may not reach nearer than its URL says."""

    LOOPBACK = 0
    LINK_LOCAL = 1
    PRIVATE = 2
    PUBLIC = 3


def origin_of(url: str) -> str:
    """The scheme, host and port of a URL, normalised (RFC 6454, section 4).

    Raises ConfigInvalid for anything but an absolute http or https URL without user name.
    """
    parts = _split(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    suffix = "" if port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{host}{suffix}"


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine by name or by literal address."""
    host = (_split(url).hostname or "").lower()
    return host == "localhost" or host_reach(host) is Reach.LOOPBACK


def is_secure_url(url: str) -> bool:
    """Whether a URL is https, or http on loopback; false for all that is no http URL."""
    try:
        parts = _split(url)
    except ConfigInvalid:
        return False
    return parts.scheme == "https" or is_loopback_url(url)


def address_reach(address: str) -> Reach:
    """The reach of a connected IP address; the address of a v4-mapped one counts as v4.

    Raises ValueError for anything but an address.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    ip = mapped or ip
    if ip.is_loopback or ip.is_unspecified:
        return Reach.LOOPBACK
    if ip.is_link_local:
        return Reach.LINK_LOCAL
    return Reach.PUBLIC if ip.is_global and not ip.is_multicast else Reach.PRIVATE


def host_reach(host: str) -> Reach | None:
    """The reach that a URL's host states by being a literal address or `localhost`, else None."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return Reach.LOOPBACK
    try:
        return address_reach(host.strip("[]"))
    except ValueError:
        return None


def may_connect(url: str, person_url: str, address: str) -> bool:
    """Whether a connection for `url` may use `address`, given the URL the person entered.

    Public addresses always; a nearer one only where the person's own URL names that class by a
    literal address or `localhost`, or is a plain name that the request repeats (an intranet
    host), so that no public server can point us at what lies behind the firewall.
    """
    reach = address_reach(address)
    if reach is Reach.PUBLIC:
        return True
    if host_reach((_split(person_url).hostname or "").lower()) is reach:
        return True
    return reach is Reach.PRIVATE and origin_of(url) == origin_of(person_url)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ConfigInvalid(
            "url", f"{url!r} is not a URL", "Give one like https://host/mcp."
        ) from (error)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ConfigInvalid(
            "url", f"{url!r} is not a web address", "Give one like https://host/mcp."
        )
    if parts.username is not None or parts.password is not None:
        raise ConfigInvalid(
            "url",
            "a user name or password in the URL would be kept in plain text",
            "Leave it out and use `keyfob connect`.",
        )
    return parts
