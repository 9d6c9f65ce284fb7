"""Authorization codes: short of life, good once, and their grant's end when used again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from keyfob_core.identity.recognition import token_digest
from keyfob_core.pairing.authorization import AuthorizationRequest
from keyfob_core.ports import Clock

CODE_SECONDS = 60.0
_REMEMBERED_SECONDS = 600.0


@dataclass(slots=True)
class Code:
    """What a code stands for."""

    request: AuthorizationRequest
    name: str
    """The name that the person gave the client."""
    ends_at: float
    spent: bool = False
    family: str | None = None
    """Of the pairing that was made for it."""


class Codes:
    """The codes of the last minutes, by their digests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}

    def new(self, request: AuthorizationRequest, name: str) -> str:
        """A fresh code for what the person allowed."""
        now = self._clock()
        self._codes = {
            digest: code
            for digest, code in self._codes.items()
            if now < code.ends_at + _REMEMBERED_SECONDS
        }
        code = f"kfa_{secrets.token_urlsafe(32)}"
        self._codes[token_digest(code)] = Code(request, name, now + CODE_SECONDS)
        return code

    def find(self, code: str) -> Code | None:
        """What a code stands for, also when it was spent or is too old."""
        return self._codes.get(token_digest(code))

    def is_over(self, code: Code) -> bool:
        """Whether a code is too old."""
        return self._clock() >= code.ends_at
