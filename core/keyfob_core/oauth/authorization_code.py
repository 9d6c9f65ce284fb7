"""The authorization code grant with PKCE (RFC 6749, section 4.1; RFC 7636), from URL to token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import (
    USUAL,
    Profile,
    Registration,
    Token,
)
from keyfob_core.oauth.authorization_answer import code_of, received, require_code_grant
from keyfob_core.oauth.discovery import Discovery, discover
from keyfob_core.oauth.grants import AuthorizationRequest, authorization_request, new_state
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.registration import (
    UNKNOWN_CLIENT,
    is_forgettable,
    known_registration,
    register,
)
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.ports import Browser, Clock, PastedAnswers, Progress
from keyfob_core.steps import Step

if TYPE_CHECKING:
    from keyfob_core.oauth.redirect import RedirectListener

_UNKNOWN_CLIENT_STATUS = {400, 401, 422}


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignIn:
    """What stays the same through one sign-in, even where a registration has to be made anew."""

    found: Discovery
    scope: str | None
    progress: Progress
    answers: PastedAnswers | None

    def tell(self, name: str, text: str) -> None:
        self.progress(Step(name, text))

    def request(
        self, registration: Registration, redirect_uri: str, state: str
    ) -> AuthorizationRequest:
        return authorization_request(
            self.found.server.authorization_endpoint or "",
            registration,
            state=state,
            redirect_uri=redirect_uri,
            scope=self.scope,
            resource=self.found.resource_parameter,
            profile=self.found.profile,
        )


class CodeGrant:
    """Signs a person in with their browser: the `ports.SignIn` of OAuth 2.1."""

    def __init__(
        self,
        http: HttpClient,
        *,
        browser: Browser,
        clock: Clock,
        pages: CallbackPages,
        wait_seconds: float = 300.0,
    ) -> None:
        self._http = http
        self._browser = browser
        self._clock = clock
        self._pages = pages
        self._wait_seconds = wait_seconds
        self._tokens = TokenEndpoint(http, clock)

    async def authorize(
        self,
        url: str,
        *,
        scopes: tuple[str, ...] = (),
        registration: Registration | None = None,
        forgotten: bool = False,
        client_id: str | None = None,
        challenge: str | None = None,
        progress: Progress,
        profile: Profile = USUAL,
        answers: PastedAnswers | None = None,
    ) -> Token:
        """Sign in to the server at `url`.

        The token carries the registration that worked; one that was kept stays good until then.
        Raises OAuthFailed, UpstreamUnreachable, or ConfigInvalid for a profile that cannot be.
        """
        found = await discover(
            self._http,
            url,
            challenge=challenge,
            known_issuer=registration.issuer if registration else None,
            profile=profile,
            fits=require_code_grant,
        )
        sign_in = _SignIn(
            found=found, scope=found.scope(scopes), progress=progress, answers=answers
        )
        issuer = visible(found.server.issuer)
        sign_in.tell("discovery", f"Discovered {issuer} as the authorization server.")
        known = known_registration(
            found.server,
            kept=registration,
            forgotten=forgotten,
            client_id=client_id,
            profile=profile,
            now=self._clock(),
        )
        if not is_forgettable(known):
            return await self._sign_in(sign_in, known)
        try:
            return await self._sign_in(sign_in, known)
        except OAuthFailed as error:
            if error.oauth_code not in UNKNOWN_CLIENT:
                raise
        sign_in.tell("registration", f"{issuer} no longer knows Keyfob; registering once more.")
        return await self._sign_in(sign_in, None)

    async def _sign_in(self, sign_in: _SignIn, known: Registration | None) -> Token:
        server = sign_in.found.server
        state = new_state()
        async with self._listener(sign_in, state, known) as listener:
            redirect_uri = listener.redirect_uri
            registration = await self._registration(sign_in, known, redirect_uri)
            request = sign_in.request(registration, redirect_uri, state)
            answer = await self._consent(sign_in, listener, request)
            code = code_of(answer, server)
            sign_in.tell("callback", f"{visible(server.issuer)} answered with a code.")
            token = await self._tokens.exchange(
                code,
                found=sign_in.found,
                registration=registration,
                request=request,
                redirect_uri=redirect_uri,
                scope=sign_in.scope,
            )
        sign_in.tell("token", received(token))
        return token

    @asynccontextmanager
    async def _listener(
        self, sign_in: _SignIn, state: str, known: Registration | None
    ) -> AsyncGenerator[RedirectListener, None]:
        """A listener, on the registered port where that is free: not every server lets it vary."""
        # Its HTTP server takes long to load, and most starts of Keyfob need none.
        from keyfob_core.oauth.redirect import RedirectListener

        listener = RedirectListener(self._pages, state, sign_in.found.profile)
        registered = urlsplit(known.redirect_uri or "").port if known else None
        try:
            await listener.open(registered or 0)
        except OSError:
            await listener.open()
        async with listener:
            yield listener

    async def _registration(
        self, sign_in: _SignIn, known: Registration | None, redirect_uri: str
    ) -> Registration:
        found = sign_in.found
        if known and await self._still_good(sign_in, known, redirect_uri):
            sign_in.tell(
                "registration",
                f"Known to {visible(found.server.issuer)} as client {visible(known.client_id)}.",
            )
            return known
        registration = await register(
            self._http,
            found.server,
            person_url=found.url,
            redirect_uri=redirect_uri,
            scope=sign_in.scope,
            profile=found.profile,
        )
        sign_in.tell(
            "registration",
            f"Registered Keyfob at {visible(found.server.issuer)} "
            f"as client {visible(registration.client_id)}.",
        )
        return registration

    async def _still_good(self, sign_in: _SignIn, known: Registration, redirect_uri: str) -> bool:
        """Whether a kept registration, or our metadata document, can be shown to a person.

        Servers forget dynamic clients and then leave the person before an error page that never
        comes back here, so the page is looked at first.
        """
        if not known.dynamic:
            return True
        if known.redirect_uri not in (None, redirect_uri):
            return False
        trial = sign_in.request(known, redirect_uri, new_state())
        try:
            page = await self._http.look("GET", trial.url, person_url=sign_in.found.url)
        except UpstreamUnreachable:
            return True
        return page.status not in _UNKNOWN_CLIENT_STATUS

    async def _consent(
        self, sign_in: _SignIn, listener: RedirectListener, request: AuthorizationRequest
    ) -> Mapping[str, str]:
        """Show the consent page and wait for its answer, from the browser or from a paste.

        Beside one another: some browsers are programs that run until they are closed.
        """
        answering = asyncio.create_task(listener.answer(self._wait_seconds))
        beside = {asyncio.create_task(self._show(sign_in, request.url))}
        if sign_in.answers is not None:
            beside.add(asyncio.create_task(_pasted(sign_in, listener, sign_in.answers)))
        waiting = {answering, *beside}
        try:
            while not answering.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done if not answering.done() else ():
                    task.result()
            return await answering
        finally:
            for task in (answering, *beside):
                task.cancel()
            await asyncio.gather(answering, *beside, return_exceptions=True)

    async def _show(self, sign_in: _SignIn, url: str) -> None:
        opened = await self._browser(url)
        how = "Opened the browser" if opened else "Open this address in a browser by hand"
        sign_in.tell("browser", f"{how} (PKCE S256): {url}")


async def _pasted(sign_in: _SignIn, listener: RedirectListener, answers: PastedAnswers) -> None:
    while not listener.paste(await answers()):
        sign_in.tell(
            "paste",
            "That is not the answer to this sign-in. Paste the whole address that the browser "
            f"ended on; it begins with {listener.redirect_uri}?",
        )
