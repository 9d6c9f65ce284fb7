"""The aggregate's own tools, as clients see them listed and answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

STATUS = "keyfob_status"
FIND = "find_tools"
CALL = "call_tool"
OWN = frozenset({STATUS, FIND, CALL})
"""No name of a server's tool is one of these: those have `__` or a digest in them."""

MOST_FOUND = 50
USUALLY_FOUND = 10

_TEXT = {"type": "string"}
_MISSING: dict[str, Any] = {
    "type": "array",
    "description": "Servers that are not there now, and why.",
    "items": {
        "type": "object",
        "properties": {"server": _TEXT, "reason": _TEXT, "next_step": _TEXT},
        "required": ["server", "reason"],
    },
}
_READS = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True}

STATUS_TOOL: dict[str, Any] = {
    "name": STATUS,
    "title": "Keyfob status",
    "description": (
        "Says which servers are ready, which need the person, why, and what they can do next. "
        "Use it when tools seem to be missing or a server asks for a sign-in."
    ),
    "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
    "outputSchema": {
        "type": "object",
        "properties": {
            "version": _TEXT,
            "ready": {"type": "boolean", "description": "Whether nothing needs the person."},
            "servers": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": _TEXT,
                        "state": {
                            "type": "string",
                            "enum": ["ready", "needs_person", "slow", "unreachable"],
                        },
                        "tools": {"type": "integer"},
                        "reason": _TEXT,
                        "next_step": _TEXT,
                    },
                    "required": ["name", "state"],
                },
            },
            "questions": {
                "type": "array",
                "description": "What waits for the person's answer.",
                "items": {
                    "type": "object",
                    "properties": {"question": _TEXT, "link": _TEXT},
                    "required": ["question"],
                },
            },
        },
        "required": ["version", "ready", "servers", "questions"],
    },
    "annotations": {**_READS, "openWorldHint": False},
}
FIND_TOOL: dict[str, Any] = {
    "name": FIND,
    "title": "Find tools",
    "description": (
        "Finds tools of all connected servers by words of their names, descriptions and "
        f"parameters, the best first. Call one of them with {CALL}."
    ),
    "inputSchema": {
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "What the tool should do, in a few words."},
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_FOUND,
                "default": USUALLY_FOUND,
            },
        },
        "required": ["query"],
        "additionalProperties": False,
    },
    "outputSchema": {
        "type": "object",
        "properties": {
            "tools": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": _TEXT,
                        "title": _TEXT,
                        "description": _TEXT,
                        "inputSchema": {"type": "object"},
                    },
                    "required": ["name", "inputSchema"],
                },
            },
            "found": {"type": "integer", "description": "How many fit, of which these are some."},
            "missing": _MISSING,
        },
        "required": ["tools", "found", "missing"],
    },
    "annotations": {**_READS, "openWorldHint": False},
}
CALL_TOOL: dict[str, Any] = {
    "name": CALL,
    "title": "Call a tool",
    "description": f"Calls a tool by the name that {FIND} answered, with its own arguments.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": f"The tool's name, from {FIND}."},
            "arguments": {
                "type": "object",
                "description": "What the tool's own inputSchema says.",
                "additionalProperties": True,
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    },
    "annotations": {"readOnlyHint": False, "destructiveHint": True, "openWorldHint": True},
}


def structured(value: Mapping[str, Any], prose: str | None = None) -> dict[str, Any]:
    """The result of an own tool, for clients that read structures and for those that do not."""
    said = json.dumps(value, ensure_ascii=False) if prose is None else prose
    return {
        "resultType": "complete",
        "content": [{"type": "text", "text": said}],
        "structuredContent": dict(value),
        "isError": False,
    }


def mistaken(said: str) -> dict[str, Any]:
    """The result of an own tool that was called wrongly, for the model to see and mend."""
    return {
        "resultType": "complete",
        "content": [{"type": "text", "text": said}],
        "isError": True,
    }
