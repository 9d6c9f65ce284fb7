"""Which headers of a client's request go along with one that is made of it."""

from __future__ import annotations

from keyfob_core.model import Headers

_OF_THE_FORM = frozenset(
    {
        "accept",
        "content-length",
        "content-type",
        "last-event-id",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "mcp-session-id",
    }
)
POSTED: Headers = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
)
"""What a POST of a message says of its form in every era (MCP, transports)."""


def without_form(headers: Headers) -> Headers:
    """The headers but those that say what form a message has, and whose session it is of."""
    return tuple([pair for pair in headers if pair[0].lower() not in _OF_THE_FORM])


def is_parameter(name: str) -> bool:
    """Whether a header repeats an argument of a tool (MCP 2026-07-28, transports)."""
    return name.lower().startswith("mcp-param-")
