"""The loopback redirect (RFC 8252, section 7.3): one small server for one answer."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from keyfob_core.errors import Error, OAuthFailed
from keyfob_core.model import USUAL, Profile
from keyfob_core.oauth.pages import CallbackPages, Page
from keyfob_core.oauth.redirect_uri import ADDRESSES, redirect_uri_of

_NO_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
_ATTEMPTS = 5
_ANSWER_PARAMETERS = {"code", "error", "state"}
_CLOSING_SECONDS = 2.0
_LONGEST_PASTE = 16384


class RedirectListener:
    """Waits on this machine's own addresses for the answer to one authorization request.

    The first navigation, or pasted address, that carries an answer ends the wait: taken if its
    `state` is ours, else an error. Everything else (other paths, other hosts, requests that a web
    page makes in the background) is turned away and changes nothing. The browser that brought the
    answer is kept waiting until the listener is left, and is then shown how the sign-in ended.
    """

    def __init__(self, pages: CallbackPages, state: str, profile: Profile = USUAL) -> None:
        self._pages = pages
        self._state = state
        self._profile = profile
        redirect_uri_of(profile)
        self._addresses = ADDRESSES[profile.callback_host]
        self._runner: web.AppRunner | None = None
        self._port = 0
        loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[Mapping[str, str]] = loop.create_future()
        self._last_page: asyncio.Future[Page] = loop.create_future()

    @property
    def redirect_uri(self) -> str:
        """The address to be sent back to, once the listener is entered."""
        return redirect_uri_of(self._profile, self._port)

    async def open(self, port: int = 0) -> None:
        """Listen on the profile's port, else on this one, else on a free one.

        Raises OSError when the port is taken, OAuthFailed `callback_unavailable` when it is the
        profile's.
        """
        if self._profile.callback_port:
            try:
                await self._listen(self._profile.callback_port)
            except OSError as error:
                raise _port_taken(self._profile.callback_port) from error
            return
        for attempt in range(_ATTEMPTS):
            try:
                await self._listen(port)
            except OSError:
                # A port that is free at one address may be taken at the other.
                if port or len(self._addresses) == 1 or attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    async def _listen(self, port: int) -> None:
        application = web.Application()
        path = self._profile.callback_path
        application.router.add_get(path, self._callback, allow_head=False)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSING_SECONDS)
        await runner.setup()
        try:
            first, *others = self._addresses
            await web.TCPSite(runner, first, port).start()
            port = int(runner.addresses[0][1])
            for address in others:
                await self._listen_too(runner, address, port)
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = port

    async def _listen_too(self, runner: web.AppRunner, address: str, port: int) -> None:
        try:
            await web.TCPSite(runner, address, port).start()
        except OSError as error:
            if error.errno not in _NO_IPV6:
                raise

    def paste(self, address: str) -> bool:
        """Take the callback address that a person copied from a browser on another machine.

        Judged as if that browser had come here itself; False when it is no answer at all, and
        then nothing has changed.
        """
        address = address.strip()
        if len(address) > _LONGEST_PASTE or "#" in address:
            return False
        bare, _, query = address.partition("?")
        if bare != self.redirect_uri or self._answer.done():
            return False
        with contextlib.suppress(ValueError):
            return self._take(parse_qsl(query, keep_blank_values=True))
        return False

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
        if not self._is_navigation(request) or not self._take(request.query.items()):
            return _response(self._pages.not_ours())
        return _response(await asyncio.shield(self._last_page))

    def _take(self, pairs: Collection[tuple[str, str]]) -> bool:
        """Whether these were the one answer; then it counts, for good or bad."""
        parameters = dict(pairs)
        if self._answer.done() or not _ANSWER_PARAMETERS & parameters.keys():
            return False
        state = parameters.get("state", "").encode("utf-8", "replace")
        if len(parameters) != len(pairs):
            self._refuse("bad_response", "The answer of the sign-in says the same thing twice.")
        elif not hmac.compare_digest(state, self._state.encode()):
            self._refuse("state_mismatch", "This answer belongs to another sign-in.")
        else:
            self._answer.set_result(parameters)
        return True

    def _refuse(self, code: str, message: str) -> None:
        self._answer.set_exception(OAuthFailed(code, message, "Start the sign-in again."))

    def _is_navigation(self, request: web.Request) -> bool:
        """Whether a person's browser was sent here, as far as its fetch metadata tells."""
        if request.host != urlsplit(self.redirect_uri).netloc:
            return False
        return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate" and (
            request.headers.get("Sec-Fetch-Dest", "document") == "document"
        )


def _response(page: Page) -> web.Response:
    return web.Response(status=page.status, headers=dict(page.headers), body=page.body)


def _port_taken(port: int) -> OAuthFailed:
    return OAuthFailed(
        "callback_unavailable",
        f"Port {port}, on which the sign-in has to answer, is taken by another program.",
        "End that program, or set another callback_port and register it, then start again.",
    )
