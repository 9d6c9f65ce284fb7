"""The authorization server under /pair: its endpoints, by path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from keyfob_core.errors import Error, RequestRefused
from keyfob_core.identity.lockout import Lockout
from keyfob_core.messages.headers import header
from keyfob_core.model import AuditEvent, Inbound, Outbound, Peer, Whole
from keyfob_core.pairing.answers import Answer, GrantRefused, json_answer, redirect, refusal
from keyfob_core.pairing.authorization import RefusedBack, Unanswerable, read_request
from keyfob_core.pairing.consents import Consents
from keyfob_core.pairing.metadata import Resources
from keyfob_core.pairing.pages import PairingPages
from keyfob_core.pairing.parameters import form_of, json_of, query_of
from keyfob_core.pairing.redirects import is_loopback
from keyfob_core.pairing.registration import Registrar, described
from keyfob_core.pairing.tokens import Grants, WrongGrant
from keyfob_core.ports import Audit, PeerAt, PortIsForeign, Refusals

_WAIT = "/pair/wait/"
_Respond = Callable[[Inbound], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the endpoints work with."""

    resources: Resources
    registrar: Registrar
    consents: Consents
    grants: Grants
    lockout: Lockout
    peer_at: PeerAt
    port_is_foreign: PortIsForeign
    audit: Audit
    refusals: Refusals
    changed: Callable[[], None]


class PairingServer:
    """Answers what is asked of the authorization server."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pages = PairingPages()
        self._posts: dict[str, _Respond] = {
            "/pair/register": self._register,
            "/pair/token": self._token,
            "/pair/revoke": self._revoke,
        }
        self._gets: dict[str, _Respond] = {
            "/pair/authorize": self._authorize,
            "/.well-known/oauth-authorization-server/pair": self._metadata,
        }

    def admit(self, inbound: Inbound) -> None:
        """Everybody may ask: who is not known yet comes here to become so."""

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note what a listener refuses by itself: a body that it will not read."""
        self._note(inbound, error.rule or error.code, error.message)

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """The answer to one request."""
        return self._handled(inbound)

    async def close(self) -> None:
        """Withdraw what the person is asked."""
        await self._parts.consents.close()

    @asynccontextmanager
    async def _handled(self, inbound: Inbound) -> AsyncGenerator[Outbound]:
        answer = await self._answer(inbound)
        headers = (*answer.headers, ("Content-Length", str(len(answer.body))))
        yield Outbound(status=answer.status, headers=headers, body=Whole(answer.body))

    async def _answer(self, inbound: Inbound) -> Answer:
        if inbound.remote_port is not None and self._parts.port_is_foreign(inbound.remote_port):
            error = GrantRefused("access_denied", "Another user of this machine asked.", status=403)
            self._note(inbound, "foreign-user", error.description)
            return refusal(error)
        path = (inbound.endpoint or "").partition("?")[0]
        posts = self._posts.get(path)
        wanted = "POST" if posts else "GET"
        if inbound.http_method != wanted:
            told = {"error": "invalid_request", "error_description": f"Send a {wanted}."}
            return json_answer(405, told, ("Allow", wanted))
        if inbound.http_method == "GET" and inbound.body:
            return refusal(GrantRefused("invalid_request", "A GET has no body."))
        respond = posts or self._gets.get(path)
        respond = respond or (self._wait if path.startswith(_WAIT) else self._protected)
        try:
            return await respond(inbound)
        except GrantRefused as error:
            self._note(inbound, error.code, error.description)
            return refusal(error)
        except Error as error:
            # The state or the log cannot be written now.
            return refusal(GrantRefused("server_error", str(error), status=503))

    async def _metadata(self, inbound: Inbound) -> Answer:
        return json_answer(200, self._parts.resources.authorization_server())

    async def _protected(self, inbound: Inbound) -> Answer:
        path = (inbound.endpoint or "").partition("?")[0]
        found = self._parts.resources.protected(path, _host(inbound))
        if found is None:
            raise GrantRefused("invalid_target", "There is no such server.", status=404)
        return json_answer(200, found)

    async def _register(self, inbound: Inbound) -> Answer:
        metadata = json_of(inbound)
        peer = await self._peer(inbound)
        client = self._parts.registrar.register(metadata, peer)
        details = {"claimed": client.name, "process": client.executable}
        self._parts.audit.record(AuditEvent(event="client_registered", details=details))
        return json_answer(201, described(client))

    async def _authorize(self, inbound: Inbound) -> Answer:
        parts, host = self._parts, _host(inbound)
        resources, consents = parts.resources, parts.consents
        try:
            request = read_request(
                query_of(inbound),
                parts.registrar.find,
                lambda resource: resources.server(resource, host),
                resources.issuer,
            )
        except (Unanswerable, GrantRefused) as error:
            self._note(inbound, "authorize", str(error))
            return self._pages.wrong(str(error))
        except RefusedBack as error:
            self._note(inbound, error.code, str(error))
            return self._back(error.url)
        if not consents.attended:
            why = "Nobody can answer. Start the Keyfob tray app."
            self._note(inbound, "unattended", why)
            return self._back(request.refused("temporarily_unavailable", why))
        wait_id = consents.open(request)
        if wait_id is None:
            self._note(inbound, "one-at-a-time", "Another client is asked about.")
            return self._pages.is_busy(inbound.endpoint or "")
        return redirect(f"{_WAIT}{wait_id}", 303)

    async def _wait(self, inbound: Inbound) -> Answer:
        consents = self._parts.consents
        wait_id = (inbound.endpoint or "").partition("?")[0].removeprefix(_WAIT)
        url = consents.take(wait_id)
        if url is not None:
            return self._back(url)
        name = consents.client(wait_id)
        return self._pages.ended() if name is None else self._pages.waits(name)

    async def _token(self, inbound: Inbound) -> Answer:
        parts, host = self._parts, _host(inbound)
        try:
            told = parts.grants.token(
                form_of(inbound), lambda resource: parts.resources.server(resource, host)
            )
        except WrongGrant as error:
            self._count_wrong(inbound)
            raise error from None
        finally:
            parts.changed()
        return json_answer(200, told)

    async def _revoke(self, inbound: Inbound) -> Answer:
        self._parts.grants.revoke(form_of(inbound))
        self._parts.changed()
        return json_answer(200, {})

    def _count_wrong(self, inbound: Inbound) -> None:
        try:
            self._parts.lockout.check(inbound)
        except RequestRefused as error:
            raise GrantRefused(
                "temporarily_unavailable",
                error.message,
                status=error.status,
                retry_after=error.retry_after,
            ) from None
        self._parts.lockout.wrong(inbound)

    def _back(self, url: str) -> Answer:
        """To the client; a scheme of its own is followed from a page that can be seen."""
        return redirect(url) if is_loopback(url) else self._pages.goes_back(url)

    async def _peer(self, inbound: Inbound) -> Peer | None:
        if inbound.peer is not None or inbound.remote_port is None:
            return inbound.peer
        return await asyncio.to_thread(self._parts.peer_at, inbound.remote_port)

    def _note(self, inbound: Inbound, rule: str, reason: str) -> None:
        process = inbound.peer.executable if inbound.peer else "unknown process"
        event = AuditEvent(
            event="refused",
            outcome="denied",
            details={"reason": reason, "rule": f"pairing {rule}", "process": process},
        )
        self._parts.refusals.refuse(process, f"pairing {rule}", event)


def _host(inbound: Inbound) -> str:
    return header(inbound.headers, "Host") or ""
