"""The consent page of the demo's authorization server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import urlsplit

from mcp.server.auth.provider import AuthorizationParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from keyfob_core.demo.words import PEOPLE, SCOPES
from keyfob_core.words.plain import visible

Redirect = Callable[["Consent", str | None], str]
"""Where a person's answer leads; None for a refusal."""

_MOST_WAITING = 100
_PAGES = files("keyfob_resources") / "pages"


@dataclass(frozen=True, slots=True)
class Consent:
    """What one authorization request asks a person for."""

    client_id: str
    client_name: str
    """What the client says of itself: shown as such."""
    asked: AuthorizationParams


class Consents:
    """The requests that wait for a person, each shown at an address of its own."""

    def __init__(self, issuer: str, resource: str) -> None:
        self._issuer = issuer
        self._resource = resource
        self._waiting: dict[str, Consent] = {}

    def open(self, consent: Consent) -> str:
        """Keep the request and answer its page's address; the oldest of a hundred is forgotten."""
        if len(self._waiting) >= _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        key = secrets.token_urlsafe(32)
        self._waiting[key] = consent
        return f"{self._issuer}/consent?request={key}"

    def routes(self, redirect: Redirect) -> list[Route]:
        """The page, its style sheet, and where its form goes."""

        async def show(request: Request) -> Response:
            key = request.query_params.get("request", "")
            consent = self._waiting.get(key)
            return _ended() if consent is None else self._page(key, consent)

        async def answer(request: Request) -> Response:
            if request.headers.get("origin") not in (None, self._issuer):
                return _ended(403)
            async with request.form(max_files=0, max_fields=10) as form:
                fields = {name: str(value) for name, value in form.multi_items()}
            consent = self._waiting.pop(fields.get("request", ""), None)
            if consent is None or not _is_answer(fields):
                return _ended()
            person = fields["person"] if fields["decision"] == "allow" else None
            return RedirectResponse(redirect(consent, person), 303, headers=_headers(""))

        async def style(_: Request) -> Response:
            return Response((_PAGES / "demo_consent.css").read_bytes(), media_type="text/css")

        return [
            Route("/consent", show, methods=["GET"]),
            Route("/consent", answer, methods=["POST"]),
            Route("/consent.css", style, methods=["GET"]),
        ]

    def _page(self, key: str, consent: Consent) -> Response:
        scopes = "".join(f"<li>{escape(_in_words(scope))}</li>" for scope in _scopes(consent))
        redirect = urlsplit(str(consent.asked.redirect_uri))
        text = _fill(
            "demo_consent.html",
            {
                "client": escape(_visible(consent.client_name) or "A program without a name"),
                "resource": escape(self._resource),
                "destination": escape(redirect.netloc),
                "request": escape(key),
                "scopes": scopes,
                "people": "".join(_choice(name, name == PEOPLE[0]) for name in PEOPLE),
            },
        )
        return HTMLResponse(text, headers=_headers(f"{redirect.scheme}://{redirect.netloc}"))


def _ended(status: int = 400) -> Response:
    return HTMLResponse(_fill("demo_ended.html", {}), status, headers=_headers(""))


def _headers(form_target: str) -> dict[str, str]:
    """Headers of a page; browsers also hold a form's redirect against `form-action`."""
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {form_target}"
    )
    return {
        "Content-Security-Policy": policy.strip(),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        # With no-referrer browsers would send the form with `Origin: null`.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _fill(page: str, values: Mapping[str, str]) -> str:
    """The page with its values, which have to be escaped."""
    return Template((_PAGES / page).read_text("utf-8")).substitute(values)


def _choice(name: str, checked: bool) -> str:
    mark = " checked" if checked else ""
    return (
        f'<label><input type="radio" name="person" value="{escape(name)}"{mark}>'
        f'<span class="face" aria-hidden="true">{escape(name[0])}</span>'
        f"<span>{escape(name)}</span></label>"
    )


def _scopes(consent: Consent) -> list[str]:
    return consent.asked.scopes or []


def _in_words(scope: str) -> str:
    return SCOPES.get(scope, scope)


def _visible(name: str) -> str:
    """The name with control and bidirectional characters made visible, and not too long."""
    shown = visible(name)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _is_answer(fields: Mapping[str, str]) -> bool:
    return fields.get("decision") in ("allow", "deny") and fields.get("person") in PEOPLE
