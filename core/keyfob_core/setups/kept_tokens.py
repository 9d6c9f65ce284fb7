"""Tokens that another program obtained for a server and keeps in files of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from keyfob_core.model import Profile, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptToken:
    """A sign-in's tokens as they lie in a file, and the registration they were given to."""

    program: str
    path: str
    client_path: str
    """The file of the registration."""
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scope: str | None = None
    expires_at: float | None = None
    """Unix time; None where the file does not tell."""
    issuer: str | None = None
    """Who gave them, where the file tells."""
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    token_auth: str | None = None
    """How that client authenticates at the token endpoint (RFC 7591, section 2)."""


AdoptToken = Callable[[str, KeptToken, Profile], Awaitable[Token]]
"""Makes the token for the server at an address one of Keyfob's; raises Error."""
