"""Installation tokens of a GitHub App: an API of its own, not OAuth's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from keyfob_core.errors import Error, OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Token
from keyfob_core.oauth.assertions import sign_assertion
from keyfob_core.oauth.http import HttpAnswer, HttpClient
from keyfob_core.oauth.metadata import text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.token_answer import access_token, bad_response
from keyfob_core.ports import Clock
from keyfob_core.renewals import GitHubApp

_SECONDS = 540
_BACKDATED = 60
"""GitHub refuses more than ten minutes, and an `iat` that its clock has not reached."""
_CREATED = 201
_CODES = {401: "invalid_client", 403: "unauthorized_client", 404: "invalid_grant"}


class GitHubInstallations:
    """Buys installation tokens with an app's JWT."""

    def __init__(self, http: HttpClient, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    async def renew(self, token: Token, renewal: GitHubApp) -> Token:
        """The next generation; raises ConfigInvalid, OAuthFailed or UpstreamUnreachable."""
        asked_at = self._clock()
        signed = sign_assertion(
            renewal.private_key,
            issuer=renewal.app_id,
            audience=renewal.api_url,
            now=asked_at,
            seconds=_SECONDS,
            backdated=_BACKDATED,
        )
        wanted = {"repositories": list(renewal.repositories)} if renewal.repositories else {}
        answer = await self._http.post(
            token.token_endpoint,
            person_url=renewal.api_url,
            body=json.dumps(wanted).encode(),
            headers={
                "Authorization": f"Bearer {signed}",
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        answer.raise_if_transient()
        document = answer.json_object() or {}
        if answer.status != _CREATED:
            raise _refusal(answer, document, token, signed)
        return replace(
            token,
            access_token=access_token({"access_token": document.get("token")}, token.issuer),
            scope=_permissions(document),
            expires_at=_expiry(document, token),
            obtained_at=asked_at,
            generation=token.generation + 1,
        )


def _refusal(
    answer: HttpAnswer, document: Mapping[str, object], token: Token, signed: str
) -> Error:
    said = visible(text(document, "message") or f"HTTP {answer.status}", secrets=(signed,))
    if "rate limit" in said.lower():
        return UpstreamUnreachable(
            f"{visible(token.issuer)} cannot answer now ({said}).",
            "Nothing is lost. Try again in a few minutes.",
        )
    return OAuthFailed(
        _CODES.get(answer.status, "invalid_request"),
        f"{visible(token.issuer)} gave no token ({said}).",
        "Check the app's id, its key and where it is installed.",
    )


def _permissions(document: Mapping[str, object]) -> str | None:
    permissions = document.get("permissions")
    if not isinstance(permissions, dict):
        return None
    named = cast("dict[str, object]", permissions)
    return " ".join(f"{name}:{level}" for name, level in sorted(named.items())) or None


def _expiry(document: Mapping[str, object], token: Token) -> float:
    try:
        moment = datetime.fromisoformat(text(document, "expires_at") or "")
    except ValueError as error:
        raise bad_response(token.issuer, "a token without its expiry") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
