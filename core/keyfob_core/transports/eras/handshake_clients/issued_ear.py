"""The GET stream of a session that we issued: what the server is listened to for."""

from __future__ import annotations

import asyncio

from keyfob_core.errors import Error, UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.answer_stream import AnswerStream
from keyfob_core.transports.eras.answers import Told
from keyfob_core.transports.eras.asked import SILENCE_SECONDS
from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession
from keyfob_core.transports.eras.later import later
from keyfob_core.transports.eras.messages import Message
from keyfob_core.transports.eras.requests import Challenged
from keyfob_core.transports.eras.revisions import LIST_CHANGES, SUBSCRIPTION_KEY, UPDATED, mapping

_TOLD = frozenset({UPDATED, *(notification for _, notification in LIST_CHANGES.values())})
_MOST_FAILURES = 6
_PAUSE_SECONDS = 1.0


class IssuedEar:
    """One open GET of a client, and behind it one `subscriptions/listen` after another."""

    def __init__(self, session: IssuedSession, request: UpstreamRequest, way: Upstream) -> None:
        self._session = session
        self._request = request
        self._way = way
        self._stream: AnswerStream | None = None
        self._ended = False

    async def begin(self) -> bool:
        """Begin to listen; False where the server offers nothing. Raises Challenged."""
        return await self.listen(self._request, self._way)

    async def listen(self, request: UpstreamRequest, way: Upstream) -> bool:
        """Listen for what there is to listen for now; until it does, the stream before goes on.

        Raises Challenged and UpstreamUnreachable.
        """
        session = self._session
        asked: Message = {
            "jsonrpc": "2.0",
            "id": session.new_id("listen"),
            "method": "subscriptions/listen",
            "params": {"notifications": session.filter},
        }
        stream = session.ask(request, way, asked)
        try:
            head = await stream.accepted()
        except BaseException:
            await stream.close()
            raise
        if head.status >= 300:
            await stream.close()
            return False
        before, self._stream = self._stream, stream
        if before is not None:
            await before.close()
        return True

    async def messages(self) -> Told:
        """What the server says; None at first, so that the client sees its stream begin."""
        yield None
        while not self._ended:
            stream = self._stream
            if stream is None:
                return
            try:
                message = await stream.next(SILENCE_SECONDS)
            except TimeoutError:
                yield None
                continue
            except UpstreamUnreachable:
                message = None
            if message is not None and message.get("method") in _TOLD:
                yield _untagged(message)
            elif (message is None or "method" not in message) and self._stream is stream:
                await stream.close()
                if not await self._again():
                    return

    async def _again(self) -> bool:
        """Listen again after the server has ended the stream, as often as that may help."""
        for failures in range(_MOST_FAILURES):
            await asyncio.sleep(_PAUSE_SECONDS * 2**failures)
            if self._ended:
                return False
            request, way = later((self._request, self._way))
            try:
                return await self.listen(request, way)
            except UpstreamUnreachable:
                continue
            except (Challenged, Error):
                # The client opens its stream anew, and hears then what is wrong.
                return False
        return False

    async def close(self) -> None:
        """Listen no more."""
        self._ended = True
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()


def _untagged(message: Message) -> Message:
    params = mapping(message.get("params"))
    meta = {k: v for k, v in mapping(params.get("_meta")).items() if k != SUBSCRIPTION_KEY}
    kept = {key: value for key, value in params.items() if key != "_meta"}
    if meta:
        kept["_meta"] = meta
    told = {key: value for key, value in message.items() if key != "params"}
    return {**told, "params": kept} if kept else told
