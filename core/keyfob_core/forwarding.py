"""Steps 5 to 7: a credential, stamped, sent, and renewed once when the server says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import NamedTuple, Protocol

from keyfob_core.accounts.credentials import is_bound, wanted_nonce
from keyfob_core.accounts.owner import Accounts
from keyfob_core.accounts.placements import with_query
from keyfob_core.accounts.stamping import LaterStamps, Stamping, wants_sign_in
from keyfob_core.calls import Call
from keyfob_core.config import Server
from keyfob_core.errors import (
    CredentialMissing,
    Error,
    RequestRefused,
    SignInNeeded,
    UpstreamRefused,
    UpstreamUnreachable,
)
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import answer_header, challenges, headers_up
from keyfob_core.model import AuthContext, Credential, Inbound, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.sessions.upstream_sessions import Sessions, pool_of
from keyfob_core.tuples import made
from keyfob_core.waits import Wait

SESSION_HEADER = "Mcp-Session-Id"
_REVISION_HEADER = "mcp-protocol-version"


class SignInForCall(Protocol):
    """Asks the person to sign in because a call needs it, and waits a while for it."""

    async def __call__(
        self,
        context: AuthContext,
        reason: str,
        challenge: str | None,
        *,
        step_up: bool,
        wait: Wait,
    ) -> str:
        """Answer the account that is connected now; raises AnswerAwaited, AccessDenied or why.

        Raises PersonAwaited where `wait` is held.
        `step_up` asks for the challenge's scopes on top of those that the account has; raises
        UpstreamRefused where it was asked for them before.
        """
        ...


class Received(NamedTuple):
    """An inbound request as read once."""

    inbound: Inbound
    headers: Mapping[str, str]
    body: rpc.Body | None
    session: str | None
    declined: bool = False
    """Whether the person did not want to be sent to the page of a question."""

    @property
    def revision(self) -> str | None:
        """The protocol revision that the body or a header names."""
        named = self.body.revision if self.body else None
        return named or self.headers.get(_REVISION_HEADER)


Recheck = Callable[[Received, AuthContext], None]
"""Raises AccessDenied or RequestRefused where the context, changed by a person, may not pass."""


class Opened:
    """The server's response, while it is open, or what it refused before a person was needed."""

    __slots__ = ("_exchange", "refusal")

    def __init__(self) -> None:
        self._exchange: AbstractAsyncContextManager[UpstreamResponse] | None = None
        self.refusal: tuple[UpstreamResponse, Credential | None] | None = None
        """What the server says to a credential, which it need not be asked again."""

    async def open(
        self, exchange: AbstractAsyncContextManager[UpstreamResponse]
    ) -> UpstreamResponse:
        """Begin an exchange; raises UpstreamUnreachable."""
        response = await exchange.__aenter__()
        self._exchange = exchange
        return response

    async def close(self, error: BaseException | None = None) -> None:
        """End the exchange; nothing happens where none is open."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            trace = error.__traceback__ if error is not None else None
            await exchange.__aexit__(type(error) if error is not None else None, error, trace)


class Passage(NamedTuple):
    """One request on its way through these steps."""

    request: Received
    call: Call
    server: Server
    recheck: Recheck
    opened: Opened
    """Closed when the client has its answer."""
    wait: Wait
    beside: str = ""
    """The digest of the client's session, where the request has another account than that."""


class Forwarding:
    """The way to a server and back."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        upstream: Upstream,
        sign_in: SignInForCall,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._upstream = upstream
        self._sign_in = sign_in
        self._stamping = Stamping(clock)

    async def credential(
        self, passage: Passage, context: AuthContext
    ) -> tuple[AuthContext, Credential | None]:
        """Step 5: a fresh credential, or none for a server without an account.

        Raises what the accounts and the sign-in raise.
        """
        if context.account is None:
            return context, None
        origin = passage.server.origin
        held = self._accounts.ready(context.account, origin)
        if held is not None:
            return context, held
        try:
            held = await self._accounts.credential(context.account, origin)
        except (CredentialMissing, SignInNeeded) as error:
            told = passage.opened.refusal
            return await self._signed_in(passage, context, error, told[0] if told else None)
        return context, held

    async def _signed_in(
        self,
        passage: Passage,
        context: AuthContext,
        error: Error,
        refusal: UpstreamResponse | None,
        *,
        step_up: bool = False,
    ) -> tuple[AuthContext, Credential]:
        if passage.request.inbound.unasked:
            raise error
        challenge = challenges(refusal.headers) or None if refusal else None
        account = await self._sign_in(
            context, error.message, challenge, step_up=step_up, wait=passage.wait
        )
        if passage.request.session is not None and account != context.account:
            # The session was opened for another account, and no two accounts share one.
            raise RequestRefused(404, "There is no such session.", "Initialize a new one.")
        context = context._replace(account=account)
        passage.recheck(passage.request, context)
        held = await self._accounts.credential(account, passage.server.origin)
        return context, held

    async def response(
        self, passage: Passage, context: AuthContext, credential: Credential | None
    ) -> UpstreamResponse:
        """Steps 6 and 7: stamp and forward; a 401 renews the credential once and replays.

        A 403 for want of scopes asks the person for them, once a request. The response is open
        until the passage's stack closes. Raises UpstreamRefused, UpstreamUnreachable and what
        the accounts raise.
        """
        response = await self._sent(passage, context, credential)
        if response.status == 401:
            context, credential = await self._renewed(passage, context, credential, response)
            response = await self._sent(passage, context, credential)
            if response.status == 401 and context.account is not None:
                self._accounts.refused(context.account, credential)
        if response.status == 403 and _wants_scope(response):
            context, credential = await self._stepped_up(passage, context, response)
            response = await self._sent(passage, context, credential)
        if not 200 <= response.status < 300:
            _check_answer(response, passage.server, context)
        self._sessions.note(
            (context.client.name, context.server or "", context.account),
            passage.request.session if not passage.beside else None,
            answer_header(response.headers, SESSION_HEADER),
            passage.request.inbound.http_method,
            response.status,
        )
        return response

    async def _sent(
        self,
        passage: Passage,
        context: AuthContext,
        credential: Credential | None,
        *,
        proven: bool = False,
    ) -> UpstreamResponse:
        """Send, and once more where the server only wants its nonce in the proof.

        What this request was refused with this credential is not sent to be refused again, but
        once where it is `proven` with that nonce.
        """
        told = passage.opened.refusal
        if told is not None and not proven and told[1] == credential:
            return told[0]
        inbound, server = passage.request.inbound, passage.server
        prover = (context.account, server.origin)
        stamped = self._stamping.stamp(credential, inbound.http_method, server, prover)
        body = passage.request.body
        url = with_query(server.url, stamped.query) if stamped.query else server.url
        headers = headers_up(inbound.headers, stamped.headers)
        pool = pool_of(context.client.name, server.name, context.account)
        of = pool, server.name, inbound.connection_id or "", passage.beside
        method = None if body is None or body.is_batch else body.messages[0].method
        check = partial(passage.recheck, passage.request, context)
        restamp = partial(self._restamp, server, context.account, check)
        said = method, passage.request.revision, credential, restamp
        sent = inbound.http_method, url, headers, inbound.body
        upward = made(UpstreamRequest, (*sent, *of, *said))
        passage.call.forwarding(context, body.calls if body else ())
        response = await passage.opened.open(self._upstream.open(upward))
        self._stamping.heard(credential, response.headers, prover)
        if response.status in (401, 403):
            await passage.opened.close()
            passage.opened.refusal = response, credential
            lacks_nonce = is_bound(credential) and wanted_nonce(response.status, response.headers)
            if lacks_nonce and not proven:
                return await self._sent(passage, context, credential, proven=True)
        return response

    def _restamp(
        self, server: Server, account: str | None, check: Callable[[], None]
    ) -> LaterStamps:
        return LaterStamps(self._accounts, self._stamping, server, account, check)

    async def _renewed(
        self,
        passage: Passage,
        context: AuthContext,
        refused: Credential | None,
        refusal: UpstreamResponse,
    ) -> tuple[AuthContext, Credential]:
        if refused is None or context.account is None:
            missing = wants_sign_in(passage.server)
            return await self._signed_in(passage, context, missing, refusal)
        try:
            return context, await self._accounts.renew(context.account, refused)
        except SignInNeeded as error:
            return await self._signed_in(passage, context, error, refusal)

    async def _stepped_up(
        self, passage: Passage, context: AuthContext, response: UpstreamResponse
    ) -> tuple[AuthContext, Credential]:
        """A credential with the scopes that a challenge names on top (MCP, step-up)."""
        name = passage.server.name
        reason = SignInNeeded(
            f"The server {name} wants more rights for this.",
            f"Grant them in Keyfob, or with `keyfob connect {name} --scope SCOPE`.",
        )
        return await self._signed_in(passage, context, reason, response, step_up=True)


def _wants_scope(response: UpstreamResponse) -> bool:
    """Whether the token is good and its scopes do not suffice (RFC 6750, section 3.1)."""
    return "insufficient_scope" in challenges(response.headers)


def _check_answer(response: UpstreamResponse, server: Server, context: AuthContext) -> None:
    if response.status in (401, 403):
        raise UpstreamRefused(
            f"The server {server.name} refuses this with the account {context.account or 'none'} "
            f"(HTTP {response.status}).",
            "Connect the account again in Keyfob, or ask for more rights at the server.",
        )
    if response.status < 200:
        raise UpstreamUnreachable(
            f"The server {server.name} answers with HTTP {response.status}, which nobody asked for."
        )
    if 300 <= response.status < 400 and response.status != 304:
        raise UpstreamUnreachable(
            f"The server {server.name} redirects elsewhere, and a credential follows no redirect.",
            "Add the server anew with the address it has now.",
        )
