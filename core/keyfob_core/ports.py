"""The ports: what the flow needs from outside, each a small protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from keyfob_core.errors import RequestRefused
from keyfob_core.model import (
    USUAL,
    ApiKey,
    AuditEvent,
    Inbound,
    Outbound,
    Peer,
    Profile,
    Registration,
    Token,
    UpstreamRequest,
    UpstreamResponse,
)
from keyfob_core.prompts import Answer, Prompt
from keyfob_core.renewals import Renewal
from keyfob_core.states import ClientState, StoreState
from keyfob_core.steps import DeviceCode, Step

PeerAt = Callable[[int], Peer | None]
"""The process that holds a TCP port on 127.0.0.1, as far as the system tells; may take long."""

PortIsForeign = Callable[[int], bool]
"""Whether a TCP port on 127.0.0.1 is another user's, as far as the system tells."""

Clock = Callable[[], float]
"""Seconds since the epoch."""

Progress = Callable[[Step], None]
"""Told each step of a sign-in as it happens."""

Browser = Callable[[str], Awaitable[bool]]
"""Opens an address in the person's browser; False when there is none."""

PastedAnswers = Callable[[], Awaitable[str]]
"""Waits until a person pastes the callback address that a browser elsewhere ended on."""

ShowDeviceCode = Callable[[DeviceCode], None]
"""Shows a person the code to enter, and where."""


class SecretStore(Protocol):
    """A place for secrets.

    Every method raises StoreLocked or StoreUnavailable; keys are like `account/github-work`.
    """

    async def get(self, key: str) -> str | None:
        """The secret, or None where there is none."""
        ...

    async def reread(self, key: str) -> str | None:
        """The secret as it lies in the store now, whatever was read before."""
        ...

    async def put(self, key: str, secret: str) -> None:
        """Keep the secret; on return it outlives a crash, on an error the old one stands."""
        ...

    async def erase(self, key: str) -> None:
        """Remove the secret; nothing happens where there is none."""
        ...

    async def state(self) -> StoreState:
        """How the store is; raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Pause:
    """Why and until when an account's renewal is not tried again."""

    failures: int
    not_before: float
    """Seconds since the epoch."""
    reason: str
    refusals: int = 0
    """How often in these failures the issuer said that it does not know our client."""


class PauseTable(Protocol):
    """Pauses after failed renewals, kept over a restart."""

    def pause(self, account: str) -> Pause | None:
        """The account's pause, or None."""
        ...

    def keep(self, account: str, pause: Pause | None) -> None:
        """Keep a pause, or forget it."""
        ...


AccountLock = Callable[[str], AbstractAsyncContextManager[None]]
"""Holds an account against other processes; raises UpstreamUnreachable when it takes too long."""


class Prompter(Protocol):
    """Asks a person. The core's only door to one."""

    @property
    def attended(self) -> bool:
        """Whether a person can answer here (the tray app, or a terminal)."""
        ...

    @property
    def answers_commands(self) -> bool:
        """Whether commands that allow more are answered here, not at their own terminal."""
        ...

    async def ask(self, prompt: Prompt) -> Answer:
        """Show the prompt until it is answered; cancelling the call withdraws it."""
        ...


class Upstream(Protocol):
    """A way to a server."""

    def open(self, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send the request and answer its response as it streams.

        Follows no redirect. Raises UpstreamUnreachable.
        """
        ...


class Handler(Protocol):
    """What a listener hands a client's requests to."""

    def admit(self, inbound: Inbound) -> None:
        """Refuse a wrong token before its body is read; raises RequestRefused."""
        ...

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note what a listener refuses by itself: a body that it will not read."""
        ...

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request, to be read before it is left."""
        ...


class Audit(Protocol):
    """The audit log's writing end."""

    def record(self, event: AuditEvent) -> None:
        """Chain the event and hand it to the kernel by one write; raises AuditUnavailable."""
        ...


class Refusals(Protocol):
    """Where refusals are noted, many of a kind as one event."""

    def refuse(self, source: str, reason: str, event: AuditEvent) -> None:
        """Note a refusal; `source` and `reason` say which are of a kind. Raises nothing."""
        ...


class Refresher(Protocol):
    """Turns an old token into a new one at its issuer (RFC 6749, section 6)."""

    async def refresh(self, token: Token) -> Token:
        """Answer the next generation.

        Where only what buys the token was renewed (an identity provider rotated its refresh
        token), the same generation with that in it: it is written, then this is called again.
        Raises OAuthFailed (`invalid_grant` when the refresh token is dead) or UpstreamUnreachable.
        """
        ...


class SignIn(Protocol):
    """Walks a person through a sign-in."""

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
        """Sign in to the server at `url` by the authorization code grant with PKCE.

        `registration` is the one kept from an earlier sign-in and is used only if its issuer is
        still the server's; with `dynamic` False and no issuer it is the person's own client with
        its secret or key. `forgotten` says that the issuer no longer knows it: another one is made
        in its place. `client_id` is one the person brought; `challenge` is the server's last
        `WWW-Authenticate`, if one is known; `answers` yields what the person pastes where the
        browser is on another machine. Raises OAuthFailed, UpstreamUnreachable or ConfigInvalid.
        """
        ...


class DeviceSignIn(Protocol):
    """Walks a person through a sign-in on another device (RFC 8628)."""

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
        show: ShowDeviceCode,
        profile: Profile = USUAL,
    ) -> Token:
        """As `SignIn.authorize`; `show` is called once the code is there."""
        ...


class ServiceSignIn(Protocol):
    """Obtains a service account's first token."""

    async def first_token(
        self, renewal: Renewal, *, url: str, profile: Profile = USUAL, progress: Progress
    ) -> Token:
        """The first token for the server at `url`.

        Raises ConfigInvalid, OAuthFailed or UpstreamUnreachable.
        """
        ...


class Farewell(Protocol):
    """Tells an issuer that an account was disconnected."""

    async def revoke(self, token: Token) -> bool:
        """Revoke the token (RFC 7009); False where that is not offered. Raises Error."""
        ...

    async def delete_registration(self, registration: Registration, *, origin: str) -> bool:
        """Delete a client that we registered (RFC 7592); False where there is none."""
        ...


Labels = Callable[[Token], Awaitable[str | None]]
"""Whose account a token is, as the provider's user info says; raises nothing."""

ReadRenewal = Callable[
    [str, str | None, Mapping[str, str], tuple[str, ...], Mapping[str, str]], Renewal
]
"""Kind, key text, parameters, scopes and further secrets as a Renewal; raises ConfigInvalid."""

CheckKey = Callable[[str, ApiKey], Awaitable[None]]
"""Tries a key at a server before it is kept; raises UpstreamRefused or UpstreamUnreachable."""

ChallengeScope = Callable[[str], str | None]
"""The scope that a `WWW-Authenticate` names."""


class ClientTable(Protocol):
    """The clients that are known: by token digest, or by executable."""

    def by_digest(self, digest: str) -> ClientState | None:
        """The client whose unrevoked token has this SHA-256 hex digest."""
        ...

    def by_executable(self, executable: str) -> ClientState | None:
        """The client that the person named this executable."""
        ...

    def used(self, client: ClientState, at: float) -> None:
        """Note that the client was seen; may be written lazily."""
        ...

    def name_executable(
        self, executable: str, name: str, at: float, signer: str | None = None
    ) -> ClientState:
        """Keep the person's name for an executable, and who has signed it."""
        ...


class ClientRegister(ClientTable, Protocol):
    """The table of clients with its writing end."""

    def issue(self, name: str, digest: str, server: str | None, at: float) -> ClientState:
        """Keep a new token by its digest; `server` binds it to one."""
        ...

    def revoke(self, name: str) -> int:
        """Forget every token and executable of this client; answers how many there were."""
        ...

    def list(self) -> tuple[ClientState, ...]:
        """All known clients by name."""
        ...


Taken = Callable[[], Collection[str]]
"""The names that clients, or the rules for them, have."""


class SessionTable(Protocol):
    """Which (client, server, account) an upstream's session id was issued to."""

    def owner(self, digest: str) -> tuple[str, str, str] | None:
        """(client, server, account) for the SHA-256 hex digest of an `Mcp-Session-Id`."""
        ...

    def issue(self, digest: str, client: str, server: str, account: str, at: float) -> None:
        """Keep a session that an upstream has just issued."""
        ...

    def end(self, digest: str) -> None:
        """Forget a session that has ended."""
        ...

    def end_of(
        self,
        *,
        client: str | None = None,
        server: str | None = None,
        account: str | None = None,
    ) -> int:
        """Forget the sessions of a client, a server or an account; answers how many."""
        ...


class StoreIndex(Protocol):
    """Which generation of each store item is the current one; holds no secret."""

    def current(self, key: str) -> int | None:
        """The generation to read, or None."""
        ...

    def next(self, key: str) -> int:
        """A generation number that was never used for this key."""
        ...

    def begin(self, key: str, generation: int, items: int) -> None:
        """Note, before writing, the items of a new generation, so that a crash leaves no orphan."""
        ...

    def switch(self, key: str, generation: int | None) -> None:
        """Make a generation current, or none, in one transaction."""
        ...

    def stale(self, key: str | None = None) -> tuple[tuple[str, int, int], ...]:
        """(key, generation, items) of what was begun and is not current."""
        ...

    def erased(self, key: str, generation: int) -> None:
        """Note that a stale generation's items are gone."""
        ...

    def keys(self) -> tuple[str, ...]:
        """The keys that have a current generation."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """One write of the file that holds the secrets."""

    number: int
    """Counts the writes from 1 on."""
    items: int
    """How many secrets the file held after it."""

    @property
    def empty(self) -> bool:
        """Whether nothing is lost with the file."""
        return self.items == 0


class WriteTable(Protocol):
    """The last write of the encrypted file, remembered apart from it; holds no secret."""

    def last(self) -> Written:
        """The last write that is known; number 0 where there was none."""
        ...

    def note(self, written: Written) -> None:
        """Remember a write, unless a later one is known; raises StateUnavailable."""
        ...

    def accept(self, written: Written) -> None:
        """Take this for the last write, whatever was known; raises StateUnavailable."""
        ...
