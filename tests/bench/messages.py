"""What is sent in every way alike: a handshake, and a tool call of about one KiB."""

from __future__ import annotations

import json

PROTOCOL = "2025-11-25"
MODERN = "2026-07-28"
_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def initialize() -> bytes:
    """The first message of a client; its id is 0."""
    return _message(
        {
            "id": 0,
            "method": "initialize",
            "params": {
                "protocolVersion": PROTOCOL,
                "capabilities": {},
                "clientInfo": {"name": "bench", "version": "1"},
            },
        }
    )


def initialized() -> bytes:
    """The notification after it."""
    return _message({"method": "notifications/initialized"})


def tool_call(number: int = 1, tool: str = "echo", *, modern: bool = False) -> bytes:
    """A call whose answer repeats its argument; `modern` as 2026-07-28 has it."""
    params: dict[str, object] = {"name": tool, "arguments": {"text": "0123456789abcdef" * 56}}
    if modern:
        params["_meta"] = _META
    return _message({"id": number, "method": "tools/call", "params": params})


def tool_list() -> bytes:
    """A request for the list of tools, as 2026-07-28 has it."""
    return _message({"id": 1, "method": "tools/list", "params": {"_meta": _META}})


def _message(fields: dict[str, object]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **fields}).encode()
