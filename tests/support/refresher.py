"""An issuer that rotates refresh tokens without leniency."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Token


class RotatingIssuer:
    """A `Refresher`: each refresh token is good once; reuse ends the family.

    `failure` is raised instead of answering; `gate` holds answers back until it is set.
    """

    def __init__(self, clock: Callable[[], float], life: float | None = 3600.0) -> None:
        self.refreshes = 0
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self._clock = clock
        self._life = life
        self._used: set[str | None] = set()

    async def refresh(self, token: Token) -> Token:
        self.asked.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if token.refresh_token in self._used:
            raise OAuthFailed("invalid_grant", "The refresh token was used before.")
        if token.renewal is None:
            self._used.add(token.refresh_token)
        self.refreshes += 1
        now = self._clock()
        generation = token.generation + 1
        return replace(
            token,
            access_token=f"access-{generation}",
            refresh_token=f"refresh-{generation}",
            obtained_at=now,
            expires_at=None if self._life is None else now + self._life,
            generation=generation,
        )
