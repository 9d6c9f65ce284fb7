"""Leaving an authorization server: tokens revoked (RFC 7009), our client deleted (RFC 7592)."""

from __future__ import annotations

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Registration, Token
from keyfob_core.oauth.grants import client_request
from keyfob_core.oauth.http import HttpAnswer, HttpClient
from keyfob_core.oauth.metadata import text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.token_answer import form_or_json
from keyfob_core.ports import Clock

_DONE = {200, 204}
_GONE = {401, 404, 410}
_NOT_OFFERED = {403, 405}


class Revocation:
    """Tells an issuer that a person has disconnected an account.

    What is erased here stays erased whatever the issuer says: an error is for showing only.
    """

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def revoke(self, token: Token) -> bool:
        """Revoke the refresh token, then the access token; False where that is not offered.

        Raises OAuthFailed or UpstreamUnreachable.
        """
        if token.revocation_endpoint is None:
            return False
        refusal: OAuthFailed | None = None
        for kind, secret in (("refresh", token.refresh_token), ("access", token.access_token)):
            if secret is None:
                continue
            try:
                await self._revoke(token, token.revocation_endpoint, secret, kind)
            except OAuthFailed as error:
                refusal = refusal or error
        if refusal is not None:
            raise refusal
        return True

    async def delete_registration(self, registration: Registration, *, origin: str) -> bool:
        """Delete a client that we registered; False where there is none or that is not offered.

        `origin` is that of the server whose account used it. Raises OAuthFailed or
        UpstreamUnreachable.
        """
        address, secret = (
            registration.registration_client_uri,
            registration.registration_access_token,
        )
        if not registration.dynamic or address is None or secret is None:
            return False
        answer = await self._http.call(
            "DELETE",
            address,
            person_url=origin,
            headers={"Authorization": f"Bearer {secret}", "Accept": "application/json"},
        )
        answer.raise_if_transient()
        if answer.status in _NOT_OFFERED:
            return False
        if answer.status not in {200, 202, 204, *_GONE}:
            raise _refused(answer, registration.issuer, "delete Keyfob's registration", (secret,))
        return True

    async def _revoke(self, token: Token, endpoint: str, secret: str, kind: str) -> None:
        request = client_request(
            endpoint,
            token.registration,
            now=self._clock(),
            token=secret,
            token_type_hint=f"{kind}_token",
        )
        answer = await self._http.post(
            request.url, person_url=token.origin, body=request.body, headers=request.headers
        )
        answer.raise_if_transient()
        code = text(form_or_json(answer), "error")
        if code is None and answer.status in _DONE:
            return
        # Of a token that is none any more, the RFC has them say 200: with Google's refresh token
        # its access token has gone as well.
        if code == "invalid_token" and answer.status == 400:
            return
        # An access token that nobody looks up, such as a JWT, cannot be revoked: it runs out.
        if kind == "access" and code == "unsupported_token_type":
            return
        secrets = (secret, token.registration.client_secret)
        raise _refused(answer, token.issuer, f"revoke the {kind} token", secrets)


def _refused(
    answer: HttpAnswer, issuer: str, what: str, secrets: tuple[str | None, ...]
) -> OAuthFailed:
    document = form_or_json(answer)
    code = text(document, "error") or "bad_response"
    said = text(document, "error_description") or text(document, "error")
    said = said or f"HTTP {answer.status}"
    return OAuthFailed(
        visible(code, secrets=secrets),
        f"{visible(issuer)} did not {what} ({visible(said, secrets=secrets)}).",
        "Look for Keyfob among the connected apps of your account there.",
    )
