"""A session that we issue to a client of the handshake eras, for a server that has none."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from keyfob_core.model import UpstreamRequest
from keyfob_core.ports import Upstream
from keyfob_core.transports.eras.answer_stream import AnswerStream
from keyfob_core.transports.eras.handshake_clients.round import Round
from keyfob_core.transports.eras.messages import Id, Message, answer_in
from keyfob_core.transports.eras.requests import Requests, check_credential
from keyfob_core.transports.eras.revisions import (
    CAPABILITIES_KEY,
    CLIENT_KEY,
    LIST_CHANGES,
    LOG_LEVEL_KEY,
    MODERN,
    VERSION_KEY,
    mapping,
    text,
)
from keyfob_core.transports.eras.tasks import offers_tasks, with_tasks
from keyfob_core.transports.eras.translation import modern_client
from keyfob_core.transports.listed_tools import ListedTools

_PREFIX = "keyfob-"
_MOST_PAGES = 20


def is_issued(session_id: str) -> bool:
    """Whether a session id looks like one of ours."""
    return session_id.startswith(_PREFIX)


class Underway(Protocol):
    """A call on its way."""

    async def cancel(self) -> None:
        """End it: its client wants it no more."""
        ...

    async def left(self) -> None:
        """The client's exchange is over."""
        ...


class IssuedSession:
    """What a client has said once, to be said with each of its requests."""

    def __init__(
        self,
        requests: Requests,
        server: Mapping[str, Any],
        client: Mapping[str, Any],
        version: str,
        session_id: str | None = None,
    ) -> None:
        """`session_id` is that of a session which is found again; a new one gets its own."""
        self.id = session_id or f"{_PREFIX}{secrets.token_hex(16)}"
        self.client: Message = {
            name: client[name] for name in ("clientInfo", "capabilities") if name in client
        }
        """What the client has said of itself."""
        self.version = version
        self.server_capabilities = mapping(server.get("capabilities"))
        self.capabilities = modern_client(mapping(client.get("capabilities")))
        self.level: str | None = None
        """What the client has set its log to."""
        self.uris: dict[str, None] = {}
        """The resources that the client wants word of, in their order."""
        self.task_ids: list[str] = []
        """The client's tasks that had not ended when it began the last of them."""
        self.calls: dict[tuple[bool, Id], Underway] = {}
        """What is under way, by the ids as JSON-RPC compares them."""
        self.rounds: dict[str, Round] = {}
        """Who waits for the client's answer, by the question's id."""
        self._requests = requests
        self._info = client.get("clientInfo")
        self.tools = ListedTools()
        self._ids = itertools.count(1)

    def new_id(self, kind: str) -> str:
        """An id that no message of this session has had."""
        return f"{kind}-{next(self._ids)}"

    def ask(
        self, request: UpstreamRequest, way: Upstream, message: Message, *, tasks: bool = False
    ) -> AnswerStream:
        """Send a request of the client's; its answer is read apart.

        With `tasks` the server is told that the answer may be a task: somebody waits for its end.
        """
        return AnswerStream(way, self._sent(request, message, tasks=tasks))

    async def answered(
        self, request: UpstreamRequest, way: Upstream, message: Message, *, tasks: bool = False
    ) -> Message:
        """Send a request and wait for its answer; empty where there is none.

        Raises Challenged and UpstreamUnreachable.
        """
        async with way.open(self._sent(request, message, tasks=tasks)) as response:
            check_credential(response)
            return await answer_in(response, message["id"])

    async def answer_of(
        self, request: UpstreamRequest, way: Upstream, message: Message, *, tasks: bool = False
    ) -> Message:
        """The same for the result alone."""
        answer = await self.answered(request, way, message, tasks=tasks)
        return mapping(answer.get("result"))

    def _sent(
        self, request: UpstreamRequest, message: Message, *, tasks: bool = False
    ) -> UpstreamRequest:
        params = mapping(message.get("params"))
        meta = {
            **mapping(params.get("_meta")),
            VERSION_KEY: MODERN,
            CAPABILITIES_KEY: with_tasks(self.capabilities) if tasks else self.capabilities,
        }
        if self._info:
            meta[CLIENT_KEY] = self._info
        if self.level is not None:
            meta[LOG_LEVEL_KEY] = self.level
        is_call = message.get("method") == "tools/call"
        if is_call:
            # Whether it becomes a task, a server of 2026-07-28 decides alone.
            params = {name: value for name, value in params.items() if name != "task"}
        told = {**message, "params": {**params, "_meta": meta}}
        named, arguments = params.get("name"), params.get("arguments")
        extra = self.tools.headers(named, arguments) if is_call else ()
        return self._requests.modern(request, told, extra)

    async def learn_tools(self, request: UpstreamRequest, way: Upstream) -> None:
        """Read the list of tools for the sake of their headers; raises as `answer_of` does."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            asked: Message = {"jsonrpc": "2.0", "id": self.new_id("list"), "method": "tools/list"}
            if cursor is not None:
                asked["params"] = {"cursor": cursor}
            result = await self.answer_of(request, way, asked)
            self.tools.note(result.get("tools"))
            cursor = text(result.get("nextCursor"))
            if cursor is None:
                return

    @property
    def offers_tasks(self) -> bool:
        """Whether the client may have tasks of its own here."""
        return offers_tasks(self.server_capabilities, self.version)

    @property
    def filter(self) -> Message:
        """What there is to listen for; empty for a server that says nothing unasked."""
        wanted: Message = {}
        for name, (capability, _) in LIST_CHANGES.items():
            if mapping(self.server_capabilities.get(capability)).get("listChanged") is True:
                wanted[name] = True
        if self.takes_subscriptions and self.uris:
            wanted["resourceSubscriptions"] = list(self.uris)
        return wanted

    @property
    def takes_subscriptions(self) -> bool:
        """Whether the server tells of single resources."""
        return mapping(self.server_capabilities.get("resources")).get("subscribe") is True

    async def end(self) -> None:
        """End what is under way."""
        for call in tuple(self.calls.values()):
            await call.cancel()
        self.calls.clear()
        self.rounds.clear()
