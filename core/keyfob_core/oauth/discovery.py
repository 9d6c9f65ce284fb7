"""From a server's URL to its authorization server (RFC 9728, RFC 8414, MCP authorization)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from keyfob_core.oauth.challenge import oauth_challenge, parse_challenges
from keyfob_core.oauth.http import HttpClient, insecure
from keyfob_core.oauth.metadata import (
    AuthorizationServer,
    ProtectedResource,
    authorization_server,
    bad_metadata,
    protected_resource,
)
from keyfob_core.oauth.plain import visible
from keyfob_core.origins import is_secure_url, origin_of

_OK = 200
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

    def scope(self, explicit: tuple[str, ...]) -> str | None:
        """The scope to ask for: the person's, else the challenge's, else the resource's, else none.

        What is chosen here gets `offline_access` where the server lists it.
        """
        if explicit:
            return " ".join(explicit)
        chosen = (self.challenged_scope or "").split() or list(self.resource.scopes_supported)
        if not chosen:
            return None
        if "offline_access" in self.server.scopes_supported:
            chosen.append("offline_access")
        return " ".join(dict.fromkeys(chosen))


async def discover(
    http: HttpClient, url: str, *, challenge: str | None = None, known_issuer: str | None = None
) -> Discovery:
    """Find the authorization server of the MCP server at `url`.

    Of several authorization servers the one with `known_issuer` is taken, else the first. Raises
    OAuthFailed (`bad_metadata`, `resource_mismatch`, `issuer_mismatch`, `insecure_url`,
    `bad_response`) or UpstreamUnreachable.
    """
    if not is_secure_url(url):
        raise insecure(url)
    if challenge is None:
        challenge = await _probe(http, url)
    said = oauth_challenge(parse_challenges(challenge)).parameters
    resource = await _find_resource(http, url, said.get("resource_metadata"))
    if not resource.authorization_servers:
        raise bad_metadata(f"{origin_of(url)} names no authorization server.")
    issuers = resource.authorization_servers
    issuer = known_issuer if known_issuer in issuers else issuers[0]
    server = await _find_server(http, url, issuer)
    return Discovery(
        url=url, resource=resource, server=server, challenged_scope=said.get("scope") or None
    )


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


async def _probe(http: HttpClient, url: str) -> str:
    """The challenge of an unauthenticated request.

    A server may well answer without one and ask for a token later, so its silence means nothing.
    """
    answer = await http.look("POST", url, person_url=url, body=_PROBE, headers=_PROBE_HEADERS)
    return answer.challenge


async def _find_resource(http: HttpClient, url: str, named: str | None) -> ProtectedResource:
    for candidate in resource_metadata_urls(url, named):
        document = await _document(http, candidate, url)
        if document is not None:
            return protected_resource(document, url)
    raise bad_metadata(f"{origin_of(url)} does not say who signs people in to it.")


async def _find_server(http: HttpClient, url: str, issuer: str) -> AuthorizationServer:
    if not is_secure_url(issuer):
        raise insecure(issuer)
    if urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise bad_metadata(f"{visible(issuer)} cannot be an authorization server's name.")
    for candidate in server_metadata_urls(issuer):
        document = await _document(http, candidate, url)
        if document is not None:
            return authorization_server(document, issuer)
    raise bad_metadata(f"The authorization server {visible(issuer)} publishes no metadata.")


async def _document(http: HttpClient, candidate: str, url: str) -> Mapping[str, object] | None:
    """The JSON object at the candidate, or None where the next one is to be tried."""
    answer = await http.get(candidate, person_url=url)
    answer.raise_if_transient()
    return answer.json_object() if answer.status == _OK else None
