"""A command's end of the control socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING

from keyfob_core.control.wire import (
    REPLY_LIMIT,
    Reply,
    Request,
    decode_reply,
    encode_request,
    lines,
)
from keyfob_core.errors import EngineUnreachable, RequestRefused

if TYPE_CHECKING:
    from keyfob_core.ports import Progress


class ControlClient:
    """Asks a running engine; one call at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._replies = lines(reader, REPLY_LIMIT)
        self._ids = count(1)

    async def call(
        self,
        verb: str,
        args: Mapping[str, object] | None = None,
        *,
        confirmed: bool = False,
        on_step: Progress | None = None,
    ) -> object:
        """Do a verb in the engine and answer its result as JSON values.

        Raises the error that the engine raised, or EngineUnreachable where it ends meanwhile.
        Cancelling closes the connection, by which the engine stops the verb.
        """
        request = Request(next(self._ids), verb, dict(args or {}), confirmed)
        try:
            self._writer.write(encode_request(request))
            await self._writer.drain()
            return await self._result(request, on_step)
        except ConnectionError as error:
            raise _ended() from error
        except asyncio.CancelledError:
            self._writer.close()
            raise

    async def close(self) -> None:
        """End the connection."""
        await self._replies.aclose()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _result(self, request: Request, on_step: Progress | None) -> object:
        while True:
            reply = await self._next()
            if reply.id not in (request.id, None):
                continue
            if reply.error is not None:
                raise reply.error
            if reply.step is None:
                return reply.result
            if on_step is not None:
                on_step(reply.step)

    async def _next(self) -> Reply:
        try:
            return decode_reply(await anext(self._replies))
        except StopAsyncIteration as error:
            raise _ended() from error
        except RequestRefused as error:
            raise EngineUnreachable(
                "The running Keyfob answers in a way that this command does not understand.",
                "Quit it and start the same version as this command's.",
            ) from error


def _ended() -> EngineUnreachable:
    return EngineUnreachable(
        "Keyfob ended before it answered.",
        "Start it again with `keyfob` or `keyfob serve`, and repeat the command.",
    )
