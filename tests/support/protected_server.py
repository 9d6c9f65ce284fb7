"""The demo's MCP server in front of tokens that npm's oidc-provider issues."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from mcp.server.auth.provider import AccessToken

from keyfob_core.demo.mcp_server import Sighting, mcp_server
from keyfob_core.demo.serving import listening, origin_of_listener, serving

SCOPE = "identity notes"


@dataclass
class ProtectedServer:
    """Where it is, and the requests and tokens that it let in."""

    url: str
    sightings: list[Sighting] = field(default_factory=list[Sighting])
    tokens: list[str] = field(default_factory=list[str])
    """Every distinct access token that was presented and good, in order."""
    refused: list[str] = field(default_factory=list[str])


class JwtVerifier:
    """Checks a JWT by its issuer's published keys, its audience and its exact expiry."""

    def __init__(self, issuer: str, server: ProtectedServer) -> None:
        self._issuer = issuer
        self._server = server
        self._keys: KeySet | None = None

    async def verify_token(self, token: str) -> AccessToken | None:
        if self._keys is None:
            async with httpx2.AsyncClient(trust_env=False) as client:
                published = (await client.get(f"{self._issuer}/jwks")).json()
            self._keys = KeySet.import_key_set(published)
        try:
            claims = jwt.decode(token, self._keys, algorithms=["RS256"]).claims
            rules = jwt.JWTClaimsRegistry(
                now=int(time.time()),
                leeway=0,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._server.url},
                exp={"essential": True},
            )
            rules.validate(claims)
        except (JoseError, ValueError):
            self._server.refused.append(token)
            return None
        if token not in self._server.tokens:
            self._server.tokens.append(token)
        return AccessToken(
            token=token,
            client_id=claims["client_id"],
            scopes=claims.get("scope", "").split(),
            resource=self._server.url,
            subject=claims["sub"],
        )


@asynccontextmanager
async def protected_server(issuer: str) -> AsyncGenerator[ProtectedServer]:
    """Serve it on a free port; its tokens come from `issuer` alone."""
    with listening() as listener:
        server = ProtectedServer(origin_of_listener(listener) + "/mcp")
        app = mcp_server(server.url, issuer, JwtVerifier(issuer, server), server.sightings.append)
        async with serving(app, listener):
            yield server
