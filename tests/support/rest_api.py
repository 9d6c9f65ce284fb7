"""A REST API of the tests' own, with its OpenAPI documents, that records what it is asked."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from keyfob_core.demo.serving import listening, origin_of_listener, serving

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
LONG = 3 * 1024 * 1024
RESOURCE_METADATA = "/.well-known/oauth-protected-resource/v1"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    """As sent, with its query."""
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one header of that name; fails where there are several."""
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) < 2, f"{name} came {len(found)} times"
        return found[0] if found else None


@dataclass
class RestApi:
    """The API while it runs; `allows` may be exchanged."""

    origin: str
    allows: Callable[[Asked], bool]
    document: dict[str, Any]
    """What lies at `/openapi.json`."""
    challenge: str | None = 'Bearer realm="notes"'
    elsewhere: str = "https://elsewhere.example/"
    """Where `/elsewhere` redirects to."""
    refusal: Callable[[Asked], Response | None] = lambda _: None
    """An answer in place of the usual one."""
    asked: list[Asked] = field(default_factory=list[Asked])
    refused: list[Asked] = field(default_factory=list[Asked])
    documents: list[Asked] = field(default_factory=list[Asked])
    """Requests for the document."""
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of the protected resource (RFC 9728); empty where it publishes none."""

    @property
    def url(self) -> str:
        """The base of its paths."""
        return f"{self.origin}/v1"

    @property
    def document_url(self) -> str:
        return f"{self.origin}/openapi.json"

    def protect(self, issuer: str, scope: str) -> None:
        """Say where tokens for the API come from."""
        self.metadata = {
            "resource": self.url,
            "authorization_servers": [issuer],
            "scopes_supported": scope.split(),
        }
        self.challenge = f'Bearer resource_metadata="{self.origin}{RESOURCE_METADATA}"'

    async def answer(self, request: Request, work: Callable[[Request], Awaitable[Response]]) -> Any:
        seen = await _seen(request)
        refusal = self.refusal(seen)
        if refusal is None and not self.allows(seen):
            headers = {"WWW-Authenticate": self.challenge} if self.challenge else {}
            refusal = JSONResponse({"error": "who are you?"}, 401, headers=headers)
        if refusal is not None:
            self.refused.append(seen)
            return refusal
        self.asked.append(seen)
        response = await work(request)
        response.set_cookie("session", "a-cookie-that-must-not-come-back")
        return response


def document(version: str = "3.1.0", **changes: Any) -> dict[str, Any]:
    """The API's description; `changes` replace its top keys."""
    return {**deepcopy(DOCUMENT), "openapi": version, **changes}


@contextlib.asynccontextmanager
async def rest_api(
    allows: Callable[[Asked], bool] = lambda _: True, **changes: Any
) -> AsyncGenerator[RestApi]:
    """Serve the API; `changes` are those of its document."""
    with listening() as listener:
        api = RestApi(origin_of_listener(listener), allows, document(**changes))

        def at(path: str, work: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
            async def endpoint(request: Request) -> Response:
                return await api.answer(request, work)

            return Route(path, endpoint, methods=list(methods or ("GET",)))

        async def described(request: Request) -> Response:
            api.documents.append(await _seen(request))
            return JSONResponse(api.document)

        async def metadata(request: Request) -> Response:
            return JSONResponse(api.metadata, 200 if api.metadata else 404)

        async def redirected(request: Request) -> Response:
            return RedirectResponse(api.elsewhere, 307)

        app = Starlette(
            routes=[
                Route("/openapi.json", described),
                Route(RESOURCE_METADATA, metadata),
                at("/v1", _nothing, "GET", "POST"),
                at("/v1/notes", _notes, "GET", "POST"),
                at("/v1/notes/{id}", _note, "GET", "PUT", "DELETE"),
                at("/v1/form", _echo, "POST"),
                at("/v1/echo", _echo),
                at("/v1/picture", _picture),
                at("/v1/file", _file),
                at("/v1/long", _long),
                at("/v1/text", _text),
                at("/v1/broken", _broken),
                at("/v1/elsewhere", redirected),
            ]
        )
        async with serving(app, listener):
            yield api


async def _seen(request: Request) -> Asked:
    query = request.scope["query_string"].decode()
    path = request.scope["raw_path"].decode() + (f"?{query}" if query else "")
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.scope["headers"]
    )
    return Asked(request.method, path, headers, await request.body())


async def _nothing(request: Request) -> Response:
    return Response(status_code=404)


async def _notes(request: Request) -> Response:
    if request.method == "POST":
        return JSONResponse({"id": 7, **(await request.json())}, 201)
    return JSONResponse([{"id": 1, "text": "milk"}])


async def _note(request: Request) -> Response:
    if request.method == "DELETE":
        return Response(status_code=204)
    return JSONResponse({"id": request.path_params["id"], "text": "milk"})


async def _echo(request: Request) -> Response:
    return JSONResponse(
        {
            "path": str(request.url),
            "headers": dict(request.headers),
            "body": (await request.body()).decode(),
        }
    )


async def _picture(request: Request) -> Response:
    return Response(PNG, media_type="image/png")


async def _file(request: Request) -> Response:
    return Response(b"\x00\x01" * 8, media_type="application/zip")


async def _long(request: Request) -> Response:
    kind = request.query_params.get("kind", "text/plain")
    return Response(b"x" * LONG, media_type=kind)


async def _text(request: Request) -> Response:
    return PlainTextResponse("grün".encode("latin-1"), media_type="text/plain; charset=latin-1")


async def _broken(request: Request) -> Response:
    return JSONResponse({"error": "the database is away"}, 503)


def _operation(name: str, *parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": f"Does {name}.",
        "parameters": list(parameters),
        "responses": {"200": {"description": "Done."}},
        **fields,
    }


def _parameter(place: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"in": place, "name": name, "schema": {"type": "string"}, **fields}


def _body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


NOTE = {"$ref": "#/components/schemas/Note"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "servers": [{"url": "/v1"}],
    "components": {
        "schemas": {
            "Note": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "parts": {"type": "array", "items": NOTE},
                },
                "required": ["text"],
            }
        },
        "parameters": {
            "id": _parameter("path", "id", required=True),
        },
    },
    "paths": {
        "/notes": {
            "get": _operation(
                "listNotes", _parameter("query", "q"), _parameter("query", "api_key")
            ),
            "post": _operation("addNote", requestBody=_body("application/json", NOTE)),
        },
        "/notes/{id}": {
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "get": _operation("getNote"),
            "put": _operation("putNote", requestBody=_body("application/json", NOTE)),
            "delete": _operation("deleteNote"),
        },
        "/form": {
            "post": _operation(
                "sendForm",
                requestBody=_body(
                    "application/x-www-form-urlencoded",
                    {"type": "object", "properties": {"a": {"type": "string"}}},
                ),
            )
        },
        "/echo": {
            "get": _operation(
                "echo",
                _parameter("header", "X-Trace"),
                _parameter("header", "X-Api-Key"),
                _parameter("header", "Authorization"),
                _parameter("header", "Host"),
                _parameter("cookie", "session"),
                _parameter("query", "api_key"),
                _parameter(
                    "query",
                    "any",
                    style="form",
                    explode=True,
                    schema={"type": "object", "additionalProperties": {"type": "string"}},
                ),
            )
        },
        "/picture": {"get": _operation("picture")},
        "/file": {"get": _operation("file")},
        "/long": {"get": _operation("long", _parameter("query", "kind"))},
        "/text": {"get": _operation("text")},
        "/broken": {"get": _operation("broken")},
        "/elsewhere": {"get": _operation("elsewhere")},
    },
}


def with_schemes(*required: str, **schemes: dict[str, Any]) -> dict[str, Any]:
    """Changes of a document that names security schemes and wants some of them together."""
    components = {**deepcopy(DOCUMENT["components"]), "securitySchemes": schemes}
    return {"components": components, "security": [{name: [] for name in required}]}


KEY_HEADER = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
KEY_QUERY = {"type": "apiKey", "in": "query", "name": "api_key"}
BASIC = {"type": "http", "scheme": "basic"}


def as_yaml(value: object, indent: int = 0) -> str:
    """The value as block YAML, written by hand so that no library checks itself."""
    space = "  " * indent
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key, inner in value.items():
            simple = not isinstance(inner, dict | list) or not inner
            shown = f" {json.dumps(inner)}" if simple else f"\n{as_yaml(inner, indent + 1)}"
            lines.append(f"{space}{json.dumps(str(key))}:{shown}")
        return "\n".join(lines)
    if isinstance(value, list) and value:
        return "\n".join(f"{space}- {json.dumps(inner)}" for inner in value)
    return f"{space}{json.dumps(value)}"
