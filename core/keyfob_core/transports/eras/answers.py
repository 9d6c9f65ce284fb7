"""What a client is told, as an answer over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.eras.messages import (
    PING,
    Message,
    event_of,
    json_answer,
    stream_answer,
)

_AHEAD = 16

Told = AsyncGenerator[Message | None, None]
"""Notifications and questions, the answer last; None where a while passed in silence."""


async def answer_of(
    told: Told, status: Callable[[Message], int], stack: AsyncExitStack
) -> UpstreamResponse:
    """An answer that is one message where nothing comes before it, and a stream where it does."""
    stack.push_async_callback(told.aclose)
    first = await anext(told)
    if first is not None and "method" not in first:
        return json_answer(first, status(first))
    body = _events(first, told)
    stack.push_async_callback(body.aclose)
    return stream_answer(body)


async def ahead(told: Told) -> Told:
    """The same, read ahead a little: what the telling waits for does not wait for the client."""
    queue: asyncio.Queue[tuple[Message | None] | None] = asyncio.Queue(_AHEAD)

    async def read() -> None:
        async for message in told:
            await queue.put((message,))
        await queue.put(None)

    reading = asyncio.create_task(read())
    taking = asyncio.ensure_future(queue.get())
    try:
        while True:
            await asyncio.wait({reading, taking}, return_when=asyncio.FIRST_COMPLETED)
            if not taking.done():
                # It failed before it came to the end.
                await reading
            taken = await taking
            if taken is None:
                return
            yield taken[0]
            taking = asyncio.ensure_future(queue.get())
    finally:
        taking.cancel()
        reading.cancel()
        await asyncio.gather(taking, reading, return_exceptions=True)


async def _events(first: Message | None, told: Told) -> AsyncGenerator[bytes, None]:
    yield _event(first)
    async for message in told:
        yield _event(message)


def _event(message: Message | None) -> bytes:
    return PING if message is None else event_of(message)
