"""What a client is told, as an answer over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.eras_messages import (
    PING,
    Message,
    event_of,
    json_answer,
    stream_answer,
)

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


async def _events(first: Message | None, told: Told) -> AsyncGenerator[bytes, None]:
    yield _event(first)
    async for message in told:
        yield _event(message)


def _event(message: Message | None) -> bytes:
    return PING if message is None else event_of(message)
