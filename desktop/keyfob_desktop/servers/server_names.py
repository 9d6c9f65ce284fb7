"""A name for a server that a person gave no name yet."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

_SAYS_NOTHING = frozenset({"mcp", "api", "www", "server", "app", "remote", "prod"})
_NO_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST = 32


def name_for(url: str, taken: Collection[str] = ()) -> str:
    """A name from the address, such as `linear` from mcp.linear.app; empty where it has no host."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return free_name(_from_host(host.lower()), taken)


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it where it is taken; empty stays empty."""
    if not name or name not in taken:
        return name
    return next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)


def _from_host(host: str) -> str:
    try:
        ip_address(host)
    except ValueError:
        labels = host.split(".")
    else:
        return "local"
    # The last one is the top level; of a host such as `localhost` there is no other.
    telling = [each for each in labels[:-1] if each not in _SAYS_NOTHING] or labels[:1]
    return _NO_NAME.sub("-", telling[-1])[:_LONGEST].strip("-")
