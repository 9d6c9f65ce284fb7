"""A protected resource (RFC 9728) that checks the tokens of a real authorization server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


@dataclass
class ProtectedResource:
    """Answers GET and POST on /mcp with the claims of the token, or 401 with a challenge."""

    scopes: tuple[str, ...] = ("tools:call",)
    issuer: str = ""
    origin: str = ""
    seen: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    @property
    def metadata_url(self) -> str:
        return f"{self.origin}/.well-known/oauth-protected-resource/mcp"

    async def claims(self, access_token: str) -> dict[str, Any]:
        """The verified claims; raises JoseError for a bad or expired token."""
        async with httpx2.AsyncClient(verify=False, trust_env=False) as client:
            keys = KeySet.import_key_set((await client.get(f"{self.issuer}/jwks")).json())
        claims = jwt.decode(access_token, keys, algorithms=["RS256"]).claims
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.url},
            exp={"essential": True},
        )
        rules.validate(claims)
        return dict(claims)

    async def answer(self, request: web.Request) -> web.Response:
        self.seen.append(f"{request.method} {request.path}")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer":
            try:
                return web.json_response(await self.claims(token))
            except JoseError:
                pass
        challenge = f'Bearer realm="test", resource_metadata="{self.metadata_url}"'
        return web.Response(status=401, headers={"WWW-Authenticate": challenge})

    async def metadata(self, request: web.Request) -> web.Response:
        self.seen.append(f"{request.method} {request.path}")
        return web.json_response(
            {
                "resource": self.url,
                "authorization_servers": [self.issuer],
                "scopes_supported": list(self.scopes),
            }
        )


@asynccontextmanager
async def protected_resource(
    issuer: str, scopes: tuple[str, ...] = ("tools:call",)
) -> AsyncGenerator[ProtectedResource, None]:
    resource = ProtectedResource(issuer=issuer, scopes=scopes)
    application = web.Application()
    application.router.add_route("*", "/mcp", resource.answer)
    application.router.add_get("/.well-known/oauth-protected-resource/mcp", resource.metadata)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        resource.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield resource
    finally:
        await runner.cleanup()
