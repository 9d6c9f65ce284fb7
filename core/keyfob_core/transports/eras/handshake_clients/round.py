"""What a server of 2026-07-28 asks a client of the handshake eras, and its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.answer_stream import Head
from keyfob_core.transports.eras.messages import Message
from keyfob_core.transports.eras.requests import Challenged
from keyfob_core.transports.eras.revisions import mapping

RENEWAL_SECONDS = 60.0
"""How long a refused retry waits for an answer with another credential."""
_VERDICT_SECONDS = 1.0
"""How long the last answer waits to hear whether the server takes its credential."""


class Round:
    """One set of questions.

    The last answer's request carries the retry: its credential is as fresh as can be, and it can
    still say that the server refuses it.
    """

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self._keys = dict(keys)
        """The names that the server knows its questions by, by the ids that the client got."""
        self.answers: Message = {}
        self.failure: Message | None = None
        """The error with which the client answered."""
        self.carrier: tuple[UpstreamRequest, Upstream] | None = None
        self._complete = asyncio.Event()
        self._verdict: asyncio.Future[Head | None] | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the questions."""
        return tuple(self._keys)

    async def take(self, message: Message, request: UpstreamRequest, way: Upstream) -> None:
        """Take an answer; raises Challenged where the retry that it completes is refused."""
        key = self._keys[str(message.get("id"))]
        if "error" in message:
            self.failure = mapping(message["error"])
            self._complete.set()
            return
        self.answers[key] = mapping(message.get("result"))
        if len(self.answers) < len(self._keys):
            return
        self.carrier = (request, way)
        verdict = self._verdict = asyncio.get_running_loop().create_future()
        self._complete.set()
        await asyncio.wait({verdict}, timeout=_VERDICT_SECONDS)
        refusal = verdict.result() if verdict.done() else None
        if refusal is not None:
            raise Challenged(refusal.status, refusal.headers)

    async def until_complete(self, patience: float) -> bool:
        """Wait for the answers; False after so many seconds without them."""
        try:
            async with asyncio.timeout(patience):
                await self._complete.wait()
        except TimeoutError:
            return False
        return True

    def accept(self) -> None:
        """Say that the server took the retry."""
        self._judge(None)

    def refuse(self, head: Head) -> bool:
        """Say that the server refused the credential; False where nobody waits to hear it."""
        self._complete.clear()
        return self._judge(head)

    def give_up(self) -> None:
        """Wait no more."""
        self._complete.set()

    def _judge(self, head: Head | None) -> bool:
        if self._verdict is None or self._verdict.done():
            return False
        self._verdict.set_result(head)
        return True
