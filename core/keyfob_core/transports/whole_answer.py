"""Answers that lie in memory as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from keyfob_core.errors import RequestRefused
from keyfob_core.messages import rpc
from keyfob_core.model import Headers, UpstreamResponse, Whole

_LONGEST = 1024 * 1024
_NOT_PASSED_ON = frozenset({"content-length", "mcp-session-id"})


@dataclass(frozen=True, slots=True)
class WholeAnswer:
    """A server's answer that was read to its end."""

    status: int
    headers: Headers
    body: bytes

    def response(self) -> UpstreamResponse:
        """The answer as it is passed on, without a session of the server's own."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in _NOT_PASSED_ON)
        return answer(self.status, self.body, kept)

    def json_object(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is none."""
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


async def read_whole(response: UpstreamResponse, longest: int = _LONGEST) -> WholeAnswer:
    """Read an answer that is not the one hoped for; what is longer is cut off.

    Raises UpstreamUnreachable.
    """
    parts: list[bytes] = []
    left = longest
    async for chunk in response.body:
        parts.append(chunk[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
    return WholeAnswer(response.status, response.headers, b"".join(parts))


def answer(status: int, body: bytes = b"", headers: Headers = ()) -> UpstreamResponse:
    """A response of this body, whose length is added."""
    sized = (*headers, ("Content-Length", str(len(body))))
    return UpstreamResponse(status=status, headers=sized, body=Whole(body))


def refusal(status: int, message: str, hint: str) -> UpstreamResponse:
    """What a server of MCP's streamable HTTP says to a request out of turn."""
    body = rpc.error_body(RequestRefused(status, message, hint), None, "", None)
    return answer(status, body, (("Content-Type", "application/json"),))
