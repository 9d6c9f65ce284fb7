"""The loopback redirect (RFC 8252, section 7.3): one small server for one answer."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from keyfob_core.errors import Error, OAuthFailed
from keyfob_core.oauth.pages import CallbackPages, Page
from keyfob_core.oauth.registration import CALLBACK_PATH

_HOST = "127.0.0.1"
_ANSWER_PARAMETERS = {"code", "error", "state"}
_CLOSING_SECONDS = 2.0


class RedirectListener:
    """Waits on 127.0.0.1 for the answer to one authorization request.

    The first navigation that carries an answer ends the wait: taken if its `state` is ours, else
    an error. Everything else (other paths, other hosts, requests that a web page makes in the
    background) is turned away and changes nothing. The browser that brought the answer is kept
    waiting until the listener is left, and is then shown how the sign-in ended.
    """

    def __init__(self, pages: CallbackPages, state: str) -> None:
        self._pages = pages
        self._state = state
        self._runner: web.AppRunner | None = None
        self._port = 0
        loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Mapping[str, str]] = loop.create_future()
        self._last_page: asyncio.Future[Page] = loop.create_future()

    @property
    def redirect_uri(self) -> str:
        """The address to be sent back to, once the listener is entered."""
        return f"http://{_HOST}:{self._port}{CALLBACK_PATH}"

    async def open(self, port: int = 0) -> None:
        """Listen on the port, or on a free one. Raises OSError when the port is taken."""
        application = web.Application()
        application.router.add_get(CALLBACK_PATH, self._callback, allow_head=False)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, port).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = int(runner.addresses[0][1])

    async def answer(self, seconds: float) -> Mapping[str, str]:
        """The answer's parameters, its `state` already checked.

        Raises OAuthFailed `state_mismatch`, `bad_response` or `timed_out`.
        """
        try:
            return await asyncio.wait_for(asyncio.shield(self._answer), seconds)
        except TimeoutError as error:
            raise OAuthFailed(
                "timed_out",
                f"The browser brought no answer within {seconds:.0f} seconds.",
                "Start the sign-in again when you are ready.",
            ) from error

    async def __aenter__(self) -> Self:
        if self._runner is None:
            await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._last_page.set_result(self._ending(error))
        if not self._answer.cancel() and not self._answer.cancelled():
            self._answer.exception()
        if self._runner is not None:
            await self._runner.cleanup()

    def _ending(self, error: BaseException | None) -> Page:
        if error is None:
            return self._pages.done()
        if isinstance(error, Error):
            return self._pages.failed(error.message, error.hint)
        return self._pages.failed("Keyfob stopped waiting for this sign-in.", "Start it again.")

    async def _callback(self, request: web.Request) -> web.Response:
        parameters = request.query
        if not (self._is_navigation(request) and _ANSWER_PARAMETERS & set(parameters)):
            return _response(self._pages.not_ours())
        if self._answer.done():
            return _response(self._pages.not_ours())
        if len(set(parameters)) != len(parameters):
            self._refuse("bad_response", "The answer of the sign-in says the same thing twice.")
        elif not hmac.compare_digest(parameters.get("state", "").encode(), self._state.encode()):
            self._refuse("state_mismatch", "This answer belongs to another sign-in.")
        else:
            self._answer.set_result(dict(parameters))
        return _response(await asyncio.shield(self._last_page))

    def _refuse(self, code: str, message: str) -> None:
        self._answer.set_exception(OAuthFailed(code, message, "Start the sign-in again."))

    def _is_navigation(self, request: web.Request) -> bool:
        """Whether a person's browser was sent here, as far as its fetch metadata tells."""
        if request.host != f"{_HOST}:{self._port}":
            return False
        return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate" and (
            request.headers.get("Sec-Fetch-Dest", "document") == "document"
        )


def _response(page: Page) -> web.Response:
    return web.Response(status=page.status, headers=dict(page.headers), body=page.body)
