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
from keyfob_core.transports.eras.handshake_clients.offered_tasks import OfferedTasks
from keyfob_core.transports.eras.later import later
from keyfob_core.transports.eras.messages import Message
from keyfob_core.transports.eras.requests import Challenged
from keyfob_core.transports.eras.revisions import LIST_CHANGES, SUBSCRIPTION_KEY, UPDATED, mapping
from keyfob_core.transports.eras.tasks import STATUS_TOLD, TOLD

_TOLD = frozenset({UPDATED, *(notification for _, notification in LIST_CHANGES.values())})
_MOST_FAILURES = 6
_PAUSE_SECONDS = 1.0


class IssuedEar:
    """One open GET of a client, and behind it one `subscriptions/listen` after another."""

    def __init__(
        self,
        session: IssuedSession,
        tasks: OfferedTasks | None,
        request: UpstreamRequest,
        way: Upstream,
    ) -> None:
        self._session = session
        self._tasks = tasks
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
        tasks = self._tasks.under_way if self._tasks is not None else []
        asked: Message = {
            "jsonrpc": "2.0",
            "id": session.new_id("listen"),
            "method": "subscriptions/listen",
            "params": {"notifications": session.filter | ({"taskIds": tasks} if tasks else {})},
        }
        stream = session.ask(request, way, asked, tasks=bool(tasks))
        try:
            head = await stream.accepted()
        except BaseException:
            await stream.close()
            raise
        if head.status >= 300 or self._ended:
            await stream.close()
            return False
        before, self._stream = self._stream, stream
        if before is not None:
            await before.close()
        return True

    async def listen_anew(self) -> None:
        """Listen for what has come to be since; raises as `listen` does, and as `model.Restamp`."""
        if not self._ended:
            await self.listen(*later((self._request, self._way)))

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
            told = self._told(message) if message is not None else None
            if told is not None:
                yield told
            elif (message is None or "method" not in message) and self._stream is stream:
                await stream.close()
                if not await self._again():
                    return

    def _told(self, message: Message) -> Message | None:
        """A notification for the client; None for everything else."""
        method = message.get("method")
        if method == TOLD and self._tasks is not None:
            task = self._tasks.told(mapping(message.get("params")))
            notice: Message = {"jsonrpc": "2.0", "method": STATUS_TOLD}
            return None if task is None else {**notice, "params": task}
        return _untagged(message) if method in _TOLD else None

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
