"""Tokens that are bound to a key, at the token endpoint (DPoP: RFC 9449, sections 5 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keyfob_core.accounts.proofs import ALGORITHM, new_proof_key, proof
from keyfob_core.addresses.origins import origin_of
from keyfob_core.oauth.discovery import Discovery
from keyfob_core.oauth.grants import TokenRequest
from keyfob_core.oauth.http import HttpAnswer, HttpClient
from keyfob_core.oauth.metadata import text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.token_answer import bad_response, form_or_json, require_bearer
from keyfob_core.ports import Clock


def key_for(found: Discovery) -> str | None:
    """A new key where the tokens of this server are to be bound to one, else None.

    They are where the issuer can do it, and the server requires it or the profile asks.
    """
    asked = found.resource.dpop_required or found.profile.dpop
    return new_proof_key() if asked and ALGORITHM in found.server.dpop_algorithms else None


def require_type(document: Mapping[str, object], issuer: str, dpop_key: str | None) -> str:
    """The token's type, which has to be DPoP exactly where a key was proven.

    Raises OAuthFailed `bad_response`: a Bearer token in its place would be a silent downgrade.
    """
    if dpop_key is None:
        require_bearer(document, issuer)
        return "Bearer"
    kind = document.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "dpop":
        raise bad_response(issuer, f"a token of the type {visible(str(kind))}, bound to no key,")
    return "DPoP"


class TokenPosts:
    """Posts token requests, each with a proof where the token is to be bound to a key."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._nonces: dict[str, str] = {}
        """Each token endpoint's last nonce, by its origin."""

    async def post(
        self, build: Callable[[], TokenRequest], *, person_url: str, dpop_key: str | None
    ) -> HttpAnswer:
        """Post what `build` makes, a second time where the server first hands out its nonce.

        It is built anew for that: a client assertion is good once. Raises as `HttpClient.post`.
        """
        answer = await self._post(build(), person_url, dpop_key)
        if dpop_key is not None and _wants_nonce(answer):
            answer = await self._post(build(), person_url, dpop_key)
        return answer

    async def _post(
        self, request: TokenRequest, person_url: str, dpop_key: str | None
    ) -> HttpAnswer:
        origin = origin_of(request.url)
        headers = dict(request.headers)
        if dpop_key is not None:
            nonce = self._nonces.get(origin)
            headers["DPoP"] = proof(dpop_key, "POST", request.url, now=self._clock(), nonce=nonce)
        answer = await self._http.post(
            request.url, person_url=person_url, body=request.body, headers=headers
        )
        if answer.dpop_nonce and dpop_key is not None:
            self._nonces[origin] = answer.dpop_nonce
        return answer


def _wants_nonce(answer: HttpAnswer) -> bool:
    refused = 400 <= answer.status < 500 and bool(answer.dpop_nonce)
    return refused and text(form_or_json(answer), "error") == "use_dpop_nonce"
