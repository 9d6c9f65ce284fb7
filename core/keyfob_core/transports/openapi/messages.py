"""MCP as a server of tools alone speaks it, in both eras: what is no call is answered here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyfob_core.messages import rpc
from keyfob_core.model import Headers, UpstreamResponse, Whole
from keyfob_core.transports.openapi.tools import ApiTool
from keyfob_core.version import __version__

METHOD_NOT_FOUND, INVALID_PARAMS = -32601, -32602
_UNSUPPORTED_REVISION = -32022
_HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
_MODERN = ("2026-07-28",)
_STATUS = {METHOD_NOT_FOUND: 404, INVALID_PARAMS: 400, _UNSUPPORTED_REVISION: 400}
_PAGE, _PAGE_BYTES = 200, 1024 * 1024
"""Most tools of one page, and about how much of them: writing JSON holds the loop up."""
_CAPABILITIES: Mapping[str, object] = {"tools": {}}


class Refused(Exception):
    """A request that gets a JSON-RPC error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.error: dict[str, object] = {"code": code, "message": message}
        if data is not None:
            self.error["data"] = data


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a client, and the server it went to."""

    message: rpc.Message
    revision: str | None
    """As header or body name it."""
    server: str

    @property
    def is_modern(self) -> bool:
        """Whether it is of the era without a handshake."""
        return self.revision in _MODERN

    @property
    def name(self) -> str:
        """The method."""
        return self.message.method or ""

    def check_revision(self) -> None:
        """Refuse a revision that nobody knows (MCP 2026-07-28, versioning)."""
        if self.name != "initialize" and self.revision not in (None, *_HANDSHAKE, *_MODERN):
            supported = [*_MODERN, *_HANDSHAKE]
            raise Refused(
                _UNSUPPORTED_REVISION,
                "This revision of MCP is not known here.",
                {"supported": supported, "requested": self.revision},
            )


def introduced(asked: Asked) -> Mapping[str, Any] | None:
    """The result of what needs no tools; None for another method."""
    if asked.name == "server/discover":
        return {
            "supportedVersions": [*_MODERN, *_HANDSHAKE],
            "capabilities": _CAPABILITIES,
            **_not_cached(),
        }
    if asked.name == "ping" and not asked.is_modern:
        return {}
    if asked.name == "initialize" and not asked.is_modern:
        wanted = asked.message.params.get("protocolVersion")
        return {
            "protocolVersion": wanted if wanted in _HANDSHAKE else _HANDSHAKE[-1],
            "capabilities": _CAPABILITIES,
            "serverInfo": _info(asked.server),
        }
    return None


def page_of(asked: Asked, tools: Sequence[ApiTool], digest: str) -> Mapping[str, Any]:
    """One page of the tools; a cursor holds for the document that it was made for.

    Raises Refused for another cursor.
    """
    cursor = asked.message.params.get("cursor")
    start = 0
    if cursor is not None:
        made_for, _, number = str(cursor).partition(":")
        if made_for != digest[:16] or not number.isdecimal() or int(number) >= len(tools):
            raise Refused(INVALID_PARAMS, "The cursor is of another list. Begin anew.")
        start = int(number)
    end, size = start, 0
    while end < len(tools) and end - start < _PAGE and size < _PAGE_BYTES:
        size += tools[end].size
        end += 1
    page: dict[str, Any] = {"tools": [tool.definition for tool in tools[start:end]]}
    if end < len(tools):
        page["nextCursor"] = f"{digest[:16]}:{end}"
    return {**page, **_not_cached()} if asked.is_modern else page


def answered(asked: Asked, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON-RPC answer with a result, as the request's era has it."""
    if asked.is_modern:
        meta = {"io.modelcontextprotocol/serverInfo": _info(asked.server)}
        result = {"resultType": "complete", **result, "_meta": meta}
    return {"jsonrpc": "2.0", "id": asked.message.id, "result": result}


def refused(asked: Asked, refusal: Refused) -> Mapping[str, Any]:
    """The JSON-RPC answer with an error."""
    return {"jsonrpc": "2.0", "id": asked.message.id, "error": refusal.error}


def status_of(asked: Asked, answer: Mapping[str, Any]) -> int:
    """The HTTP status of one answer (MCP 2026-07-28, transports; 200 before)."""
    code = answer.get("error", {}).get("code")
    return _STATUS.get(code, 200) if asked.is_modern or code == _UNSUPPORTED_REVISION else 200


def response(status: int, value: object = None, headers: Headers = ()) -> UpstreamResponse:
    """An answer of JSON, or without a body."""
    data = b"" if value is None else json.dumps(value).encode()
    typed: Headers = (("Content-Type", "application/json"),) if data else ()
    length = ("Content-Length", str(len(data)))
    return UpstreamResponse(status=status, headers=(*typed, length, *headers), body=Whole(data))


def _info(server: str) -> Mapping[str, str]:
    return {"name": server, "version": __version__}


def _not_cached() -> Mapping[str, object]:
    """The rules cut a list for each client, and may change at any time."""
    return {"ttlMs": 0, "cacheScope": "private"}
