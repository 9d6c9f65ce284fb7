"""An authorization server, with the server it protects, that misbehaves as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

GIANT_BYTES = 3 << 20
PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"
RFC8414 = "/.well-known/oauth-authorization-server"
OIDC = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What it does; the defaults are a well-behaved server. `{origin}` stands for its origin."""

    # The server it protects
    challenge: str | None = 'Bearer resource_metadata="{origin}' + PROTECTED_RESOURCE + '/mcp"'
    probe_status: int = 401
    mcp: Callable[[web.Request], web.Response | None] | None = None
    """What it answers at its MCP address; None for its usual refusal."""
    streams_only: int | None = None
    """The status of a POST at a server that knows only HTTP+SSE, and challenges at its stream."""
    resource: str = "{origin}/mcp"
    resource_metadata: Mapping[str, object] = field(default_factory=dict[str, object])
    resource_at: tuple[str, ...] = (PROTECTED_RESOURCE + "/mcp",)
    absent_status: int = 404
    authorization_servers: tuple[str, ...] = ("{origin}{path}",)
    # Its metadata
    issuer_path: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict[str, object])
    """Members to replace; None takes one out."""
    metadata_at: tuple[str, ...] = (RFC8414,)
    metadata_status: int = 200
    metadata_redirect: str | None = None
    metadata_giant: bool = False
    metadata_drips: bool = False
    reads_client_metadata: bool = False
    # Registration
    registration_status: int = 201
    registration: Mapping[str, object] = field(default_factory=dict[str, object])
    refuses_scope_in_registration: int | None = None
    """The status for a registration that names scopes."""
    # Authorization
    state: str | None = None
    iss: str | None = "{origin}{path}"
    error: str | None = None
    authorize_status: int = 302
    refused_at_authorize: tuple[str, ...] = ()
    repeats_code: bool = False
    # Tokens
    token_status: int = 200
    token_as_form: bool = False
    token: Mapping[str, object] = field(default_factory=dict[str, object])
    token_error: Mapping[str, object] | None = None
    token_raw: tuple[str, bytes] | None = None
    unknown_clients: tuple[str, ...] = ()
    token_sequence: tuple[tuple[int, Mapping[str, object]], ...] = ()
    """Status and document of the first answers; the status 0 drops the connection."""
    # Device codes
    device_status: int = 200
    device: Mapping[str, object] = field(default_factory=dict[str, object])
    """Members to replace; None takes one out."""
    # After the sign-in
    revocation_status: int = 200
    revocation_errors: Mapping[str, str] = field(default_factory=dict[str, str])
    """The error code by `token_type_hint`."""
    userinfo: object = None
    userinfo_status: int = 200
    deletion_status: int = 204
    # Trouble at any address
    failing: Mapping[str, int] = field(default_factory=dict[str, int])
    redirects: Mapping[str, str] = field(default_factory=dict[str, str])
    giant: tuple[str, ...] = ()
    drips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    document: Any = None


class AuthorizationServer:
    """Records all it is asked; `behaviour` may be exchanged while it runs."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.origin = ""
        self.seen: list[Seen] = []
        self.clients: list[str] = []
        self.closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    @property
    def issuer(self) -> str:
        return f"{self.origin}{self.behaviour.issuer_path}"

    def asked(self, path: str) -> list[Seen]:
        return [request for request in self.seen if request.path == path]

    def paths(self) -> list[str]:
        return [request.path for request in self.seen]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        is_json = request.content_type == "application/json"
        form = {} if is_json else await request.post()
        assert len(form) == len(set(form)), "a parameter comes twice (RFC 6749, section 3.2)"
        self.seen.append(
            Seen(
                request.method,
                request.path,
                dict(request.query),
                {name: str(value) for name, value in form.items()},
                dict(request.headers),
                await request.json() if is_json else None,
            )
        )
        if troubled := await self._trouble(request):
            return troubled
        actions = {
            "/mcp": self._mcp,
            "/authorize": self._authorize,
            "/token": self._token,
            "/register": self._register,
            "/device": self._device,
            "/revoke": self._revoke,
            "/userinfo": self._userinfo,
            "/client": self._client,
        }
        if action := actions.get(request.path):
            return action(request)
        if request.path in self.behaviour.resource_at:
            return web.json_response(self._resource_metadata())
        if request.path in self.behaviour.metadata_at:
            return await self._metadata(request)
        return web.Response(status=self.behaviour.absent_status, text="<html>not here</html>")

    async def _trouble(self, request: web.Request) -> web.StreamResponse | None:
        behaviour, path = self.behaviour, request.path
        if path in behaviour.failing:
            return web.Response(status=behaviour.failing[path], text="<html>busy</html>")
        if path in behaviour.redirects:
            location = self._filled(behaviour.redirects[path])
            return web.Response(status=307, headers={"Location": location})
        if path in behaviour.giant:
            return web.json_response({"padding": "x" * GIANT_BYTES})
        return await self._drip(request) if path in behaviour.drips else None

    def _mcp(self, request: web.Request) -> web.Response:
        if self.behaviour.streams_only is not None and request.method == "POST":
            return web.Response(status=self.behaviour.streams_only)
        answer = self.behaviour.mcp(request) if self.behaviour.mcp is not None else None
        if answer is not None:
            return answer
        challenge = self.behaviour.challenge
        headers = {"WWW-Authenticate": self._filled(challenge)} if challenge else {}
        return web.Response(status=self.behaviour.probe_status, headers=headers)

    def _resource_metadata(self) -> dict[str, object]:
        servers = [self._filled(server) for server in self.behaviour.authorization_servers]
        return {
            "resource": self._filled(self.behaviour.resource),
            "authorization_servers": servers,
            **self.behaviour.resource_metadata,
        }

    async def _metadata(self, request: web.Request) -> web.StreamResponse:
        behaviour = self.behaviour
        if behaviour.metadata_redirect:
            raise web.HTTPFound(self._filled(behaviour.metadata_redirect))
        if behaviour.metadata_drips:
            return await self._drip(request)
        document: dict[str, object] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "registration_endpoint": f"{self.origin}/register",
            "revocation_endpoint": f"{self.origin}/revoke",
            "device_authorization_endpoint": f"{self.origin}/device",
            "userinfo_endpoint": f"{self.origin}/userinfo",
            "client_id_metadata_document_supported": behaviour.reads_client_metadata,
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }
        document |= {
            name: self._filled(value) if isinstance(value, str) else value
            for name, value in behaviour.metadata.items()
        }
        if behaviour.metadata_giant:
            document["padding"] = "x" * GIANT_BYTES
        kept = {name: value for name, value in document.items() if value is not None}
        return web.json_response(kept, status=behaviour.metadata_status)

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while not self.closing.is_set():
            try:
                await response.write(b" ")
                await asyncio.wait_for(self.closing.wait(), 0.02)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        return response

    def _register(self, _: web.Request) -> web.Response:
        behaviour = self.behaviour
        asked = self.seen[-1].document
        refused = behaviour.refuses_scope_in_registration
        if refused is not None and "scope" in asked:
            return web.json_response({"error": "invalid_client_metadata"}, status=refused)
        if behaviour.registration_status >= 400:
            return web.json_response(
                {"error": "access_denied", "error_description": "not from here"},
                status=behaviour.registration_status,
            )
        self.clients.append(f"client-{len(self.clients) + 1}")
        answer: dict[str, object] = {"client_id": self.clients[-1], "client_secret_expires_at": 0}
        return web.json_response({**asked, **answer, **behaviour.registration}, status=201)

    def _authorize(self, request: web.Request) -> web.Response:
        behaviour = self.behaviour
        if request.query.get("client_id") in behaviour.refused_at_authorize:
            return web.Response(status=400, text="what client?")
        if behaviour.authorize_status != 302:
            return web.Response(status=behaviour.authorize_status, text="what client?")
        state = request.query["state"] if behaviour.state is None else behaviour.state
        pairs = [("error", behaviour.error)] if behaviour.error else [("code", "a-code")]
        pairs += [("code", "another")] if behaviour.repeats_code else []
        pairs += [("state", state)]
        pairs += [("iss", self._filled(behaviour.iss))] if behaviour.iss else []
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(pairs)}")

    def _token(self, request: web.Request) -> web.Response:
        behaviour = self.behaviour
        if self.seen[-1].form.get("client_id") in behaviour.unknown_clients:
            return web.json_response({"error": "invalid_client"}, status=401)
        answered = len(self.asked("/token"))
        if answered <= len(behaviour.token_sequence):
            status, document = behaviour.token_sequence[answered - 1]
            if status == 0:
                assert request.transport
                request.transport.abort()
            return web.json_response(document, status=status or 200)
        if behaviour.token_raw is not None:
            kind, body = behaviour.token_raw
            return web.Response(body=body, headers={"Content-Type": kind})
        if behaviour.token_error is not None:
            return web.json_response(behaviour.token_error, status=behaviour.token_status)
        answer: dict[str, object] = {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": "a-refresh-token",
        }
        answer |= behaviour.token
        answer = {name: value for name, value in answer.items() if value is not None}
        if behaviour.token_as_form:
            return web.Response(
                text=urlencode(answer), content_type="application/x-www-form-urlencoded"
            )
        return web.json_response(answer, status=behaviour.token_status)

    def _device(self, _: web.Request) -> web.Response:
        behaviour = self.behaviour
        if self.seen[-1].form.get("client_id") in behaviour.unknown_clients:
            return web.json_response({"error": "unauthorized_client"}, status=400)
        document: dict[str, object] = {
            "device_code": "a-device-code",
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.origin}/activate",
            "verification_uri_complete": f"{self.origin}/activate?user_code=WDJB-MJHT",
            "expires_in": 900,
            "interval": 5,
        }
        document |= behaviour.device
        kept = {name: value for name, value in document.items() if value is not None}
        return web.json_response(kept, status=behaviour.device_status)

    def _revoke(self, _: web.Request) -> web.Response:
        behaviour = self.behaviour
        hint = self.seen[-1].form.get("token_type_hint", "")
        if code := behaviour.revocation_errors.get(hint):
            said = {"error": code, "error_description": f"not {self.seen[-1].form['token']}"}
            return web.json_response(said, status=400)
        return web.Response(status=behaviour.revocation_status)

    def _userinfo(self, _: web.Request) -> web.Response:
        return web.json_response(self.behaviour.userinfo, status=self.behaviour.userinfo_status)

    def _client(self, _: web.Request) -> web.Response:
        return web.Response(status=self.behaviour.deletion_status)

    def _filled(self, text: str) -> str:
        return text.replace("{origin}", self.origin).replace("{path}", self.behaviour.issuer_path)


@asynccontextmanager
async def authorization_server(
    behaviour: Behaviour | None = None,
) -> AsyncGenerator[AuthorizationServer, None]:
    server = AuthorizationServer(behaviour or Behaviour())
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        server.closing.set()
        await runner.cleanup()
