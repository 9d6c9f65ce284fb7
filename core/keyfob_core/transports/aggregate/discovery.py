"""What the aggregate says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keyfob_core.transports.aggregate.tools import CALL, FIND, STATUS
from keyfob_core.transports.eras.revisions import MODERN, SERVER_KEY
from keyfob_core.version import __version__

SERVER_INFO = {"name": "keyfob", "title": "Keyfob", "version": __version__}
CAPABILITIES: dict[str, Any] = {
    "tools": {"listChanged": True},
    "prompts": {"listChanged": True},
    "resources": {"subscribe": True, "listChanged": True},
    "completions": {},
    "logging": {},
    "extensions": {"io.modelcontextprotocol/tasks": {}, "io.modelcontextprotocol/ui": {}},
}
"""What can be passed on. That it does not hang on the servers keeps a client from waiting for the
slowest of them before it is connected, and from missing what one adds later."""

_LONGEST_NAMES = 1500


def discovered(servers: Sequence[str], *, searches: bool) -> dict[str, Any]:
    """The result of `server/discover` for a client with these servers."""
    return stamped(
        {
            "resultType": "complete",
            "supportedVersions": [MODERN],
            "capabilities": CAPABILITIES,
            "instructions": _instructions(servers, searches=searches),
            "ttlMs": 0,
            "cacheScope": "private",
        }
    )


def stamped(result: dict[str, Any]) -> dict[str, Any]:
    """A result of our own, which says whose it is."""
    return {**result, "_meta": {SERVER_KEY: SERVER_INFO}}


def _instructions(servers: Sequence[str], *, searches: bool) -> str:
    if searches:
        use = f"Find tools with {FIND} and call them with {CALL}."
    else:
        use = "Each tool and prompt is named SERVER__NAME."
    about = f"Keyfob leads to {_named(servers)}. {use}"
    return f"{about} If something seems to be missing, call {STATUS}: it says what a person can do."


def _named(servers: Sequence[str]) -> str:
    if not servers:
        return "no servers yet"
    shown: list[str] = []
    for server in servers:
        if sum(map(len, shown)) + 2 * len(shown) + len(server) > _LONGEST_NAMES:
            break
        shown.append(server)
    more = len(servers) - len(shown)
    names = ", ".join(shown) + (f" and {more} more" if more else "")
    return f"the server {names}" if len(servers) == 1 else f"these servers: {names}"
