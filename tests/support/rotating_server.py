"""An MCP server and its issuer, which rotates refresh tokens with or without leniency."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlencode

from aiohttp import web

from keyfob_core.model import Registration, Token
from support.service_issuers import serving_application


@dataclass
class Family:
    """The tokens of one sign-in; the use of a refresh token that is over ends all of them."""

    current: str = ""
    previous: str = ""
    access: set[str] = field(default_factory=set[str])
    ended: bool = False


@dataclass(frozen=True)
class Asked:
    """One refresh as the issuer saw it: rotated, again (by leniency), reused or away."""

    outcome: str
    at: float


async def _at_once(_: str) -> None:
    pass


@dataclass
class RotatingServer:
    """Its endpoints may be told to fail or to wait while it runs."""

    lenient: bool = False
    """Whether the refresh token before the current one is still taken."""
    life: float = 3600.0
    status: int = 200
    """Another one is answered by the token endpoint, 0 for a connection that is cut."""
    origin: str = ""
    moment: Callable[[str], Awaitable[None]] = _at_once
    """Called at `asked`, before anything is decided, and at `rotated`, before the answer."""
    families: list[Family] = field(default_factory=list[Family])
    asked: list[Asked] = field(default_factory=list[Asked])
    calls: int = 0
    revoked: list[str] = field(default_factory=list[str])

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    @property
    def sign_ins(self) -> int:
        """How often a person signed in."""
        return len(self.families)

    @property
    def current(self) -> str:
        """The refresh token that it expects next."""
        return self.families[-1].current

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.asked)

    def issued(self) -> dict[str, object]:
        """A new sign-in, as its token answer."""
        self.families.append(Family())
        return self._tokens(self.families[-1])

    def signed_in(self, now: float) -> Token:
        """A new sign-in, as the one who signed in keeps it."""
        answer = self.issued()
        return Token(
            access_token=str(answer["access_token"]),
            refresh_token=str(answer["refresh_token"]),
            obtained_at=now,
            expires_at=now + self.life,
            issuer=self.origin,
            resource=self.url,
            origin=self.origin,
            token_endpoint=f"{self.origin}/token",
            registration=Registration(issuer=self.origin, client_id="keyfob"),
        )

    async def token(self, request: web.Request) -> web.Response:
        try:
            form = await request.post()
        except ConnectionError:
            # Whoever asked has died between the head and the body of its question.
            return web.Response(status=400)
        if form["grant_type"] == "authorization_code":
            return web.json_response(self.issued())
        await self.moment("asked")
        if self.status != 200:
            self._note("away")
            if self.status == 0:
                assert request.transport
                request.transport.abort()
            return web.Response(status=self.status or 200)
        document = self._refreshed(str(form["refresh_token"]))
        await self.moment("rotated")
        return web.json_response(document, status=400 if "error" in document else 200)

    async def revoke(self, request: web.Request) -> web.Response:
        self.revoked.append(str((await request.post())["token"]))
        return web.Response()

    async def mcp(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        good = any(token in family.access for family in self.families if not family.ended)
        if not good:
            challenge = (
                f'Bearer resource_metadata="{self.origin}/.well-known/oauth-protected-resource/mcp"'
            )
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        self.calls += 1
        message = await request.json()
        return web.json_response({"jsonrpc": "2.0", "id": message["id"], "result": {}})

    async def authorize(self, request: web.Request) -> web.Response:
        answer = {"code": "a-code", "state": request.query["state"], "iss": self.origin}
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(answer)}")

    async def register(self, request: web.Request) -> web.Response:
        return web.json_response({**await request.json(), "client_id": "keyfob"}, status=201)

    async def metadata(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.origin,
                "authorization_endpoint": f"{self.origin}/authorize",
                "token_endpoint": f"{self.origin}/token",
                "revocation_endpoint": f"{self.origin}/revoke",
                "registration_endpoint": f"{self.origin}/register",
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def resource(self, _: web.Request) -> web.Response:
        return web.json_response({"resource": self.url, "authorization_servers": [self.origin]})

    def _refreshed(self, used: str) -> dict[str, object]:
        for family in self.families:
            if used == family.current and not family.ended:
                self._note("rotated")
                return self._tokens(family)
            if self.lenient and used == family.previous and not family.ended:
                self._note("again")
                return self._tokens(family)
        self._note("reused")
        for family in self.families:
            family.ended = family.ended or family.current.startswith(used.split(".")[0])
        return {"error": "invalid_grant", "error_description": "used before"}

    def _tokens(self, family: Family) -> dict[str, object]:
        name = family.current.split(".")[0] or f"family{len(self.families)}"
        family.previous, family.current = family.current, f"{name}.{secrets.token_urlsafe(24)}"
        access = secrets.token_urlsafe(24)
        family.access.add(access)
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.life,
            "refresh_token": family.current,
        }

    def _note(self, outcome: str) -> None:
        self.asked.append(Asked(outcome, monotonic()))


@dataclass
class Gate:
    """Holds the issuer's answers back, at a moment, until it is opened."""

    at: str
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, moment: str) -> None:
        if moment == self.at:
            self.reached.set()
            await self.opened.wait()


@asynccontextmanager
async def rotating_server(
    *, lenient: bool = False, life: float = 3600.0
) -> AsyncGenerator[RotatingServer]:
    """Serve it on a free port."""
    server = RotatingServer(lenient=lenient, life=life)
    application = web.Application()
    application.router.add_post("/token", server.token)
    application.router.add_post("/revoke", server.revoke)
    application.router.add_post("/register", server.register)
    application.router.add_get("/authorize", server.authorize)
    application.router.add_route("*", "/mcp", server.mcp)
    application.router.add_get("/.well-known/oauth-authorization-server", server.metadata)
    application.router.add_get("/.well-known/oauth-protected-resource/mcp", server.resource)
    async with serving_application(application) as origin:
        server.origin = origin
        yield server
