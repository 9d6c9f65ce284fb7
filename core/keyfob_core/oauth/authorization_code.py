"""The authorization code grant with PKCE (RFC 6749, section 4.1; RFC 7636), from URL to token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Registration, Step, Token
from keyfob_core.oauth.discovery import Discovery, discover
from keyfob_core.oauth.grants import AuthorizationRequest, authorization_request, new_state
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.metadata import AuthorizationServer
from keyfob_core.oauth.pages import CallbackPages
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.redirect import RedirectListener
from keyfob_core.oauth.registration import is_usable, own_registration, register
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.ports import Browser, Clock, Progress

_UNKNOWN_CLIENT = {"invalid_client", "unauthorized_client"}
_UNKNOWN_CLIENT_STATUS = {400, 401}


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignIn:
    """What stays the same through one sign-in, even where a registration has to be made anew."""

    found: Discovery
    scope: str | None
    progress: Progress

    def tell(self, name: str, text: str) -> None:
        self.progress(Step(name, text))


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
        client_id: str | None = None,
        challenge: str | None = None,
        progress: Progress,
    ) -> Token:
        """Sign in to the server at `url`.

        The token carries the registration that worked; one that was kept stays good until then.
        Raises OAuthFailed or UpstreamUnreachable.
        """
        found = await discover(
            self._http,
            url,
            challenge=challenge,
            known_issuer=registration.issuer if registration else None,
        )
        sign_in = _SignIn(found=found, scope=found.scope(scopes), progress=progress)
        issuer = visible(found.server.issuer)
        sign_in.tell("discovery", f"Discovered {issuer} as the authorization server.")
        _require_s256(found.server)
        known = self._known_registration(found.server.issuer, registration, client_id)
        if known is None or not known.dynamic:
            return await self._sign_in(sign_in, known)
        try:
            return await self._sign_in(sign_in, known)
        except OAuthFailed as error:
            if error.oauth_code not in _UNKNOWN_CLIENT:
                raise
        sign_in.tell("registration", f"{issuer} no longer knows Keyfob; registering once more.")
        return await self._sign_in(sign_in, None)

    def _known_registration(
        self, issuer: str, kept: Registration | None, client_id: str | None
    ) -> Registration | None:
        if client_id is not None:
            return own_registration(issuer, client_id, kept)
        return kept if kept and is_usable(kept, issuer, self._clock()) else None

    async def _sign_in(self, sign_in: _SignIn, known: Registration | None) -> Token:
        server = sign_in.found.server
        state = new_state()
        async with self._listener(state, known) as listener:
            redirect_uri = listener.redirect_uri
            registration = await self._registration(sign_in, known, redirect_uri)
            request = authorization_request(
                server.authorization_endpoint,
                registration,
                state=state,
                redirect_uri=redirect_uri,
                scope=sign_in.scope,
                resource=sign_in.found.resource.resource,
            )
            answer = await self._consent(sign_in, listener, request)
            code = _code(answer, server)
            sign_in.tell("callback", f"{visible(server.issuer)} answered with a code.")
            token = await self._tokens.exchange(
                code,
                found=sign_in.found,
                registration=registration,
                request=request,
                redirect_uri=redirect_uri,
                scope=sign_in.scope,
            )
        sign_in.tell("token", _received(token))
        return token

    @asynccontextmanager
    async def _listener(
        self, state: str, known: Registration | None
    ) -> AsyncGenerator[RedirectListener, None]:
        """A listener, on the registered port where that is free: not every server lets it vary."""
        listener = RedirectListener(self._pages, state)
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
        server = sign_in.found.server
        if known and await self._still_good(sign_in, known, redirect_uri):
            sign_in.tell(
                "registration",
                f"Known to {visible(server.issuer)} as client {visible(known.client_id)}.",
            )
            return known
        registration = await register(
            self._http,
            server,
            person_url=sign_in.found.url,
            redirect_uri=redirect_uri,
            scope=sign_in.scope,
        )
        sign_in.tell(
            "registration",
            f"Registered Keyfob at {visible(server.issuer)} "
            f"as client {visible(registration.client_id)}.",
        )
        return registration

    async def _still_good(self, sign_in: _SignIn, known: Registration, redirect_uri: str) -> bool:
        """Whether a kept registration can be shown to a person.

        Servers forget dynamic clients and then leave the person before an error page that never
        comes back here, so the page is looked at first.
        """
        if not known.dynamic:
            return True
        if known.redirect_uri != redirect_uri:
            return False
        trial = authorization_request(
            sign_in.found.server.authorization_endpoint,
            known,
            state=new_state(),
            redirect_uri=redirect_uri,
            scope=sign_in.scope,
            resource=sign_in.found.resource.resource,
        )
        try:
            page = await self._http.look("GET", trial.url, person_url=sign_in.found.url)
        except UpstreamUnreachable:
            return True
        return page.status not in _UNKNOWN_CLIENT_STATUS

    async def _consent(
        self, sign_in: _SignIn, listener: RedirectListener, request: AuthorizationRequest
    ) -> Mapping[str, str]:
        """Show the consent page and wait for its answer.

        Beside one another: some browsers are programs that run until they are closed.
        """
        showing = asyncio.create_task(self._show(sign_in, request.url))
        answering = asyncio.create_task(listener.answer(self._wait_seconds))
        try:
            await asyncio.wait({showing, answering}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                showing.result()
            return await answering
        finally:
            showing.cancel()
            answering.cancel()
            await asyncio.gather(showing, answering, return_exceptions=True)

    async def _show(self, sign_in: _SignIn, url: str) -> None:
        opened = await self._browser(url)
        how = "Opened the browser" if opened else "Open this address in a browser by hand"
        sign_in.tell("browser", f"{how} (PKCE S256): {url}")


def _require_s256(server: AuthorizationServer) -> None:
    if "S256" not in server.code_challenge_methods_supported:
        raise OAuthFailed(
            "pkce_unsupported",
            f"{visible(server.issuer)} does not offer PKCE with S256, so nothing was sent to it.",
            "Without it a code can be stolen. Ask whoever runs that server to switch it on.",
        )


def _code(answer: Mapping[str, str], server: AuthorizationServer) -> str:
    """The code of an answer whose `state` is ours; `iss` counts for errors too (RFC 9207)."""
    named = answer.get("iss")
    if named != server.issuer and (named is not None or server.sends_iss):
        raise OAuthFailed(
            "issuer_mismatch",
            f"The answer comes from {visible(named or 'an unnamed server')}, "
            f"not from {visible(server.issuer)}.",
            "Nothing was sent to it. Start the sign-in again.",
        )
    if error := answer.get("error"):
        raise _refusal(error, answer.get("error_description", ""), server.issuer)
    code = answer.get("code")
    if not code:
        raise OAuthFailed(
            "bad_response",
            f"{visible(server.issuer)} answered without a code.",
            "Start the sign-in again.",
        )
    return code


def _refusal(error: str, description: str, issuer: str) -> OAuthFailed:
    if error == "access_denied":
        return OAuthFailed(
            error, "The sign-in was declined.", "Start it again if that was not meant."
        )
    said = visible(f"{error}: {description}" if description else error)
    return OAuthFailed(
        visible(error), f"{visible(issuer)} refused the sign-in ({said}).", "Start it again."
    )


def _received(token: Token) -> str:
    where = visible(token.resource or token.origin)
    if token.expires_at is None:
        return f"Received a token for {where}, valid until the server says otherwise."
    until = datetime.fromtimestamp(token.expires_at, UTC)
    return f"Received a token for {where}, valid until {until:%Y-%m-%d %H:%M:%S} UTC."
