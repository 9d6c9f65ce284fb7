"""What a client is told, as an answer over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

from keyfob_core.errors import SignInNeeded
from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.eras_messages import (
    PING,
    Message,
    error_message,
    event_of,
    json_answer,
    stream_answer,
)
from keyfob_core.transports.eras_requests import Challenged

Told = AsyncGenerator[Message | None, None]
"""Notifications and questions, the answer last; None where a while passed in silence."""


async def answer_of(
    told: Told, message_id: object, status: Callable[[Message], int], stack: AsyncExitStack
) -> UpstreamResponse:
    """An answer that is one message where nothing comes before it, and a stream where it does.

    Raises what the first message raises; later, a refused credential ends the stream with an error.
    """
    stack.push_async_callback(told.aclose)
    first = await anext(told)
    if first is not None and "method" not in first:
        return json_answer(first, status(first))
    body = _events(first, told, message_id)
    stack.push_async_callback(body.aclose)
    return stream_answer(body)


async def _events(
    first: Message | None, told: Told, message_id: object
) -> AsyncGenerator[bytes, None]:
    yield _event(first)
    try:
        async for message in told:
            yield _event(message)
    except Challenged:
        error = SignInNeeded("The server no longer takes the credential.", "Call again.")
        refusal = error_message(message_id, error.rpc_code, str(error), {"code": error.code})
        yield event_of(refusal)


def _event(message: Message | None) -> bytes:
    return PING if message is None else event_of(message)
