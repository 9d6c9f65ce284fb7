"""The authorization server alone, asked without a listener."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from keyfob_core.assembly.pairing import Around, pair_clients, taken_names
from keyfob_core.audit.refusals import Refusals
from keyfob_core.config import Config, Server
from keyfob_core.identity.lockout import Lockout
from keyfob_core.model import Headers, Inbound, Listener, Peer
from keyfob_core.pairing.server import PairingServer
from keyfob_core.questions import Questions
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import open_database
from keyfob_core.state.registrations import RegistrationRecords
from support.audit_log import RecordedAudit, SetClock
from support.prompter import RecordingPrompter
from support.tables import marks

BASE = "http://127.0.0.1:7332"
REGISTRAR = Peer(42, "/opt/cursor/cursor", 1.0)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@dataclass(frozen=True)
class Answered:
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class RunningPairing:
    """A server with a database, and what it asked and recorded."""

    server: PairingServer
    clients: ClientRecords
    prompter: RecordingPrompter
    audit: RecordedAudit
    clock: SetClock
    cut: list[str]

    async def ask(
        self,
        method: str,
        endpoint: str,
        *,
        headers: Headers = (),
        body: bytes = b"",
        port: int | None = None,
    ) -> Answered:
        inbound = Inbound(
            listener=Listener.HTTP,
            http_method=method,
            server="",
            headers=(("Host", "127.0.0.1:7332"), *headers),
            body=body,
            endpoint=endpoint,
            remote_port=port,
        )
        async with self.server.handle(inbound) as outbound:
            whole = b"".join([chunk async for chunk in outbound.body])
            return Answered(outbound.status, outbound.headers, whole)

    async def post(self, endpoint: str, fields: Mapping[str, str]) -> Answered:
        return await self.ask("POST", endpoint, headers=FORM, body=urlencode(fields).encode())

    async def register(self, metadata: object, port: int | None = None) -> Answered:
        kind = (("Content-Type", "application/json"),)
        body = json.dumps(metadata).encode()
        return await self.ask("POST", "/pair/register", headers=kind, body=body, port=port)


@asynccontextmanager
async def running_pairing(
    folder: Path, prompter: RecordingPrompter | None = None
) -> AsyncGenerator[RunningPairing]:
    """A server with one MCP server, `one`, whose port 1 is REGISTRAR's and 2 another user's."""
    async with AsyncExitStack() as stack:
        database = open_database(folder / "state.db")
        stack.callback(database.close)
        clock, audit = SetClock(), RecordedAudit()
        prompter = prompter or RecordingPrompter()
        questions = Questions(prompter, clock, lambda: None)
        stack.push_async_callback(questions.close)
        clients = ClientRecords(database, marks())
        config = Config(servers={"one": Server(name="one", url="http://127.0.0.1:1/mcp")})
        cut: list[str] = []
        around = Around(
            config=lambda: config,
            pairings=clients,
            registrations=RegistrationRecords(database),
            questions=questions,
            lockout=Lockout(clock),
            taken=taken_names(clients, lambda: config),
            audit=audit,
            refusals=Refusals(audit, clock),
            clock=clock,
            base_url=lambda: BASE,
            peer_at=lambda port: REGISTRAR if port == 1 else None,
            port_is_foreign=lambda port: port == 2,
            cut=cut.append,
            changed=lambda: None,
        )
        server = pair_clients(around, stack)
        yield RunningPairing(server, clients, prompter, audit, clock, cut)
