"""HTTP APIs as MCP servers: their operations are tools, called with the account's credential."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from keyfob_core.addresses.origins import origin_of
from keyfob_core.config import Config, Server
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.messages import rpc
from keyfob_core.messages.headers import header
from keyfob_core.model import Headers, UpstreamRequest, UpstreamResponse
from keyfob_core.ports import Clock, Upstream
from keyfob_core.transports.openapi.calls import ApiCall, BadArguments, api_call
from keyfob_core.transports.openapi.documents import Api, Documents
from keyfob_core.transports.openapi.messages import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Asked,
    Refused,
    answered,
    introduced,
    page_of,
    refused,
    response,
    status_of,
)
from keyfob_core.transports.openapi.results import Result, failure, tool_result

_SECONDS = 300.0
"""For an API to answer one call."""
_NONCE = "dpop-nonce"
_PASSED = frozenset({"www-authenticate", _NONCE})
_MAX_NONCES = 1000
_BIG_BODY = 256 * 1024

T = TypeVar("T")


class _Unauthorized(Exception):
    """The API's own 401, or a 403 with a challenge: the account is asked to do something."""

    def __init__(self, status: int, headers: Headers) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers


class OpenApiUpstream:
    """Answers as an MCP server without sessions; each call is one request to the API."""

    def __init__(
        self, config: Callable[[], Config], documents: Documents, http: Upstream, clock: Clock
    ) -> None:
        """`http` is used for nothing else, so that its connections are these APIs' alone."""
        self._config = config
        self._documents = documents
        self._http = http
        self._clock = clock
        self._nonces: dict[str, str] = {}
        """An API's last DPoP nonce for each client, server and account (RFC 9449, section 8.2)."""

    @asynccontextmanager
    async def open(self, request: UpstreamRequest) -> AsyncGenerator[UpstreamResponse]:
        """Answer the request; the API is asked before this returns.

        Cancelling it ends the API's request. Raises ConfigInvalid for a document that cannot be
        used, UpstreamUnreachable, and RequestRefused.
        """
        yield await self._answer(request)

    async def _answer(self, request: UpstreamRequest) -> UpstreamResponse:
        if request.http_method != "POST":
            # There are no sessions, and nothing that would be said on a stream of their own.
            return response(405, headers=(("Allow", "POST"),))
        body = await _beside(request.body, lambda: rpc.parse_body(request.body))
        server = self._config().server(request.server)
        asked = [
            Asked(message, body.revision or request.revision, server.name)
            for message in body.messages
            if message.is_request
        ]
        if not asked:
            return response(202)
        answers: list[Mapping[str, Any]] = []
        try:
            for one in asked:
                answers.append(await self._one(one, request, server))
        except _Unauthorized as challenge:
            if not _has_acted(asked[: len(answers)]):
                return response(challenge.status, headers=challenge.headers)
            # What went before was done: the batch must not be sent again.
            answers += [answered(one, failure("HTTP 401")) for one in asked[len(answers) :]]
        if body.is_batch:
            return response(200, answers)
        return response(status_of(asked[0], answers[0]), answers[0])

    async def _one(
        self, asked: Asked, request: UpstreamRequest, server: Server
    ) -> Mapping[str, Any]:
        try:
            asked.check_revision()
            return answered(asked, await self._result(asked, request, server))
        except Refused as refusal:
            return refused(asked, refusal)

    async def _result(
        self, asked: Asked, request: UpstreamRequest, server: Server
    ) -> Mapping[str, Any]:
        known = introduced(asked)
        if known is not None:
            return known
        if asked.name not in ("tools/list", "tools/call"):
            raise Refused(METHOD_NOT_FOUND, "There are tools here, and nothing else.")
        api = await self._documents.current(server.name, server.openapi or "", server.url)
        if asked.name == "tools/list":
            return page_of(asked, tuple(api.tools.by_name.values()), api.description.digest)
        return await self._called(asked, api, request, server)

    async def _called(
        self, asked: Asked, api: Api, request: UpstreamRequest, server: Server
    ) -> Result:
        params = asked.message.params
        tool = api.tools.by_name.get(str(params.get("name")))
        if tool is None:
            raise Refused(INVALID_PARAMS, f"There is no tool {params.get('name')!r}.")
        arguments = params.get("arguments")
        try:
            if not isinstance(arguments, dict | None):
                raise BadArguments("The arguments must be an object.")
            given = cast("dict[str, Any]", arguments or {})
            call = await _beside(
                request.body,
                lambda: api_call(
                    api.tools,
                    tool,
                    given,
                    base=server.url,
                    credential=request.credential,
                    now=self._clock(),
                    nonce=self._nonces.get(request.pool),
                ),
            )
        except BadArguments as error:
            return failure(str(error))
        return await self._sent(call, request)

    async def _sent(self, call: ApiCall, request: UpstreamRequest) -> Result:
        upward = UpstreamRequest(
            http_method=call.http_method,
            url=call.url,
            headers=call.headers,
            body=call.body,
            pool=request.pool,
            server=request.server,
        )
        try:
            async with asyncio.timeout(_SECONDS), self._http.open(upward) as answer:
                self._note_nonce(request.pool, answer)
                challenge = header(answer.headers, "www-authenticate")
                if answer.status == 401 or (answer.status == 403 and challenge is not None):
                    kept = tuple(one for one in answer.headers if one[0].lower() in _PASSED)
                    raise _Unauthorized(answer.status, kept)
                return await tool_result(answer, call.url, call.secrets)
        except TimeoutError:
            raise UpstreamUnreachable(
                f"The API at {origin_of(call.url)} does not answer in {_SECONDS:.0f} seconds."
            ) from None

    def _note_nonce(self, pool: str, answer: UpstreamResponse) -> None:
        nonce = header(answer.headers, _NONCE)
        if nonce:
            self._nonces.pop(pool, None)
            self._nonces[pool] = nonce
            if len(self._nonces) > _MAX_NONCES:
                self._nonces.pop(next(iter(self._nonces)))


async def _beside(body: bytes, work: Callable[[], T]) -> T:
    """Do what takes long for a long body in a thread."""
    return await asyncio.to_thread(work) if len(body) > _BIG_BODY else work()


def _has_acted(done: Sequence[Asked]) -> bool:
    return any(one.name == "tools/call" for one in done)
