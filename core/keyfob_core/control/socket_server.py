"""The engine's end of the control socket."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from keyfob_core.control.wire import (
    REQUEST_LIMIT,
    Reply,
    Request,
    decode_request,
    encode_reply,
    lines,
)
from keyfob_core.errors import Error, RequestRefused
from keyfob_core.ports import Progress
from keyfob_core.steps import Step

_log = logging.getLogger(__name__)

Dispatch = Callable[[str, dict[str, object], bool, Progress], Awaitable[object]]
"""Does a verb: its name, its arguments, whether the person said yes, and where steps are told."""


class ControlServer:
    """Serves commands on connections that an adapter has accepted.

    A connection may carry several requests, answered as they end. When the client goes away, what
    it asked for is cancelled: nobody would see a sign-in's end.
    """

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client ends it; the caller closes the writer."""
        running = set[asyncio.Task[None]]()
        try:
            async with aclosing(lines(reader, REQUEST_LIMIT)) as received:
                async for line in received:
                    task = asyncio.create_task(self._answer_line(line, writer))
                    running.add(task)
                    task.add_done_callback(running.discard)
        except RequestRefused as error:
            await _send(writer, Reply(None, error=error))
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _answer_line(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            request = decode_request(line)
        except RequestRefused as error:
            await _send(writer, Reply(None, error=error))
            return

        def tell(step: Step) -> None:
            if not writer.is_closing():
                writer.write(encode_reply(Reply(request.id, step=step)))

        await _send(writer, await answer(request, self._dispatch, tell))


async def answer(request: Request, dispatch: Dispatch, tell: Progress) -> Reply:
    """Do what the request asks for; what fails by our own fault is logged, and told as such."""
    try:
        result = await dispatch(request.verb, request.args, request.confirmed, tell)
        reply = Reply(request.id, result=result)
        encode_reply(reply)
    except Error as error:
        return Reply(request.id, error=error)
    except Exception as error:  # noqa: BLE001  the guard of one request
        _log.error("%s failed: %s", request.verb, _without_text(error))
        return Reply(request.id, error=_internal(error))
    return reply


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    try:
        writer.write(encode_reply(reply))
        await writer.drain()
    except ConnectionError:
        _log.debug("A command's client went away before its answer.")


def _without_text(error: Exception) -> str:
    """Where an exception came from; its own text may quote a secret and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    way = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} in {way}"


def _internal(error: Exception) -> Error:
    return Error(
        f"Something inside Keyfob failed ({type(error).__name__}).",
        "This is a fault in Keyfob: its log says where. Please report it.",
    )
