"""The device authorization grant (RFC 8628): a code to enter elsewhere, and waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import (
    USUAL,
    Profile,
    Registration,
    Token,
)
from keyfob_core.oauth.authorization_answer import received
from keyfob_core.oauth.discovery import Discovery, discover
from keyfob_core.oauth.grants import client_request
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.metadata import AuthorizationServer, is_showable_url, text
from keyfob_core.oauth.plain import visible
from keyfob_core.oauth.registration import (
    UNKNOWN_CLIENT,
    is_forgettable,
    known_registration,
    register,
)
from keyfob_core.oauth.token_answer import (
    TRANSIENT_CODES,
    bad_response,
    expiry,
    form_or_json,
    raise_error,
)
from keyfob_core.oauth.tokens import TokenEndpoint
from keyfob_core.ports import Clock, Progress, ShowDeviceCode
from keyfob_core.steps import DeviceCode, Step

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"

Sleep = Callable[[float], Awaitable[None]]
"""Waits so many seconds."""

_USUAL_INTERVAL = 5.0
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 1.0, 60.0
_SLOWER_BY = 5.0
_USUAL_LIFE, _LONGEST_LIFE = 600.0, 3600.0
_LONGEST_CODE = 64
_TRANSIENT = TRANSIENT_CODES - {"slow_down"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignIn:
    """What stays the same through one sign-in, even where a registration has to be made anew."""

    found: Discovery
    scope: str | None
    progress: Progress
    show: ShowDeviceCode

    def tell(self, name: str, text: str) -> None:
        self.progress(Step(name, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Granted:
    """The server's answer: what the person sees, and the secret we ask with."""

    shown: DeviceCode
    device_code: str = field(repr=False)


class DeviceGrant:
    """Signs a person in with a browser anywhere; cancelling the call ends the sign-in."""

    def __init__(self, http: HttpClient, *, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._http = http
        self._clock = clock
        self._sleep = sleep
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
        show: ShowDeviceCode,
        profile: Profile = USUAL,
    ) -> Token:
        """Sign in to the server at `url`; `show` is called once the code is there.

        The arguments are those of `ports.SignIn`. Raises OAuthFailed (`access_denied`,
        `expired_token`, `device_code_unsupported`, ...) or UpstreamUnreachable.
        """
        found = await discover(
            self._http,
            url,
            challenge=challenge,
            known_issuer=registration.issuer if registration else None,
            profile=profile,
            fits=_require_device_grant,
        )
        sign_in = _SignIn(found=found, scope=found.scope(scopes), progress=progress, show=show)
        issuer = visible(found.server.issuer)
        sign_in.tell("discovery", f"Discovered {issuer} as the authorization server.")
        known = known_registration(
            found.server,
            kept=registration,
            forgotten=forgotten,
            client_id=client_id,
            profile=profile,
            now=self._clock(),
            redirected=False,
        )
        if known is None or not is_forgettable(known):
            return await self._sign_in(sign_in, known)
        try:
            return await self._sign_in(sign_in, known)
        except OAuthFailed as error:
            if error.oauth_code not in UNKNOWN_CLIENT:
                raise
        sign_in.tell("registration", f"{issuer} does not know Keyfob for this; registering.")
        return await self._sign_in(sign_in, None)

    async def _sign_in(self, sign_in: _SignIn, known: Registration | None) -> Token:
        registration = known or await self._register(sign_in)
        issuer, client_id = visible(registration.issuer), visible(registration.client_id)
        how = "Known to" if known else "Registered Keyfob at"
        sign_in.tell("registration", f"{how} {issuer} as client {client_id}.")
        granted = await self._begin(sign_in, registration)
        sign_in.show(granted.shown)
        token = await self._wait(sign_in, registration, granted)
        sign_in.tell("token", received(token))
        return token

    async def _register(self, sign_in: _SignIn) -> Registration:
        found = sign_in.found
        return await register(
            self._http,
            found.server,
            person_url=found.url,
            redirect_uri=None,
            scope=sign_in.scope,
            profile=found.profile,
            grant_type=GRANT_TYPE,
        )

    async def _begin(self, sign_in: _SignIn, registration: Registration) -> _Granted:
        """Ask for the codes (RFC 8628, section 3.1)."""
        found = sign_in.found
        now = self._clock()
        parameters = {
            found.profile.scope_param: sign_in.scope,
            "resource": found.resource_parameter,
        }
        endpoint = found.server.device_authorization_endpoint or ""
        request = client_request(endpoint, registration, now=now, **parameters)
        answer = await self._http.post(
            request.url, person_url=found.url, body=request.body, headers=request.headers
        )
        answer.raise_if_transient()
        document = form_or_json(answer)
        raise_error(document, registration.issuer, (registration.client_secret,))
        if answer.status != 200:
            raise bad_response(registration.issuer, f"HTTP {answer.status}")
        return _granted(document, registration.issuer, now)

    async def _wait(self, sign_in: _SignIn, registration: Registration, granted: _Granted) -> Token:
        """Ask until the person has answered (RFC 8628, section 3.5).

        What the network does to us costs time alone: the pause doubles, and we go on.
        """
        pause = granted.shown.interval
        while True:
            await self._sleep(pause)
            try:
                return await self._tokens.redeem(
                    GRANT_TYPE,
                    found=sign_in.found,
                    registration=registration,
                    scope=sign_in.scope,
                    transient=_TRANSIENT,
                    device_code=granted.device_code,
                )
            except UpstreamUnreachable:
                pause = min(_LONGEST_INTERVAL, pause * 2)
            except OAuthFailed as error:
                pause = _next_pause(error, pause)
            if self._clock() >= granted.shown.expires_at:
                raise _expired()


def _require_device_grant(server: AuthorizationServer) -> None:
    if server.device_authorization_endpoint is None:
        raise OAuthFailed(
            "device_code_unsupported",
            f"{visible(server.issuer)} offers no sign-in by device code.",
            "Connect with --method oauth.",
        )


def _next_pause(error: OAuthFailed, pause: float) -> float:
    """How long to wait after an answer that is no token, or the reason to stop."""
    match error.oauth_code:
        case "authorization_pending":
            return pause
        case "slow_down":
            return pause + _SLOWER_BY
        case "access_denied":
            raise OAuthFailed(
                "access_denied",
                "The sign-in was declined.",
                "Start it again if that was not meant.",
            ) from error
        case "expired_token":
            raise _expired() from error
        case _:
            raise error


def _expired() -> OAuthFailed:
    return OAuthFailed(
        "expired_token",
        "The code ran out before it was entered.",
        "Start the sign-in again for a new one.",
    )


def _granted(document: Mapping[str, object], issuer: str, now: float) -> _Granted:
    device_code, user_code = text(document, "device_code"), text(document, "user_code")
    # Google has said `verification_url` since before the RFC.
    uri = text(document, "verification_uri") or text(document, "verification_url")
    if device_code is None or user_code is None or uri is None:
        raise bad_response(issuer, "an incomplete device code")
    if len(user_code) > _LONGEST_CODE or visible(user_code) != user_code:
        raise bad_response(issuer, "a code that cannot be shown")
    complete = text(document, "verification_uri_complete")
    for address in (uri, complete):
        if address is not None and not is_showable_url(address):
            raise OAuthFailed(
                "insecure_url",
                f"{visible(issuer)} sends people to {visible(address)}, which is not safe.",
                "It has to begin with https:// (http:// is accepted on this machine only).",
            )
    life = expiry(document, 0.0) or _USUAL_LIFE
    shown = DeviceCode(
        user_code=user_code,
        verification_uri=uri,
        verification_uri_complete=complete,
        expires_at=now + min(life, _LONGEST_LIFE),
        interval=_interval(document.get("interval")),
    )
    return _Granted(shown=shown, device_code=device_code)


def _interval(said: object) -> float:
    """Five seconds unless the server says otherwise, within what can be meant."""
    if isinstance(said, bool) or not isinstance(said, int | float) or said != said:
        return _USUAL_INTERVAL
    # Compared before it becomes a float: JSON has numbers that are none.
    return float(min(max(said, _SHORTEST_INTERVAL), _LONGEST_INTERVAL))
