"""Steps 5 to 7: a credential, stamped, sent, and renewed once when the server says no."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Protocol

from keyfob_core import rpc
from keyfob_core.accounts import Accounts
from keyfob_core.calls import Call
from keyfob_core.config import Server
from keyfob_core.credentials import stamp
from keyfob_core.errors import (
    CredentialMissing,
    Error,
    RequestRefused,
    SignInNeeded,
    UpstreamRefused,
    UpstreamUnreachable,
)
from keyfob_core.headers import header, headers_up
from keyfob_core.model import AuthContext, Credential, Inbound, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Upstream
from keyfob_core.sessions import Sessions

SESSION_HEADER = "Mcp-Session-Id"


class SignInForCall(Protocol):
    """Asks the person to sign in because a call needs it, and waits a while for it."""

    async def __call__(self, context: AuthContext, reason: str, challenge: str | None) -> str:
        """Answer the account that is connected now; raises AnswerAwaited, AccessDenied or why."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """An inbound request as read once."""

    inbound: Inbound
    headers: dict[str, str]
    body: rpc.Body | None
    session: str | None


class Forwarding:
    """The way to a server and back."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        upstream: Upstream,
        sign_in: SignInForCall,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._upstream = upstream
        self._sign_in = sign_in

    async def credential(
        self, request: Received, context: AuthContext, server: Server
    ) -> tuple[AuthContext, Credential | None]:
        """Step 5: a fresh credential, or none for a server without an account.

        Raises what the accounts and the sign-in raise.
        """
        if context.account is None:
            return context, None
        try:
            held = await self._accounts.credential(context.account, server.origin)
        except (CredentialMissing, SignInNeeded) as error:
            return await self._signed_in(request, context, server, error, None)
        return context, held

    async def _signed_in(
        self,
        request: Received,
        context: AuthContext,
        server: Server,
        error: Error,
        challenge: str | None,
    ) -> tuple[AuthContext, Credential]:
        account = await self._sign_in(context, error.message, challenge)
        if request.session is not None and account != context.account:
            # The session was opened for another account, and no two accounts share one.
            raise RequestRefused(404, "There is no such session.", "Initialize a new one.")
        held = await self._accounts.credential(account, server.origin)
        return replace(context, account=account), held

    async def response(
        self,
        request: Received,
        call: Call,
        context: AuthContext,
        server: Server,
        credential: Credential | None,
        stack: AsyncExitStack,
    ) -> UpstreamResponse:
        """Steps 6 and 7: stamp and forward; a 401 renews the credential once and replays.

        The response is open until `stack` closes. Raises UpstreamRefused, UpstreamUnreachable
        and what the accounts raise.
        """
        response = await self._send(request, call, context, server, credential, stack)
        if response.status == 401:
            challenge = header(response.headers, "www-authenticate")
            context, credential = await self._renewed(
                request, context, server, credential, challenge
            )
            response = await self._send(request, call, context, server, credential, stack)
            if response.status == 401 and context.account is not None:
                self._accounts.refused(context.account, credential)
        _check_answer(response, server, context)
        self._note_session(request, context, response)
        return response

    async def _send(
        self,
        request: Received,
        call: Call,
        context: AuthContext,
        server: Server,
        credential: Credential | None,
        stack: AsyncExitStack,
    ) -> UpstreamResponse:
        inbound = request.inbound
        upward = UpstreamRequest(
            http_method=inbound.http_method,
            url=server.url,
            headers=headers_up(inbound.headers, stamp(credential) if credential else None),
            body=inbound.body,
            pool="\n".join((context.client.name, server.name, context.account or "")),
        )
        call.forwarding(context)
        opened = AsyncExitStack()
        response = await opened.enter_async_context(self._upstream.open(upward))
        if response.status == 401:
            await opened.aclose()
        else:
            stack.push_async_exit(opened)
        return response

    async def _renewed(
        self,
        request: Received,
        context: AuthContext,
        server: Server,
        refused: Credential | None,
        challenge: str | None,
    ) -> tuple[AuthContext, Credential]:
        if refused is None or context.account is None:
            missing = CredentialMissing(
                f"The server {server.name} wants a sign-in.",
                f"Connect it in Keyfob, or with `keyfob connect {server.name}`.",
            )
            return await self._signed_in(request, context, server, missing, challenge)
        try:
            return context, await self._accounts.renew(context.account, refused)
        except SignInNeeded as error:
            return await self._signed_in(request, context, server, error, challenge)

    def _note_session(
        self, request: Received, context: AuthContext, response: UpstreamResponse
    ) -> None:
        issued = header(response.headers, SESSION_HEADER)
        if issued is not None and response.status < 400 and issued != request.session:
            self._sessions.issue(issued, context.client.name, context.server or "", context.account)
        ended = request.inbound.http_method == "DELETE" and response.status < 300
        if request.session is not None and (ended or response.status == 404):
            self._sessions.end(request.session)


def _check_answer(response: UpstreamResponse, server: Server, context: AuthContext) -> None:
    if response.status in (401, 403):
        raise UpstreamRefused(
            f"The server {server.name} refuses this with the account {context.account or 'none'} "
            f"(HTTP {response.status}).",
            "Connect the account again in Keyfob, or ask for more rights at the server.",
        )
    if 300 <= response.status < 400 and response.status != 304:
        raise UpstreamUnreachable(
            f"The server {server.name} redirects elsewhere, and a credential follows no redirect.",
            "Add the server anew with the address it has now.",
        )
