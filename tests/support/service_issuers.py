"""Issuers that check assertions for real: Google's, GitHub's, a workload's, a company's."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPE = "urn:ietf:params:oauth:token-type:"


class Refused(Exception):
    """Becomes the issuer's answer."""

    def __init__(self, code: str, description: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.document = {"error": code, "error_description": description}
        self.status = status


@dataclass
class ServiceIssuer:
    """Gives numbered tokens to what `check` lets pass, and keeps what it was sent."""

    check: Callable[[ServiceIssuer, web.Request, Mapping[str, str]], Mapping[str, Any] | None]
    origin: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)
    status: int = 200
    """Another one is answered without looking."""
    refuses: bool = False
    """For a `check` that looks at it."""
    grants: int = 0

    @property
    def token_endpoint(self) -> str:
        return f"{self.origin}/token"

    def read(
        self, assertion: str, key: RSAKey | ECKey, algorithm: str, audience: str
    ) -> dict[str, Any]:
        """The claims of an assertion that is signed, current, for us, and new."""
        claims = dict(jwt.decode(assertion, key, algorithms=[algorithm]).claims)
        rules = jwt.JWTClaimsRegistry(
            aud={"essential": True, "value": audience}, exp={"essential": True}
        )
        rules.validate(claims)
        assert claims["iat"] <= time.time()
        assert claims["exp"] - claims["iat"] <= 3600
        if claims["jti"] in self.spent:
            raise Refused("invalid_grant", "The assertion was used before.")
        self.spent.add(claims["jti"])
        self.claims.append(claims)
        return claims

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if self.status != 200:
            return web.Response(status=self.status)
        try:
            document = self.check(self, request, form)
        except Refused as refused:
            return web.json_response(refused.document, status=refused.status)
        self.grants += 1
        usual = {
            "access_token": f"access-{self.grants}",
            "token_type": "Bearer",
            "expires_in": 3600,
        }
        return web.json_response({**usual, **(document or {})})


@asynccontextmanager
async def serving_application(application: web.Application) -> AsyncGenerator[str, None]:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def service_issuer(
    check: Callable[[ServiceIssuer, web.Request, Mapping[str, str]], Mapping[str, Any] | None],
) -> AsyncGenerator[ServiceIssuer, None]:
    """An issuer with a token endpoint, its metadata, and the MCP server `/mcp` that it protects."""
    issuer = ServiceIssuer(check)

    async def metadata(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": issuer.origin,
                "token_endpoint": issuer.token_endpoint,
                "grant_types_supported": [JWT_BEARER, "client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    async def resource(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "resource": f"{issuer.origin}/mcp",
                "authorization_servers": [issuer.origin],
                "scopes_supported": ["tools:call"],
            }
        )

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})

    application = web.Application()
    application.router.add_post("/token", issuer.token)
    application.router.add_get("/.well-known/oauth-authorization-server", metadata)
    application.router.add_get("/.well-known/oauth-protected-resource/mcp", resource)
    application.router.add_route("*", "/mcp", refuse)
    async with serving_application(application) as origin:
        issuer.origin = origin
        yield issuer
