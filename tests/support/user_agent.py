"""A person with a browser, scripted: follows redirects, fills in forms, presses the button."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx2

MOST_FORMS = 5


@dataclass
class _Form:
    action: str
    id: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, str] = field(default_factory=dict)
    """Named ones that stand outside of the form; none of them is pressed by itself."""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self._open = False

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(attributes.get("action", ""), attributes.get("id", "")))
            self._open = True
        elif tag in {"input", "button"} and attributes.get("name"):
            self._control(attributes)

    def _control(self, attributes: Mapping[str, str]) -> None:
        name, value = attributes["name"], attributes.get("value", "")
        if self._open:
            self.forms[-1].fields.setdefault(name, value)
        for form in self.forms:
            if form.id and form.id == attributes.get("form"):
                form.buttons[name] = value


class UserAgent:
    """A `ports.Browser`: returns at once, as one does, and goes its way beside the caller.

    `presses` names a button beside a form, with which it ends its way.
    """

    def __init__(
        self, filling: Mapping[str, str] | None = None, *, opens: bool = True, presses: str = ""
    ) -> None:
        self.filling = dict(filling or {"login": "ada", "password": "lovelace"})
        self.presses = presses
        self.opens = opens
        self.urls: list[str] = []
        self._visits: list[asyncio.Task[httpx2.Response]] = []

    async def __call__(self, url: str) -> bool:
        self.urls.append(url)
        if self.opens:
            self.open(url)
        return self.opens

    def open(self, url: str) -> None:
        """Visit the address, as a person does who copies it."""
        self._visits.append(asyncio.create_task(self.visit(url)))

    async def last_page(self) -> httpx2.Response:
        """The page that the last visit ended on; errors of the visit are raised here."""
        async with asyncio.timeout(10):
            return await self._visits[-1]

    async def visit(self, url: str) -> httpx2.Response:
        headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        async with httpx2.AsyncClient(
            follow_redirects=True, verify=False, trust_env=False, headers=headers, timeout=30
        ) as client:
            page = await client.get(url)
            for _ in range(MOST_FORMS):
                form = first_form(page)
                if form is None:
                    return page
                filled = {
                    name: self.filling.get(name, value) for name, value in form.fields.items()
                }
                pressed = self.presses in form.buttons
                if pressed:
                    filled[self.presses] = form.buttons[self.presses]
                page = await client.post(urljoin(str(page.url), form.action), data=filled)
                if pressed:
                    return page
            raise AssertionError(f"still a form after {MOST_FORMS}: {page.url}")


def first_form(page: httpx2.Response) -> Any:
    """The first form of a page, or None."""
    if "html" not in page.headers.get("content-type", ""):
        return None
    parser = _Forms()
    parser.feed(page.text)
    return parser.forms[0] if parser.forms else None
