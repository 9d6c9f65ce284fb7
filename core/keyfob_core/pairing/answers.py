"""Answers of the authorization server, and why it says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from keyfob_core.model import Headers

_PRIVATE: Headers = (
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; its length is the writer's to state."""

    status: int
    headers: Headers
    body: bytes


class GrantRefused(Exception):
    """A request that gets an error of RFC 6749, section 5.2, or of RFC 7591, section 3.2.2."""

    def __init__(
        self, code: str, description: str, *, status: int = 400, retry_after: int | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.retry_after = retry_after


def json_answer(status: int, value: Mapping[str, object], *more: tuple[str, str]) -> Answer:
    """A JSON object that nobody keeps."""
    headers = (("Content-Type", "application/json"), *_PRIVATE, *more)
    return Answer(status, headers, json.dumps(value).encode())


def refusal(error: GrantRefused) -> Answer:
    """The error as its RFC writes it."""
    told = {"error": error.code, "error_description": error.description}
    wait = error.retry_after
    more = (("Retry-After", str(wait)),) if wait is not None else ()
    return json_answer(error.status, told, *more)


def redirect(url: str, status: int = 302) -> Answer:
    """Send the browser on."""
    return Answer(status, (("Location", url), *_PRIVATE), b"")


def html(status: int, page: bytes) -> Answer:
    """A page that does nothing, and that no other page may show inside itself."""
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        *_PRIVATE,
    )
    return Answer(status, headers, page)
