"""Stamps on requests, and on those that are made later for the same request of a client."""

from __future__ import annotations

from collections.abc import Callable

from keyfob_core.accounts.credentials import (
    NONCE_HEADER,
    is_bound,
    stamp,
    stamped_names,
    wanted_nonce,
)
from keyfob_core.accounts.owner import Accounts
from keyfob_core.accounts.placements import Stamp, stamp_key, with_query
from keyfob_core.config import Server, ServerKind
from keyfob_core.errors import CredentialMissing
from keyfob_core.messages.headers import header
from keyfob_core.model import (
    ApiKey,
    Credential,
    Headers,
    Token,
    UpstreamRequest,
    UpstreamResponse,
)
from keyfob_core.ports import Clock

Prover = tuple[str | None, str]
"""An account and an origin."""


class Stamping:
    """Puts credentials on requests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._nonces: dict[Prover, str] = {}
        """A server's last DPoP nonce for each account and origin (RFC 9449, section 8.2)."""

    def stamp(
        self, credential: Credential | None, method: str, server: Server, prover: Prover
    ) -> Stamp:
        """What a request by that method bears of the credential."""
        if credential is None or server.kind is ServerKind.PROGRAM:
            # A program has no headers: it is given the credential when it is started.
            return Stamp()
        if isinstance(credential, ApiKey):
            return stamp_key(credential)
        nonce = self._nonces.get(prover)
        return stamp(credential, method, server.url, now=self._clock(), nonce=nonce)

    def heard(self, credential: Credential | None, headers: Headers, prover: Prover) -> None:
        """Note the nonce that an answer gives for the next proof."""
        if isinstance(credential, Token) and credential.dpop_key is not None:
            nonce = header(headers, NONCE_HEADER)
            if nonce:
                self._nonces[prover] = nonce

    def anew(
        self, request: UpstreamRequest, credential: Credential, server: Server, prover: Prover
    ) -> UpstreamRequest:
        """The request with that credential instead of the one it bears."""
        stamped = self.stamp(credential, request.http_method, server, prover)
        before = stamped_names(request.credential) | stamped_names(credential)
        kept = tuple(pair for pair in request.headers if pair[0].lower() not in before)
        return request._replace(
            url=with_query(server.url, stamped.query),
            headers=(*kept, *stamped.headers),
            credential=credential,
        )


class LaterStamps:
    """Stamps what is made later for one request of a client; see `model.Restamp`."""

    __slots__ = ("_account", "_accounts", "_check", "_renewed", "_server", "_stamping")

    def __init__(
        self,
        accounts: Accounts,
        stamping: Stamping,
        server: Server,
        account: str | None,
        check: Callable[[], None],
    ) -> None:
        """`check` raises what forbids the client's request by now."""
        self._accounts = accounts
        self._stamping = stamping
        self._server = server
        self._account = account
        self._check = check
        self._renewed: Credential | None = None
        """What a refused credential was renewed to."""

    async def __call__(
        self, request: UpstreamRequest, refusal: UpstreamResponse | None, *, ends: bool
    ) -> UpstreamRequest:
        """The request stamped anew; raises as `model.Restamp` and `Accounts` say."""
        if not ends:
            self._check()
        account, server = self._account, self._server
        if ends and server.kind is ServerKind.PROGRAM:
            # It has its credential: a lock must not keep from it that nobody waits any more.
            return request
        if account is None:
            if refusal is not None:
                raise wants_sign_in(server)
            return request
        prover = account, server.origin
        credential = request.credential
        if refusal is None or credential is None:
            credential = await self._accounts.credential(account, server.origin)
        else:
            self._stamping.heard(credential, refusal.headers, prover)
            if not (is_bound(credential) and wanted_nonce(refusal.status, refusal.headers)):
                credential = await self._newer(account, credential)
        return self._stamping.anew(request, credential, server, prover)

    async def _newer(self, account: str, refused: Credential) -> Credential:
        if refused == self._renewed:
            self._accounts.refused(account, refused)
        self._renewed = await self._accounts.renew(account, refused)
        return self._renewed


def wants_sign_in(server: Server) -> CredentialMissing:
    """Why a request without an account fails that the server refuses."""
    return CredentialMissing(
        f"The server {server.name} wants a sign-in.",
        f"Connect it in Keyfob, or with `keyfob connect {server.name}`.",
    )
