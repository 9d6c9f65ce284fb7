"""The pages a browser shows at the end of a sign-in."""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Self

from keyfob_core.oauth.plain import visible


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class CallbackPages:
    """Renders the redirect listener's pages: no script, nothing loaded, others' words as text."""

    def __init__(self, template: bytes) -> None:
        self._template = Template(template.decode("utf-8"))

    @classmethod
    def load(cls) -> Self:
        """Read the template that ships with Keyfob."""
        return cls((files("keyfob_resources") / "pages" / "callback.html").read_bytes())

    def done(self) -> Page:
        """The sign-in is complete."""
        return self._page(
            200,
            "done",
            "You are signed in",
            "Keyfob has received the key.",
            "You can close this tab.",
        )

    def failed(self, message: str, hint: str) -> Page:
        """The sign-in ended without a token."""
        return self._page(400, "failed", "The sign-in did not work", message, hint)

    def not_ours(self) -> Page:
        """A request that is no answer to this sign-in."""
        return self._page(
            400,
            "failed",
            "Nothing to see here",
            "This address only takes the answer to a sign-in that Keyfob has just begun.",
            "You can close this tab.",
        )

    def _page(self, status: int, outcome: str, title: str, text: str, hint: str) -> Page:
        nonce = secrets.token_urlsafe(16)
        body = self._template.substitute(
            nonce=nonce,
            outcome=outcome,
            title=html.escape(title),
            text=html.escape(visible(text)),
            hint=html.escape(visible(hint)),
        )
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Connection": "close",
        }
        return Page(status, headers, body.encode("utf-8"))
