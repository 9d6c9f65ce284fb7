"""The token and the revocation endpoint (RFC 6749, sections 3.2, 5 and 6; RFC 7009)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from keyfob_core.identity.pairings import Pairing, PairingTable, RegisteredClient, TokenDigests
from keyfob_core.identity.recognition import new_token, token_digest
from keyfob_core.model import AuditEvent
from keyfob_core.pairing.answers import GrantRefused
from keyfob_core.pairing.codes import Code, Codes
from keyfob_core.pairing.metadata import SCOPE
from keyfob_core.pairing.parameters import required
from keyfob_core.pairing.registration import Registrar
from keyfob_core.ports import Audit, Clock

ACCESS_SECONDS = 8 * 3600.0
"""A working day. Ours are looked up at each use and end at once when revoked, so a short life would
save nothing, and clients that forget their refresh token at a restart would ask anew each time."""
PAIRING_SECONDS = 90 * 86400.0
"""How long a pairing lasts that is not used."""
_REFRESH_PREFIX = "kfr_"
_FAMILY_LENGTH = 22

ServerOf = Callable[[str], str | None]
"""The server that a resource is; raises GrantRefused."""


class WrongGrant(GrantRefused):
    """A code or a refresh token that nobody was ever given, as one who guesses sends it."""

    def __init__(self) -> None:
        super().__init__("invalid_grant", "The code or refresh token is not known, or has ended.")


@dataclass(frozen=True, slots=True)
class Issued:
    """A generation of tokens with their digests; shown once."""

    access: str
    refresh: str
    family: str
    digests: TokenDigests

    def __repr__(self) -> str:
        return "Issued()"


class Grants:
    """Gives tokens for codes and for refresh tokens, and takes them back."""

    def __init__(
        self,
        table: PairingTable,
        registrar: Registrar,
        codes: Codes,
        audit: Audit,
        clock: Clock,
        cut: Callable[[str], None],
    ) -> None:
        """`cut` ends what is under way by the token of an id."""
        self._table = table
        self._registrar = registrar
        self._codes = codes
        self._audit = audit
        self._clock = clock
        self._cut = cut

    def token(self, fields: Mapping[str, str], server_of: ServerOf) -> dict[str, object]:
        """The answer of the token endpoint; raises GrantRefused."""
        client = self._client(fields)
        match fields.get("grant_type"):
            case "authorization_code":
                return self._redeem(client, fields, server_of)
            case "refresh_token":
                return self._refresh(client, fields, server_of)
            case _:
                raise GrantRefused(
                    "unsupported_grant_type", "Send an authorization_code or a refresh_token."
                )

    def revoke(self, fields: Mapping[str, str]) -> None:
        """End the pairing that a token is of, if it is this client's; raises GrantRefused."""
        client = self._client(fields)
        token = required(fields, "token")
        digest = token_digest(token)
        found = self._table.pairing(_family_of(token) or "")
        if found is None or not hmac.compare_digest(found.tokens.refresh, digest):
            listed = self._table.pairings()
            found = next((one for one in listed if one.tokens.access == digest), None)
        if found is not None and found.client_id == client.client_id:
            self.end(found, "revoked by the client")

    def end(self, pairing: Pairing, reason: str) -> None:
        """End a pairing, its tokens and what is under way by them."""
        self._table.end(pairing)
        self._cut(pairing.token_id)
        self._record("pairing_ended", pairing, {"reason": reason})

    def _client(self, fields: Mapping[str, str]) -> RegisteredClient:
        found = self._registrar.find(required(fields, "client_id"))
        if found is None:
            raise GrantRefused("invalid_client", "The client is not registered.", status=401)
        return found

    def _redeem(
        self, client: RegisteredClient, fields: Mapping[str, str], server_of: ServerOf
    ) -> dict[str, object]:
        code = self._codes.find(required(fields, "code"))
        if code is None:
            raise WrongGrant
        replayed, code.spent = code.spent, True
        if replayed:
            self._end_replayed(code.family, "its code was sent a second time")
        self._check_code(code, client, fields, server_of)
        request = code.request
        issued = self._new_tokens()
        for former in self._table.pairings():
            if (former.client_id, former.server) == (client.client_id, request.server):
                self.end(former, "the client has paired anew")
            elif self._clock() >= former.tokens.ends_at:
                self.end(former, "it was not used for too long")
        pairing = self._table.pair(
            code.name,
            client.client_id,
            request.server,
            issued.family,
            issued.digests,
            self._clock(),
        )
        code.family = issued.family
        self._registrar.let_in(client)
        self._record("client_paired", pairing, {"claimed": client.name})
        return _told(issued)

    def _check_code(
        self, code: Code, client: RegisteredClient, fields: Mapping[str, str], server_of: ServerOf
    ) -> None:
        # Slow to import; an engine starts without it.
        from authlib.oauth2.rfc7636.challenge import (  # pyright: ignore[reportMissingTypeStubs]
            CODE_VERIFIER_PATTERN,
            create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType]
        )

        request = code.request
        if request.client.client_id != client.client_id:
            raise GrantRefused("invalid_grant", "The code was given to another client.")
        if self._codes.is_over(code):
            raise GrantRefused("invalid_grant", "The code has expired.")
        if fields.get("redirect_uri", request.redirect) != request.redirect:
            raise GrantRefused("invalid_grant", "The redirect_uri is another one.")
        verifier = required(fields, "code_verifier")
        fits = CODE_VERIFIER_PATTERN.fullmatch(verifier) is not None
        made = cast("str", create_s256_code_challenge(verifier)) if fits else ""
        if not hmac.compare_digest(made, request.challenge):
            raise GrantRefused("invalid_grant", "The code_verifier is not the challenge's.")
        _check_resource(fields, server_of, request.server)

    def _refresh(
        self, client: RegisteredClient, fields: Mapping[str, str], server_of: ServerOf
    ) -> dict[str, object]:
        token = required(fields, "refresh_token")
        family = _family_of(token)
        pairing = self._table.pairing(family) if family else None
        if pairing is None:
            raise WrongGrant
        if pairing.client_id != client.client_id:
            raise GrantRefused("invalid_grant", "The refresh token is another client's.")
        if not hmac.compare_digest(pairing.tokens.refresh, token_digest(token)):
            # Who knows the family has had one of its tokens: it was spent, or somebody copied it.
            self._end_replayed(pairing.family, "a spent refresh token was sent again")
        if self._clock() >= pairing.tokens.ends_at:
            self.end(pairing, "it was not used for too long")
            raise GrantRefused("invalid_grant", "The refresh token has expired.")
        _check_resource(fields, server_of, pairing.server)
        issued = self._new_tokens(token[: len(_REFRESH_PREFIX) + _FAMILY_LENGTH])
        self._table.renew(pairing, issued.digests)
        self._registrar.let_in(client)
        return _told(issued)

    def _end_replayed(self, family: str | None, reason: str) -> None:
        pairing = self._table.pairing(family) if family else None
        if pairing is not None:
            self.end(pairing, reason)
        raise GrantRefused("invalid_grant", "It was used before, so the pairing has ended.")

    def _new_tokens(self, family: str | None = None) -> Issued:
        family = family or _REFRESH_PREFIX + secrets.token_urlsafe(16)
        access, refresh = new_token(), family + secrets.token_urlsafe(32)
        now = self._clock()
        digests = TokenDigests(
            access=token_digest(access),
            access_ends_at=now + ACCESS_SECONDS,
            refresh=token_digest(refresh),
            ends_at=now + PAIRING_SECONDS,
        )
        return Issued(access, refresh, token_digest(family), digests)

    def _record(self, event: str, pairing: Pairing, details: dict[str, str]) -> None:
        self._audit.record(
            AuditEvent(
                event=event,
                client=pairing.client,
                server=pairing.server,
                outcome="ok",
                details={"token": pairing.token_id, **details},
            )
        )


def _told(issued: Issued) -> dict[str, object]:
    return {
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_SECONDS),
        "refresh_token": issued.refresh,
        "scope": SCOPE,
    }


def _family_of(token: str) -> str | None:
    """The digest of a refresh token's family, which names it without opening anything."""
    length = len(_REFRESH_PREFIX) + _FAMILY_LENGTH
    if not token.startswith(_REFRESH_PREFIX) or len(token) <= length:
        return None
    return token_digest(token[:length])


def _check_resource(fields: Mapping[str, str], server_of: ServerOf, server: str | None) -> None:
    """RFC 8707, section 2.2: a token request may name only the resource of its grant."""
    resource = fields.get("resource")
    if resource is not None and server_of(resource) != server:
        raise GrantRefused("invalid_target", "The pairing is for another resource.")
