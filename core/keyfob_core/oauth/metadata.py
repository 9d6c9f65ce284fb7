"""What a protected resource and its authorization server say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlsplit

from keyfob_core.addresses.origins import is_secure_url, origin_of
from keyfob_core.errors import ConfigInvalid, OAuthFailed
from keyfob_core.model import Profile
from keyfob_core.oauth.plain import visible

_PROFILE_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedResource:
    """Protected resource metadata (RFC 9728, section 2)."""

    resource: str
    """Verbatim, for the RFC 8707 parameter."""
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...] = ()
    dpop_required: bool = False
    """`dpop_bound_access_tokens_required`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationServer:
    """Authorization server metadata (RFC 8414, section 2), every endpoint https or loopback."""

    issuer: str
    authorization_endpoint: str | None
    """None where no grant uses one."""
    token_endpoint: str
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    """Only the issuer's own; another origin's has to be in the provider's entry."""
    scopes_supported: tuple[str, ...] = ()
    code_challenge_methods_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()
    """Empty when the server does not say."""
    dpop_algorithms: tuple[str, ...] = ()
    """`dpop_signing_alg_values_supported` (RFC 9449, section 5.1)."""
    sends_iss: bool = False
    """`authorization_response_iss_parameter_supported` (RFC 9207, section 3)."""
    reads_client_metadata: bool = False
    """`client_id_metadata_document_supported`."""


def protected_resource(document: Mapping[str, object], url: str) -> ProtectedResource:
    """Read the metadata that was found for the server at `url`.

    Raises OAuthFailed `bad_metadata`, or `resource_mismatch` when it speaks of another server.
    """
    resource = text(document, "resource")
    if resource is None:
        raise bad_metadata(f"The metadata of {origin_of(url)} names no resource.")
    if not _covers(resource, url):
        raise OAuthFailed(
            "resource_mismatch",
            f"{origin_of(url)} calls itself {visible(resource)}, which is not where it was found.",
            "Check the server's address; a token for another server would be of no use here.",
        )
    return ProtectedResource(
        resource=resource,
        authorization_servers=texts(document, "authorization_servers"),
        scopes_supported=texts(document, "scopes_supported"),
        dpop_required=document.get("dpop_bound_access_tokens_required") is True,
    )


def authorization_server(
    document: Mapping[str, object], issuer: str, also: tuple[str, ...] = ()
) -> AuthorizationServer:
    """Read the metadata that was found for `issuer`, which may call it by a name in `also`.

    Raises OAuthFailed `issuer_mismatch` (RFC 8414, section 3.3), `bad_metadata` or `insecure_url`.
    """
    named = text(document, "issuer")
    if named is None or not (same_issuer(named, issuer) or named in also):
        raise OAuthFailed(
            "issuer_mismatch",
            f"The metadata found for {visible(issuer)} belongs to {visible(named or 'nobody')}.",
            "It was not used. If whoever runs that server confirms the name, add it to "
            "metadata_issuers in the provider's profile in providers.toml.",
        )
    return AuthorizationServer(
        issuer=named,
        authorization_endpoint=_authorization_endpoint(document, issuer),
        token_endpoint=_required_endpoint(document, "token_endpoint", issuer),
        registration_endpoint=_endpoint(document, "registration_endpoint", issuer),
        revocation_endpoint=_endpoint(document, "revocation_endpoint", issuer),
        device_authorization_endpoint=_endpoint(document, "device_authorization_endpoint", issuer),
        userinfo_endpoint=_own_endpoint(document, "userinfo_endpoint", issuer),
        scopes_supported=texts(document, "scopes_supported"),
        code_challenge_methods_supported=texts(document, "code_challenge_methods_supported"),
        token_endpoint_auth_methods_supported=texts(
            document, "token_endpoint_auth_methods_supported"
        ),
        dpop_algorithms=texts(document, "dpop_signing_alg_values_supported"),
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
        reads_client_metadata=document.get("client_id_metadata_document_supported") is True,
    )


def profile_server(profile: Profile) -> AuthorizationServer | None:
    """The server that a provider's entry describes whole; None where metadata have to be read.

    Raises OAuthFailed `insecure_url`.
    """
    if profile.issuer is None or profile.token_endpoint is None:
        return None
    bare = AuthorizationServer(
        issuer=profile.issuer,
        authorization_endpoint=None,
        token_endpoint=profile.token_endpoint,
    )
    return with_profile(bare, profile)


def default_server(origin: str) -> AuthorizationServer:
    """The endpoints of an MCP server of 2025-03-26 that is its own, and publishes no metadata.

    S256 needs no announcement there: that revision requires PKCE of every server.
    """
    return AuthorizationServer(
        issuer=origin,
        authorization_endpoint=f"{origin}/authorize",
        token_endpoint=f"{origin}/token",
        registration_endpoint=f"{origin}/register",
        code_challenge_methods_supported=("S256",),
    )


def with_profile(server: AuthorizationServer, profile: Profile) -> AuthorizationServer:
    """The server with what a provider's entry says of it; raises OAuthFailed `insecure_url`."""
    named: dict[str, Any] = {
        name: url for name in _PROFILE_ENDPOINTS if (url := getattr(profile, name)) is not None
    }
    for name, url in named.items():
        _require_safe(url, name, server.issuer)
    if profile.assume_s256:
        named["code_challenge_methods_supported"] = ("S256",)
    return replace(server, **named)


def text(document: Mapping[str, object], name: str) -> str | None:
    """The member as text, None where it is missing, empty or anything else."""
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def texts(document: Mapping[str, object], name: str) -> tuple[str, ...]:
    """The member's texts; empty where it is no list."""
    value = document.get(name)
    if not isinstance(value, list):
        return ()
    return tuple(item for item in cast("list[object]", value) if isinstance(item, str) and item)


def bad_metadata(message: str) -> OAuthFailed:
    """The error for metadata that cannot be used."""
    return OAuthFailed(
        "bad_metadata", message, "Check the server's address, or ask whoever runs it."
    )


def _covers(resource: str, url: str) -> bool:
    """Whether the resource is the URL's origin and a prefix of its path, segment by segment."""
    try:
        if origin_of(resource) != origin_of(url):
            return False
    except ConfigInvalid:
        return False
    named, actual = urlsplit(resource), urlsplit(url)
    if named.fragment or (named.query and named.query != actual.query):
        return False
    prefix = named.path.rstrip("/")
    return f"{actual.path.rstrip('/')}/".startswith(f"{prefix}/")


def same_issuer(named: str, used: str) -> bool:
    """Whether they are identical, but for a bare host's slash, which Google's resources add."""
    return named == used or (
        _is_bare(named) and _is_bare(used) and named.removesuffix("/") == used.removesuffix("/")
    )


def _is_bare(issuer: str) -> bool:
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return False
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def _required_endpoint(document: Mapping[str, object], name: str, issuer: str) -> str:
    url = _endpoint(document, name, issuer)
    if url is None:
        raise bad_metadata(f"The metadata of {visible(issuer)} has no {name}.")
    return url


def _authorization_endpoint(document: Mapping[str, object], issuer: str) -> str | None:
    """Required unless no grant that the server lists uses it (RFC 8414, section 2)."""
    grants = texts(document, "grant_types_supported")
    if grants and not {"authorization_code", "implicit"} & set(grants):
        return _endpoint(document, "authorization_endpoint", issuer)
    return _required_endpoint(document, "authorization_endpoint", issuer)


def _own_endpoint(document: Mapping[str, object], name: str, issuer: str) -> str | None:
    url = _endpoint(document, name, issuer)
    return url if url is not None and origin_of(url) == origin_of(issuer) else None


def _endpoint(document: Mapping[str, object], name: str, issuer: str) -> str | None:
    url = text(document, name)
    if url is not None:
        _require_safe(url, name, issuer)
    return url


def _require_safe(url: str, name: str, issuer: str) -> None:
    if not is_showable_url(url):
        raise OAuthFailed(
            "insecure_url",
            f"The {name} of {visible(issuer)} is {visible(url)}, which is not a safe address.",
            "It has to begin with https:// (http:// is accepted on this machine only).",
        )


def is_showable_url(url: str) -> bool:
    """Fit to be shown, sent to and opened: no other scheme, nothing that hides in a line."""
    return url.isascii() and url.isprintable() and " " not in url and is_secure_url(url)
