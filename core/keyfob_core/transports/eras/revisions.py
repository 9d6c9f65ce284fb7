"""What tells the two eras of MCP apart: revisions, keys, headers and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from keyfob_core.messages import rpc
from keyfob_core.model import UpstreamRequest

MODERN = "2026-07-28"
"""The one revision without a handshake that is spoken here."""
HANDSHAKES = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""The revisions that begin with `initialize`, oldest first."""
LATEST_HANDSHAKE = HANDSHAKES[-1]

VERSION_KEY = rpc.MODERN_META
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"
LOG_LEVEL_KEY = "io.modelcontextprotocol/logLevel"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"
RELATED_TASK_KEY = "io.modelcontextprotocol/related-task"

SESSION_HEADER = "Mcp-Session-Id"
VERSION_HEADER = "MCP-Protocol-Version"

HEADER_MISMATCH = rpc.HEADER_MISMATCH
MISSING_CAPABILITY = -32021
UNSUPPORTED_VERSION = -32022
INVALID_REQUEST = rpc.INVALID_REQUEST
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
RESOURCE_NOT_FOUND = -32002
"""Until 2025-11-25; since then it is INVALID_PARAMS."""
URL_ELICITATION = -32042
"""2025-11-25 alone."""
CANCELLED = -32800
"""What the SDKs end the stream of a cancelled call with."""

NAMED_BY: Mapping[str, str] = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
}
"""The parameter that `Mcp-Name` repeats; these methods alone may ask the client something."""
OF_TASKS = frozenset({"tasks/get", "tasks/update", "tasks/cancel"})
"""The methods of the extension for tasks; their `Mcp-Name` is the `taskId` (SEP-2663)."""
HEADER_NAMED_BY: Mapping[str, str] = {**NAMED_BY, **dict.fromkeys(OF_TASKS, "taskId")}

LIST_CHANGES = {
    "toolsListChanged": ("tools", "notifications/tools/list_changed"),
    "promptsListChanged": ("prompts", "notifications/prompts/list_changed"),
    "resourcesListChanged": ("resources", "notifications/resources/list_changed"),
}
"""What a filter names, whose capability that is, and the notification."""
UPDATED = "notifications/resources/updated"

_KNOWN_HANDSHAKES = frozenset({"2024-10-07", *HANDSHAKES})


def is_modern(request: UpstreamRequest) -> bool:
    """Whether a request belongs to the era without a handshake."""
    revision = request.revision
    return (
        revision is not None
        and revision not in _KNOWN_HANDSHAKES
        and request.method != "initialize"
    )


def is_handshake_revision(version: object) -> bool:
    """Whether a revision begins with `initialize`."""
    return isinstance(version, str) and version in _KNOWN_HANDSHAKES


def mapping(value: object) -> dict[str, Any]:
    """A JSON object; empty for every other value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """A JSON array; empty for every other value."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A JSON string; None for every other value."""
    return value if isinstance(value, str) else None
