"""An authorization request (RFC 6749, section 4.1.1; RFC 7636; RFC 8707), read and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from keyfob_core.identity.pairings import RegisteredClient
from keyfob_core.pairing.answers import GrantRefused
from keyfob_core.pairing.parameters import required
from keyfob_core.pairing.redirects import is_registered, with_parameters

_LONGEST_STATE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a registered client asks for, and where its answer goes."""

    client: RegisteredClient
    redirect: str
    challenge: str
    state: str | None = field(repr=False)
    server: str | None
    """The only server that it is for; None for all."""
    issuer: str

    def answer(self, parameters: dict[str, str]) -> str:
        """The redirect with an answer: `state` as it came and `iss` (RFC 9207) with it."""
        state = {} if self.state is None else {"state": self.state}
        return with_parameters(self.redirect, {**parameters, **state, "iss": self.issuer})

    def refused(self, code: str, description: str) -> str:
        """The redirect with an error (RFC 6749, section 4.1.2.1)."""
        return self.answer({"error": code, "error_description": description})


class Unanswerable(Exception):
    """A request whose redirect cannot be trusted: it is answered to the person alone."""


class RefusedBack(Exception):
    """A request that is refused by a redirect; `url` is that."""

    def __init__(self, code: str, description: str, url: str) -> None:
        super().__init__(description)
        self.code = code
        self.url = url


def read_request(
    fields: Mapping[str, str],
    find: Callable[[str], RegisteredClient | None],
    server_of: Callable[[str], str | None],
    issuer: str,
) -> AuthorizationRequest:
    """Check a request's parameters.

    `find` knows the registered clients and `server_of` the resources; the latter raises
    GrantRefused. Raises Unanswerable and RefusedBack.
    """
    client = find(fields.get("client_id", ""))
    if client is None:
        raise Unanswerable("The program is not known here any more. Let it register again.")
    redirect = _redirect(fields, client)
    answer_to = AuthorizationRequest(
        client=client,
        redirect=redirect,
        challenge="",
        state=fields.get("state"),
        server=None,
        issuer=issuer,
    )
    try:
        challenge = _challenge(fields)
        server = server_of(fields.get("resource", ""))
    except GrantRefused as error:
        url = answer_to.refused(error.code, error.description)
        raise RefusedBack(error.code, error.description, url) from None
    return AuthorizationRequest(
        client=client,
        redirect=redirect,
        challenge=challenge,
        state=answer_to.state,
        server=server,
        issuer=issuer,
    )


def _redirect(fields: Mapping[str, str], client: RegisteredClient) -> str:
    redirect = fields.get("redirect_uri")
    if redirect is None and len(client.redirects) == 1:
        redirect = client.redirects[0]
    if redirect is None or not is_registered(redirect, client.redirects):
        raise Unanswerable("The program wants its answer at an address that it did not register.")
    if len(fields.get("state", "")) > _LONGEST_STATE:
        raise Unanswerable("The program's request is too long.")
    return redirect


def _challenge(fields: Mapping[str, str]) -> str:
    kind = required(fields, "response_type")
    if kind != "code":
        raise GrantRefused("unsupported_response_type", "The response_type has to be code.")
    if fields.get("response_mode", "query") != "query":
        raise GrantRefused("invalid_request", "The response_mode has to be query.")
    # Slow to import; an engine starts without it.
    from authlib.oauth2.rfc7636.challenge import (  # pyright: ignore[reportMissingTypeStubs]
        CODE_CHALLENGE_PATTERN,
    )

    challenge = required(fields, "code_challenge")
    method = fields.get("code_challenge_method")
    if method != "S256" or not CODE_CHALLENGE_PATTERN.fullmatch(challenge) or len(challenge) != 43:
        raise GrantRefused("invalid_request", "The code_challenge has to be one of S256.")
    return challenge
