"""Making ourselves known to an authorization server (RFC 7591)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Registration
from keyfob_core.oauth.http import HttpAnswer, HttpClient
from keyfob_core.oauth.metadata import AuthorizationServer, text
from keyfob_core.oauth.plain import visible

CALLBACK_PATH = "/callback"
"""The path of every redirect URI of ours."""

_AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")
_CREATED = {200, 201}


def is_usable(registration: Registration, issuer: str, now: float) -> bool:
    """Whether a kept registration still counts: same issuer, and a secret that has not expired."""
    expires = registration.client_secret_expires_at
    return registration.issuer == issuer and (not expires or expires > now)


def own_registration(issuer: str, client_id: str, kept: Registration | None = None) -> Registration:
    """The registration for a client id that the person brought; a kept one of it stays as it is."""
    if kept is not None and kept.issuer == issuer and kept.client_id == client_id:
        return kept
    return Registration(issuer=issuer, client_id=client_id, dynamic=False)


async def register(
    http: HttpClient,
    server: AuthorizationServer,
    *,
    person_url: str,
    redirect_uri: str,
    scope: str | None,
) -> Registration:
    """Register Keyfob as a native app (RFC 7591, section 3).

    Raises OAuthFailed (`registration_unavailable`, `bad_response` or the server's own code) or
    UpstreamUnreachable.
    """
    endpoint = server.registration_endpoint
    if endpoint is None:
        raise _unavailable(server, f"{visible(server.issuer)} lets no app register itself.")
    request: dict[str, object] = {
        "client_name": "Keyfob",
        "application_type": "native",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": _auth_method(server),
    }
    # Some servers bind a client to the scopes it registered, others refuse scopes they do not know.
    attempts = [{**request, "scope": scope}, request] if scope else [request]
    answer = await _post(http, endpoint, person_url, attempts[0])
    if answer.status == 400 and len(attempts) > 1:
        answer = await _post(http, endpoint, person_url, attempts[1])
    return _registration(answer, server, redirect_uri)


async def _post(
    http: HttpClient, endpoint: str, person_url: str, request: Mapping[str, object]
) -> HttpAnswer:
    answer = await http.post(
        endpoint,
        person_url=person_url,
        body=json.dumps(request).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    answer.raise_if_transient()
    return answer


def _auth_method(server: AuthorizationServer) -> str:
    offered = server.token_endpoint_auth_methods_supported
    return next((method for method in _AUTH_METHODS if method in offered), "none")


def _registration(
    answer: HttpAnswer, server: AuthorizationServer, redirect_uri: str
) -> Registration:
    document = answer.json_object() or {}
    if answer.status not in _CREATED:
        reason = text(document, "error_description") or text(document, "error")
        reason = visible(reason) if reason else f"HTTP {answer.status}"
        raise _unavailable(server, f"{visible(server.issuer)} did not register Keyfob: {reason}.")
    client_id, secret = text(document, "client_id"), text(document, "client_secret")
    if client_id is None:
        raise OAuthFailed(
            "bad_response",
            f"{visible(server.issuer)} registered Keyfob without a client id.",
            "Ask whoever runs that server.",
        )
    method = text(document, "token_endpoint_auth_method")
    method = method or ("client_secret_basic" if secret else "none")
    if method not in _AUTH_METHODS:
        raise _unavailable(
            server, f"{visible(server.issuer)} wants {visible(method)}, which Keyfob cannot do yet."
        )
    expires = document.get("client_secret_expires_at")
    return Registration(
        issuer=server.issuer,
        client_id=client_id,
        client_secret=secret,
        client_secret_expires_at=expires if isinstance(expires, int) and expires > 0 else None,
        token_endpoint_auth_method=method if secret else "none",
        redirect_uri=redirect_uri,
        registration_client_uri=text(document, "registration_client_uri"),
        registration_access_token=text(document, "registration_access_token"),
    )


def _unavailable(server: AuthorizationServer, message: str) -> OAuthFailed:
    return OAuthFailed(
        "registration_unavailable",
        message,
        f"Make an app of your own there with the redirect URI http://127.0.0.1{CALLBACK_PATH} "
        "(any port), then connect with --client-id ID.",
    )
