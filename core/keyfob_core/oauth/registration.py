"""Making ourselves known to an authorization server, and leaving it (RFC 7591, RFC 7592)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import USUAL, Profile, Registration
from keyfob_core.oauth.http import HttpAnswer, HttpClient
from keyfob_core.oauth.metadata import AuthorizationServer, text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.redirect_uri import redirect_uri_of

UNKNOWN_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
"""The codes of a server that does not know us, or not for this."""

_AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post")
_SECRET_METHODS = _AUTH_METHODS[1:]
_CREATED = {200, 201}
_SCOPE_REFUSED = {400, 403}
"""By the RFC, and at Keycloak, whose policy forbids scopes that the realm does not have."""
_CODE_GRANT = "authorization_code"


def is_usable(registration: Registration, issuer: str, now: float) -> bool:
    """Whether a kept registration still counts: same issuer, and a secret that has not expired."""
    expires = registration.client_secret_expires_at
    return registration.issuer == issuer and (not expires or expires > now)


def own_registration(issuer: str, client_id: str, kept: Registration | None = None) -> Registration:
    """The registration for a client id that the person brought; a kept one of it stays as it is.

    One that names no issuer yet is bound to this one; one of another issuer gives it no secret.
    """
    if kept is not None and kept.client_id == client_id and kept.issuer in (issuer, ""):
        return kept if kept.issuer else replace(kept, issuer=issuer, dynamic=False)
    return Registration(issuer=issuer, client_id=client_id, dynamic=False)


def known_registration(
    server: AuthorizationServer,
    *,
    kept: Registration | None,
    forgotten: bool = False,
    client_id: str | None,
    profile: Profile,
    now: float,
    redirected: bool = True,
) -> Registration | None:
    """Who we are already: the person's client id, else our metadata document, else the kept one.

    A kept one counts for the kind of grant it was made for: `redirected` says whether that has a
    redirect. One that the server has `forgotten` counts only where a person brought it. None where
    we have to register. Raises OAuthFailed `registration_unavailable` where the person has brought
    too little.
    """
    if client_id is None and kept is not None and not kept.dynamic:
        client_id = kept.client_id
    if client_id is not None:
        own = own_registration(server.issuer, client_id, kept)
        method = _own_method(own, server, profile)
        _require_means(own, method)
        return replace(own, token_endpoint_auth_method=method)
    ours = profile.client_metadata_url
    unread = forgotten and kept is not None and kept.client_id == ours
    if ours and server.reads_client_metadata and not unread:
        return Registration(issuer=server.issuer, client_id=ours)
    if kept is None or forgotten or (kept.redirect_uri is not None) is not redirected:
        return None
    return kept if is_usable(kept, server.issuer, now) else None


def is_forgettable(registration: Registration | None) -> bool:
    """Whether another one may take its place when the server does not know it (any more)."""
    return registration is not None and registration.dynamic


async def register(
    http: HttpClient,
    server: AuthorizationServer,
    *,
    person_url: str,
    redirect_uri: str | None,
    scope: str | None,
    profile: Profile = USUAL,
    grant_type: str = _CODE_GRANT,
) -> Registration:
    """Register Keyfob as a native app (RFC 7591, section 3).

    Raises OAuthFailed (`registration_unavailable`, `bad_response` or the server's own code) or
    UpstreamUnreachable.
    """
    endpoint = server.registration_endpoint
    if endpoint is None:
        reason = f"{visible(server.issuer)} lets no app register itself."
        raise _unavailable(reason, profile)
    request: dict[str, object] = {
        "client_name": "Keyfob",
        "application_type": "native",
        "redirect_uris": [redirect_uri] if redirect_uri else [],
        "grant_types": [grant_type, "refresh_token"],
        "response_types": ["code"] if grant_type == _CODE_GRANT else [],
        "token_endpoint_auth_method": _auth_method(server, profile),
    }
    # Some servers bind a client to the scopes it registered, others refuse scopes they do not know.
    attempts = [{**request, "scope": scope}, request] if scope else [request]
    answer = await _post(http, endpoint, person_url, attempts[0])
    if answer.status in _SCOPE_REFUSED and len(attempts) > 1:
        answer = await _post(http, endpoint, person_url, attempts[1])
    return _registration(answer, server, redirect_uri, profile)


def _own_method(own: Registration, server: AuthorizationServer, profile: Profile) -> str:
    """How the person's client proves itself: as the profile says, else by what it has."""
    if profile.token_auth:
        return profile.token_auth
    if own.token_endpoint_auth_method != "none":
        return own.token_endpoint_auth_method
    if own.private_key:
        return "private_key_jwt"
    if not own.client_secret:
        return "none"
    offered = server.token_endpoint_auth_methods_supported
    return next((method for method in _SECRET_METHODS if method in offered), _SECRET_METHODS[0])


def _require_means(own: Registration, method: str) -> None:
    if method in _SECRET_METHODS and not own.client_secret:
        missing, hint = "a client secret", "Connect with --client-id ID --secret-stdin."
    elif method == "private_key_jwt" and not own.private_key:
        missing, hint = "a private key", "Connect with --client-id ID --key-file FILE."
    else:
        return
    raise OAuthFailed(
        "registration_unavailable",
        f"{visible(own.issuer)} wants {missing} beside the client id.",
        hint,
    )


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


def _auth_method(server: AuthorizationServer, profile: Profile) -> str:
    if profile.token_auth in _AUTH_METHODS:
        return profile.token_auth
    offered = server.token_endpoint_auth_methods_supported
    return next((method for method in _AUTH_METHODS if method in offered), "none")


def _registration(
    answer: HttpAnswer, server: AuthorizationServer, redirect_uri: str | None, profile: Profile
) -> Registration:
    document = answer.json_object() or {}
    if answer.status not in _CREATED:
        reason = text(document, "error_description") or text(document, "error")
        reason = visible(reason) if reason else f"HTTP {answer.status}"
        reason = f"{visible(server.issuer)} did not register Keyfob: {reason}."
        raise _unavailable(reason, profile)
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
        reason = f"{visible(server.issuer)} wants {visible(method)} of a key it has never seen."
        raise _unavailable(reason, profile)
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


def _unavailable(reason: str, profile: Profile) -> OAuthFailed:
    any_port = "" if profile.callback_port else " (any port)"
    return OAuthFailed(
        "registration_unavailable",
        reason,
        f"Make an app of your own there with the redirect URI {redirect_uri_of(profile)}"
        f"{any_port}, then connect with --client-id ID.",
    )
