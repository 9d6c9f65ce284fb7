"""From a server's URL to its authorization server (RFC 9728, RFC 8414, MCP authorization)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from keyfob_core.addresses.origins import is_secure_url, origin_of
from keyfob_core.errors import Error, OAuthFailed, UpstreamUnreachable
from keyfob_core.model import USUAL, Profile
from keyfob_core.oauth.challenge import oauth_challenge, parse_challenges
from keyfob_core.oauth.http import HttpAnswer, HttpClient, insecure
from keyfob_core.oauth.metadata import (
    AuthorizationServer,
    ProtectedResource,
    authorization_server,
    bad_metadata,
    default_server,
    profile_server,
    protected_resource,
    same_issuer,
    with_profile,
)
from keyfob_core.oauth.plain import visible

Fits = Callable[[AuthorizationServer], None]
"""Raises OAuthFailed where a grant cannot be used at the server."""

_OK, _REFUSED, _FAILED = 200, 400, 500
_MOST_SERVERS = 5
_PROBE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "Keyfob", "version": "1"},
        },
    }
).encode()
_STREAM_HEADERS = {"Accept": "text/event-stream"}
_NO_SUCH_DOOR = frozenset({404, 405})
_PROBE_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found for one server."""

    url: str
    """As the person entered it."""
    resource: ProtectedResource
    server: AuthorizationServer
    challenged_scope: str | None = None
    profile: Profile = USUAL

    @property
    def resource_parameter(self) -> str | None:
        """What to send as `resource` on authorize, token and refresh alike (RFC 8707)."""
        named = {"send": self.resource.resource, "omit": None}
        return named.get(self.profile.resource, self.profile.resource)

    def scope(self, explicit: tuple[str, ...]) -> str | None:
        """The scope to ask for: the person's, else the challenge's, else the resource's, else none.

        What is chosen here gets `offline_access` where the server lists it.
        """
        if explicit:
            return " ".join(dict.fromkeys(explicit))
        chosen = (self.challenged_scope or "").split() or list(self.resource.scopes_supported)
        if not chosen:
            return None
        if "offline_access" in self.server.scopes_supported:
            chosen.append("offline_access")
        return " ".join(dict.fromkeys(chosen))


async def discover(
    http: HttpClient,
    url: str,
    *,
    challenge: str | None = None,
    known_issuer: str | None = None,
    profile: Profile = USUAL,
    fits: Fits | None = None,
) -> Discovery:
    """Find the authorization server of the MCP server at `url`.

    Of several authorization servers the one with `known_issuer` is taken, else the first whose
    metadata can be used and that `fits`, which raises OAuthFailed where it does not. What the
    profile names is not looked for. Raises OAuthFailed (`bad_metadata`, `resource_mismatch`,
    `issuer_mismatch`, `insecure_url`, `bad_response`) or UpstreamUnreachable.
    """
    if not is_secure_url(url):
        raise insecure(url)
    if challenge is None:
        challenge = (await probe(http, url)).challenge
    said = oauth_challenge(parse_challenges(challenge)).parameters
    named = said.get("resource_metadata")
    resource = await _find_resource(http, url, named, needed=profile_server(profile) is None)
    server = await _choose_server(http, url, resource, known_issuer, profile, fits)
    return Discovery(
        url=url,
        resource=resource or ProtectedResource(resource=url, authorization_servers=()),
        server=server,
        challenged_scope=said.get("scope") or None,
        profile=profile,
    )


async def _choose_server(
    http: HttpClient,
    url: str,
    resource: ProtectedResource | None,
    known_issuer: str | None,
    profile: Profile,
    fits: Fits | None,
) -> AuthorizationServer:
    described = profile_server(profile)
    if described is not None:
        if fits is not None:
            fits(described)
        return described
    legacy = resource is None and profile.issuer is None
    issuers = (profile.issuer,) if profile.issuer else _issuers(url, resource, known_issuer)
    failure: Error | None = None
    for issuer in issuers:
        try:
            also = profile.metadata_issuers
            server = await _find_server(http, url, issuer, also, legacy=legacy)
            server = with_profile(server, profile)
            if fits is not None:
                fits(server)
        except (OAuthFailed, UpstreamUnreachable) as error:
            if _is_known(issuer, known_issuer) and isinstance(error, UpstreamUnreachable):
                raise  # its clients and tokens stay good: another server would be a new sign-in
            failure = failure or error
        else:
            return server
    raise failure or bad_metadata(f"{origin_of(url)} names no authorization server.")


def _issuers(
    url: str, resource: ProtectedResource | None, known_issuer: str | None
) -> tuple[str, ...]:
    """The candidates, the known one first; a server without metadata is its own (2025-03-26)."""
    if resource is None:
        return (origin_of(url),)
    named = resource.authorization_servers
    known = tuple(issuer for issuer in named if _is_known(issuer, known_issuer))
    return tuple(dict.fromkeys([*known, *named]))[:_MOST_SERVERS]


def _is_known(issuer: str, known: str | None) -> bool:
    return known is not None and same_issuer(issuer, known)


def resource_metadata_urls(url: str, named: str | None = None) -> tuple[str, ...]:
    """Where a server's metadata may lie, in order: where it says, for its path, for its host."""
    parts = urlsplit(url)
    root = f"{origin_of(url)}/.well-known/oauth-protected-resource"
    path = "" if parts.path == "/" else parts.path
    query = f"?{parts.query}" if parts.query else ""
    return tuple(dict.fromkeys([*([named] if named else []), f"{root}{path}{query}", root]))


def server_metadata_urls(issuer: str) -> tuple[str, ...]:
    """Where an issuer's metadata may lie, in the order of the MCP specification."""
    origin = origin_of(issuer)
    path = urlsplit(issuer).path.rstrip("/")
    inserted = (
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}/.well-known/openid-configuration{path}",
    )
    return (*inserted, f"{origin}{path}/.well-known/openid-configuration") if path else inserted


async def probe(http: HttpClient, url: str) -> HttpAnswer:
    """The head of the answer to an unauthenticated request.

    A server may well answer without one and ask for a token later, so its silence means nothing.
    One that knows only HTTP+SSE (MCP 2024-11-05) is asked for its stream.
    """
    answer = await http.look("POST", url, person_url=url, body=_PROBE, headers=_PROBE_HEADERS)
    if answer.status in _NO_SUCH_DOOR and not answer.challenge:
        answer = await http.look("GET", url, person_url=url, headers=_STREAM_HEADERS)
    return answer


async def _find_resource(
    http: HttpClient, url: str, named: str | None, *, needed: bool
) -> ProtectedResource | None:
    """The server's own metadata, or None where every address for it was refused.

    Where none are `needed`, because an entry names the endpoints, anything else at those addresses
    counts as none too: an API need not be an MCP server.
    """
    absent, failure = True, None
    for candidate in resource_metadata_urls(url, named):
        answer = await _document(http, candidate, url)
        document = answer.json_object() if answer.status == _OK else None
        if document is not None:
            try:
                return protected_resource(document, url)
            except OAuthFailed as error:
                failure = failure or error
        absent = absent and _is_absent(answer)
    if absent or not needed:
        return None
    raise failure or bad_metadata(f"{origin_of(url)} does not say who signs people in to it.")


async def _find_server(
    http: HttpClient, url: str, issuer: str, also: tuple[str, ...], *, legacy: bool
) -> AuthorizationServer:
    if not is_secure_url(issuer):
        raise insecure(issuer)
    if urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise bad_metadata(f"{visible(issuer)} cannot be an authorization server's name.")
    absent, failure = True, None
    for candidate in server_metadata_urls(issuer):
        answer = await _document(http, candidate, url)
        document = answer.json_object() if answer.status == _OK else None
        if document is not None:
            try:
                return authorization_server(document, issuer, also)
            except OAuthFailed as error:  # some hosts serve one document for all their paths
                failure = failure or error
        absent = absent and _is_absent(answer)
    if legacy and absent:
        return default_server(issuer)
    raise failure or bad_metadata(
        f"The authorization server {visible(issuer)} publishes no metadata."
    )


async def _document(http: HttpClient, candidate: str, url: str) -> HttpAnswer:
    """What lies at the candidate; raises where it may be there another time."""
    answer = await http.get(candidate, person_url=url)
    answer.raise_if_transient()
    return answer


def _is_absent(answer: HttpAnswer) -> bool:
    return _REFUSED <= answer.status < _FAILED
