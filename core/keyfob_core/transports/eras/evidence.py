"""What a server's answer shows of its eras, looked at without changing a byte of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages.event_stream import Event, EventStream
from keyfob_core.model import UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.messages import (
    Message,
    answer_in,
    encoded,
    is_stream,
    message_of,
)
from keyfob_core.transports.eras.requests import Requests, check_credential
from keyfob_core.transports.eras.revisions import (
    CAPABILITIES_KEY,
    CLIENT_KEY,
    HEADER_MISMATCH,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    MODERN,
    UNSUPPORTED_VERSION,
    VERSION_KEY,
    is_handshake_revision,
    listing,
    mapping,
)

REFUSALS = frozenset({400, 404, 405, 406, 410, 415, 422, 501})
"""Statuses with which a server of one era refuses what it does not know of the other.

What is refused so was not carried out.
"""

_LONGEST = 1024 * 1024
_PROBE_ID = "keyfob-probe"


class Held:
    """An answer whose beginning was read ahead; it passes on as the same bytes."""

    def __init__(self, response: UpstreamResponse) -> None:
        self.message: Message = {}
        """The first response in it; empty where there is none among its first MiB."""
        self._response = response
        self._chunks: list[bytes] = []

    @classmethod
    async def of(cls, response: UpstreamResponse) -> Held:
        """Read as far as the first response; raises UpstreamUnreachable."""
        held = cls(response)
        stream = EventStream() if is_stream(response.headers) else None
        length = 0
        async for chunk in response.body:
            held._chunks.append(chunk)
            length += len(chunk)
            if stream is not None:
                for event in stream.feed(chunk):
                    await held._look_at(event.data)
            if held.message or length > _LONGEST:
                return held
        if stream is None:
            await held._look_at(b"".join(held._chunks))
        return held

    async def _look_at(self, data: str | bytes) -> None:
        message = await message_of(data) if data and not self.message else {}
        if "result" in message or "error" in message:
            self.message = message

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status

    def answer(self) -> UpstreamResponse:
        """The answer as it came."""
        return UpstreamResponse(
            status=self._response.status, headers=self._response.headers, body=self._body()
        )

    async def _body(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        async for chunk in self._response.body:
            yield chunk


def refusal_shows_modern(status: int, message: Message) -> bool | None:
    """Whether the server that refused so speaks 2026-07-28; None where the answer leaves it open.

    MCP 2026-07-28, transports, Backward Compatibility.
    """
    error = mapping(message.get("error"))
    code = error.get("code")
    if code == UNSUPPORTED_VERSION:
        supported = listing(mapping(error.get("data")).get("supported"))
        return not supported or not all(is_handshake_revision(one) for one in supported)
    if code in (HEADER_MISMATCH, MISSING_CAPABILITY):
        return True
    return True if status == 404 and code == METHOD_NOT_FOUND else None


def error_code(message: Message) -> int | None:
    """The code of an error; None where there is none that is a number."""
    code = mapping(message.get("error")).get("code")
    return code if isinstance(code, int) else None


def names_modern(discovered: Message) -> bool:
    """Whether a `server/discover` result names a revision that we can speak."""
    return MODERN in listing(discovered.get("supportedVersions"))


async def discover(
    requests: Requests,
    request: UpstreamRequest,
    way: Upstream,
    client: object = None,
    capabilities: object = None,
) -> Message:
    """A server's answer to `server/discover`; empty where it does not know of it.

    Raises UpstreamUnreachable where it cannot say now, and Challenged where the credential is
    refused.
    """
    meta: Message = {VERSION_KEY: MODERN, CAPABILITIES_KEY: mapping(capabilities)}
    if client:
        meta[CLIENT_KEY] = client
    asked: Message = {
        "jsonrpc": "2.0",
        "id": _PROBE_ID,
        "method": "server/discover",
        "params": {"_meta": meta},
    }
    async with way.open(requests.modern(request, asked)) as response:
        check_credential(response)
        check_reached(response)
        if response.status >= 300:
            return {}
        return mapping((await answer_in(response, _PROBE_ID)).get("result"))


def check_reached(response: UpstreamResponse) -> None:
    """Raise UpstreamUnreachable for a status that shows nothing of an era."""
    if response.status >= 300 and response.status not in REFUSALS:
        raise UpstreamUnreachable(
            f"The server answers HTTP {response.status}.", "Try again in a while."
        )


class Watched:
    """A stream of an unknown server, passed on; its final response shows the server's era.

    A result of a server that took the request for one of its own era gets what a modern client
    looks for; everything else passes as the same bytes.
    """

    def __init__(
        self,
        body: AsyncIterator[bytes],
        shown: Callable[[bool], None],
        completed: Callable[[Message], Message],
    ) -> None:
        self._body = body
        self._shown = shown
        self._completed = completed

    async def pass_on(self) -> AsyncIterator[bytes]:
        """The stream's bytes."""
        stream = EventStream()
        async for chunk in self._body:
            for event in stream.feed(chunk):
                yield await self._look_at(event)
        if stream.rest:
            yield stream.rest

    async def _look_at(self, event: Event) -> bytes:
        message = await message_of(event.data) if event.data else {}
        result = message.get("result")
        if not isinstance(result, dict):
            return event.raw
        is_modern = "resultType" in result
        self._shown(is_modern)
        if is_modern:
            return event.raw
        return b"data: " + encoded(self._completed(message)) + b"\n\n"
