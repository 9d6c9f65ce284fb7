"""The relay between its HTTP listener and its HTTP upstream, with memory for a keychain."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keyfob_core.accounts.credentials import encode
from keyfob_core.accounts.owner import Accounts
from keyfob_core.addresses.origins import origin_of
from keyfob_core.answers.waiting import USUAL_PACE, Pace
from keyfob_core.assembly.aggregate import Behind, join_servers
from keyfob_core.assembly.servers import reach_servers
from keyfob_core.audit.files import log_files
from keyfob_core.audit.log import AuditLog
from keyfob_core.audit.refusals import Refusals
from keyfob_core.config import Config
from keyfob_core.consent import Consent
from keyfob_core.control.connections import Connections, WaysIn
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.rules import Rules
from keyfob_core.control.undo import Undos
from keyfob_core.control.wait_page import WaitPage
from keyfob_core.control.widening import Widening
from keyfob_core.errors import RequestRefused
from keyfob_core.forwarding import Forwarding
from keyfob_core.identity.recognition import Identity, new_token, token_digest
from keyfob_core.model import (
    USUAL,
    ApiKey,
    AuthContext,
    Inbound,
    Outbound,
    Profile,
    Registration,
    Token,
    Whole,
)
from keyfob_core.oauth.challenge import challenge_scope
from keyfob_core.ports import Audit, PastedAnswers, Progress
from keyfob_core.providers.catalogue import Catalogue
from keyfob_core.questions import Questions
from keyfob_core.relay import Parts, Relay
from keyfob_core.renewals import ClientCredentials
from keyfob_core.sessions.session_notes import SessionNotes
from keyfob_core.sessions.upstream_sessions import SessionLives, Sessions
from keyfob_core.settings.config_file import ConfigFile
from keyfob_core.states import ServerNeeds
from keyfob_core.system.network import SystemNetwork
from keyfob_core.tools.pinning import Pinning
from keyfob_core.tools.pins import PinTable
from keyfob_core.transports.eras.way import Eras
from keyfob_core.transports.front import Front
from keyfob_core.transports.http.policy import Doors, Place
from keyfob_core.transports.upstreams import Upstreams
from keyfob_core.waits import Wait
from support.audit_log import KEY
from support.forms import form_of_the_test
from support.prompter import RecordingPrompter
from support.raw_http import RawClient, raw_client
from support.refresher import RotatingIssuer
from support.stores import MemoryStore
from support.tables import MemoryClients, MemoryPauses, MemoryPins, MemorySessions, unlocked
from support.tokens import token as oauth_token

API_KEY = "the-api-key"
ALLOW_ALL = '[defaults]\naccess = "allow"\n'


class ScriptedSignIn:
    """A `SignIn` whose person is always at the browser: it answers the token of `fresh`."""

    def __init__(self) -> None:
        self.fresh: Token | None = None
        self.challenges: list[str | None] = []

    async def authorize(
        self,
        url: str,
        *,
        scopes: tuple[str, ...] = (),
        registration: Registration | None = None,
        forgotten: bool = False,
        client_id: str | None = None,
        challenge: str | None = None,
        progress: Progress,
        profile: Profile = USUAL,
        answers: PastedAnswers | None = None,
    ) -> Token:
        self.challenges.append(challenge)
        return self.fresh or oauth_token(
            access="signed-in", origin=origin_of(url), obtained=time.time()
        )


class Unpinned:
    """A configuration in which no tool waits for approval."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config
        self._made = (config(), replace(config(), pinning=False))

    def __call__(self) -> Config:
        found = self._config()
        if found is not self._made[0]:
            self._made = (found, replace(found, pinning=False))
        return self._made[1]


@dataclass
class RunningRelay:
    """A relay on a free port, and what stands behind it."""

    port: int
    token: str
    """The client token of the client named `client`."""
    config: LiveConfig
    config_file: Path
    clients: MemoryClients
    store: MemoryStore
    accounts: Accounts
    issuer: RotatingIssuer
    sign_in: ScriptedSignIn
    prompter: RecordingPrompter
    audit_folder: Path
    refusals: Refusals
    relay: Relay
    front: Front
    """What its listeners lead to."""
    eras: Eras
    pinning: Pinning
    upstream: Upstreams

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def new_client(self, name: str, server: str | None = None) -> str:
        """A client token of its own."""
        token = new_token()
        self.clients.issue(name, token_digest(token), server, time.time())
        return token

    def configure(self, text: str) -> None:
        """Put another config.toml in force."""
        self.config_file.write_text(text, encoding="utf-8")
        self.config.refresh()
        assert self.config.problem is None, self.config.problem

    def connect(self, account: str, url: str, secret: str = API_KEY) -> None:
        """Store an API key for the origin of a server."""
        key = ApiKey(secret=secret, origin=origin_of(url), obtained_at=time.time())
        self.store.secrets[f"account/{account}"] = encode(key)

    def connect_oauth(self, account: str, url: str, **fields: Any) -> None:
        """Store an OAuth token for the origin of a server; it is called access-1."""
        fields = {"obtained": time.time()} | fields
        held = oauth_token(origin=origin_of(url), **fields)
        self.store.secrets[f"account/{account}"] = encode(held)

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncGenerator[RawClient]:
        """A raw connection whose requests bear the token."""
        async with raw_client(self.port, self.token if token is None else token) as client:
            yield client

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """The events in the log's files, or those of one name."""
        found = [json.loads(line) for line in self.log().splitlines()]
        return [event for event in found if name in (None, event["event"])]

    def log(self) -> bytes:
        """The log's bytes as they lie on the disk."""
        return b"".join(path.read_bytes() for path in log_files(self.audit_folder))


class AlwaysOpen:
    """An `Admission` of what has no lock."""

    is_open = True

    def used(self) -> None:
        """Nothing depends on it."""

    def check(self) -> None:
        """All pass."""

    async def opened(self, context: AuthContext, *, asks: bool, wait: Wait) -> None:
        """It never was shut."""


async def _opened() -> None:
    return None


class NoPairing:
    """Where a client would pair: it says only what it was asked for."""

    def admit(self, inbound: Inbound) -> None:
        assert inbound.token is None

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        assert inbound.endpoint, error

    @asynccontextmanager
    async def handle(self, inbound: Inbound) -> AsyncGenerator[Outbound]:
        asked = f"{inbound.http_method} {inbound.endpoint} {len(inbound.body)}"
        yield Outbound(status=200, headers=(), body=Whole(asked.encode()))


class _NotHere:
    """Ways in and out that the relay never takes by itself."""

    async def authorize(self, url: str, **_: object) -> Token:
        raise AssertionError(f"nobody asked for a device code for {url}")

    async def first_token(self, renewal: object, **_: object) -> Token:
        raise AssertionError(f"nobody asked for {renewal}")

    async def revoke(self, token: Token) -> bool:
        raise AssertionError(f"nobody asked to revoke {token}")

    async def delete_registration(self, registration: Registration, *, origin: str) -> bool:
        raise AssertionError(f"nobody asked {origin} to forget {registration}")

    def read_renewal(self, *given: object) -> ClientCredentials:
        raise AssertionError(f"nobody gave {given}")

    async def check_key(self, url: str, key: ApiKey) -> None:
        raise AssertionError(f"nobody gave {key} for {url}")

    async def look_at(self, url: str, _: object) -> ServerNeeds:
        raise AssertionError(f"nobody asked what {url} needs")

    async def label(self, _: Token) -> str | None:
        return None

    async def adopt(self, url: str, *_: object) -> Token:
        raise AssertionError(f"nobody keeps a token for {url}")


def only_by_code(sign_in: ScriptedSignIn) -> WaysIn:
    """Every way in, of which the relay takes the code grant alone."""
    others = _NotHere()
    return WaysIn(
        code=sign_in,
        device=others,
        service=others,
        read_renewal=others.read_renewal,
        check_key=others.check_key,
        labels=others.label,
        farewell=others,
        challenge_scope=challenge_scope,
        look_at=others.look_at,
        adopt=others.adopt,
    )


@asynccontextmanager
async def running_relay(
    folder: Path,
    *servers: str,
    extra: str = ALLOW_ALL,
    prompter: RecordingPrompter | None = None,
    sessions: SessionLives | None = None,
    audit: Callable[[Audit], Audit] = lambda audit: audit,
    clock: Callable[[], float] = time.time,
    max_body: int | None = None,
    pace: Pace = USUAL_PACE,
    place: Place | None = None,
    pinned: bool = False,
    pins: PinTable | None = None,
) -> AsyncGenerator[RunningRelay]:
    """Serve the servers at these URLs, named one, two, three; `extra` is added to config.toml.

    It listens at a free port, and at a place where one is given.
    Tools wait for approval where it is `pinned`, on what `pins` remember.
    `audit` may wrap the log, so that a test can make it fail. The folder outlives the relay.
    """
    async with AsyncExitStack() as stack:
        config_file = folder / "config.toml"
        config_file.write_text(config_for(*servers) + extra, encoding="utf-8")
        told: list[Callable[[], None]] = []

        def changed() -> None:
            for tell in told:
                tell()

        config = LiveConfig(ConfigFile(config_file), changed)
        log = AuditLog(folder / "audit", KEY, clock)
        stack.callback(log.close)
        events = audit(log)
        refusals = Refusals(events, clock)
        stack.callback(refusals.close)
        prompter = prompter or RecordingPrompter(attended=False)
        questions = Questions(prompter, clock, lambda: None)
        stack.push_async_callback(questions.close)
        store, issuer, sign_in = MemoryStore(), RotatingIssuer(clock), ScriptedSignIn()
        accounts = Accounts(store, issuer, events, clock, MemoryPauses(), unlocked, changed)
        stack.push_async_callback(accounts.close)
        connections = Connections(
            config, Catalogue(tuple), accounts, only_by_code(sign_in), store, questions, events
        )
        stack.push_async_callback(connections.close)
        form = form_of_the_test()
        reach = await reach_servers(
            config,
            form,
            SystemNetwork(),
            folder,
            folder / "logs",
            events,
            clock,
            lambda: None,
            SessionNotes(MemorySessions()),
            stack,
        )
        tools_told: list[Callable[[str], None]] = []

        def tools_changed(server: str) -> None:
            for tell in tools_told:
                tell(server)

        pinning = Pinning(
            config if pinned else Unpinned(config),
            pins or MemoryPins(),
            questions,
            events,
            clock,
            tools_changed,
        )
        stack.push_async_callback(pinning.close)
        clients = MemoryClients()
        bound = Sessions(sessions or MemorySessions(), clock)
        widening = Widening(prompter, questions, events, _opened)
        rules = Rules(config, widening, Undos(config, widening, events, clock), events, clock)
        ports: list[int] = []
        relay = Relay(
            Parts(
                config=config,
                identity=Identity(clients, questions, events, clock, "person"),
                sessions=bound,
                consent=Consent(questions, events, rules.keep_answer),
                forwarding=Forwarding(accounts, bound, reach.upstream, connections.for_call, clock),
                pinning=pinning,
                audit=events,
                refusals=refusals,
                clock=clock,
                wait_url=lambda wait_id: f"http://127.0.0.1:{ports[0]}/wait/{wait_id}",
                admission=AlwaysOpen(),
                pace=pace,
            )
        )

        def token_server(token: str) -> str | None:
            found = clients.by_digest(token_digest(token))
            return found.server if found else None

        front, aggregate = join_servers(
            Behind(
                relay=relay,
                eras=reach.eras,
                config=config,
                accounts=accounts,
                questions=questions,
                sessions=bound,
                wait_url=lambda wait_id: f"http://127.0.0.1:{ports[0]}/wait/{wait_id}",
                clock=clock,
                pairing=NoPairing(),
                facts=pinning.facts,
            ),
            stack,
        )
        told.append(aggregate.changed)
        tools_told.append(aggregate.tools_changed)
        listener = form.listener(
            Doors(
                relay=front,
                refusals=refusals,
                token_server=token_server,
                wait_page=WaitPage(questions),
                max_body=lambda: max_body or config().relay.max_body,
            )
        )
        ports.append(await listener.start(0))
        stack.push_async_callback(listener.close)
        if place is not None:
            await listener.start_at(place)
        running = RunningRelay(
            port=ports[0],
            token="",
            config=config,
            config_file=config_file,
            clients=clients,
            store=store,
            accounts=accounts,
            issuer=issuer,
            sign_in=sign_in,
            prompter=prompter,
            audit_folder=folder / "audit",
            refusals=refusals,
            relay=relay,
            front=front,
            eras=reach.eras,
            pinning=pinning,
            upstream=reach.upstream,
        )
        yield replace(running, token=running.new_client("client"))


def config_for(*urls: str, account: str | None = None) -> str:
    """The tables of servers named one, two, three, each with that account or with none."""
    names = ("one", "two", "three")
    text = f'[accounts.{account}]\nmethod = "oauth"\n' if account else ""
    for name, url in zip(names, urls, strict=False):
        text += f'[servers.{name}]\nurl = "{url}"\n'
        text += f'account = "{account}"\n' if account else ""
    return text
