"""One message to a server of HTTP+SSE, and what its stream answers to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from keyfob_core.errors import Error
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.transports.outlet import Events, Outlet
from keyfob_core.transports.whole_answer import WholeAnswer, answer

_BIG = 256 * 1024

Key = tuple[bool, object]
"""An id or a progress token as JSON-RPC compares it: 1 and "1" are two."""


class Exchange:
    """What one POST is owed, and what has come for it."""

    def __init__(
        self,
        request: UpstreamRequest,
        body: rpc.Body,
        patience: float,
        taken: Callable[[], None],
    ) -> None:
        self.owed = {
            key for m in body.messages if m.is_request and (key := key_of(m.id)) is not None
        }
        self.tokens = {key for m in body.messages if (key := _token(m.params)) is not None}
        accepts = header(request.headers, "accept") or "*/*"
        self.streams = body.is_batch or "text/event-stream" in accepts or "*/*" in accepts
        """Whether the client takes a stream, and with it messages before the answer."""
        self.succeeded = False
        """Whether a request was answered by a result."""
        self._patience = patience
        self._outlet = Outlet(taken=taken)
        self._expects = bool(self.owed)
        self._whole = not body.is_batch
        self._refusal: WholeAnswer | None = None

    @property
    def held(self) -> int:
        """Bytes that the client has not read yet."""
        return self._outlet.size

    def tell(self, message: bytes) -> None:
        """Pass on what the server says before its answer."""
        self._whole = False
        self._outlet.put(message)

    def settle(self, key: Key, message: bytes | None, *, succeeded: bool) -> None:
        """Pass on the answer to one request; without a message where it came with another's."""
        self.owed.discard(key)
        self.succeeded = self.succeeded or succeeded
        if message is not None:
            self._outlet.put(message)
        if not self.owed:
            self._outlet.end()

    def beat(self) -> None:
        """Show the client that the server lives."""
        self._outlet.beat()

    def accepted(self) -> None:
        """The server has taken the POST."""
        if not self.owed:
            self._outlet.end()

    def refused(self, refusal: WholeAnswer) -> None:
        """The server has refused the POST."""
        self._refusal = refusal
        self._outlet.end()

    def fail(self, error: Error) -> None:
        """No answer will come any more."""
        self._outlet.end(error)

    async def response(self) -> UpstreamResponse:
        """The response to the POST, once it is known what kind it is.

        One answer alone is JSON. Where something comes before it, or it takes a while, it is a
        stream, on which a client sees that the server lives. Raises UpstreamUnreachable.
        """
        try:
            async with asyncio.timeout(self._patience if self.streams else None):
                await self._outlet.ready()
        except TimeoutError:
            self._whole = False
        if self._refusal is not None:
            return self._refusal.response()
        if not self._expects:
            return answer(202)
        if self._whole:
            message = await self._outlet.take() or b""
            return answer(200, message, (("Content-Type", "application/json"),))
        streamed = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"))
        return UpstreamResponse(status=200, headers=streamed, body=Events(self._outlet))


async def read_body(data: bytes) -> rpc.Body:
    """What a POST asks for; raises RequestRefused."""
    if len(data) > _BIG:
        return await asyncio.to_thread(rpc.parse_body, data)
    return rpc.parse_body(data)


def key_of(value: object) -> Key | None:
    """An id or a progress token as a key; None for what can be neither."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return isinstance(value, str), value


def token_of(params: object) -> Key | None:
    """The progress token that a `notifications/progress` names."""
    if not isinstance(params, dict):
        return None
    return key_of(cast("dict[str, Any]", params).get("progressToken"))


def _token(params: Mapping[str, Any]) -> Key | None:
    return token_of(params.get("_meta"))
