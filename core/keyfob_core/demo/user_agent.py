"""A scripted person with a browser, who walks through the demo's consent page."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2

from keyfob_core.errors import OAuthFailed

_MOST_REDIRECTS = 10


class ScriptedPerson:
    """Opens an authorization URL, reads the form that comes, and answers it.

    Callable as the `Browser` port while entered. `answer` is `allow` or `deny`.
    """

    def __init__(self, name: str = "Ada", answer: str = "allow") -> None:
        self._name = name
        self._answer = answer
        self._browser = httpx2.AsyncClient(trust_env=False, timeout=30)
        self._walk: asyncio.Task[str] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._walk is not None:
            self._walk.cancel()
            await asyncio.gather(self._walk, return_exceptions=True)
        await self._browser.aclose()

    async def __call__(self, url: str) -> bool:
        """Open the page and begin to answer its form; like a browser, does not wait for the end.

        A server that refuses sends the walk back to who asked, with the error. Raises OAuthFailed
        where it shows neither that nor a consent form, or redirects without end.
        """
        opened = await self._browser.get(url)
        page = await self._follow(opened)
        form = ConsentForm()
        form.feed(page.text)
        if form.action is not None:
            self._walk = asyncio.create_task(self._submit(page, form))
        elif _place(page) == _place(opened):
            raise OAuthFailed("bad_response", f"no consent form came from {_place(page)}")
        return True

    async def last_page(self) -> str:
        """The text of the page that the walk ends on; raises OAuthFailed where nothing began."""
        if self._walk is None:
            raise OAuthFailed("bad_response", "no consent form was answered")
        return await self._walk

    async def _submit(self, page: httpx2.Response, form: ConsentForm) -> str:
        fields = form.fields | {"person": self._name, "decision": self._answer}
        target = urljoin(str(page.url), form.action or "")
        answer = await self._browser.post(target, data=fields, headers={"Origin": _place(page)})
        return (await self._follow(answer)).text

    async def _follow(self, response: httpx2.Response) -> httpx2.Response:
        for _ in range(_MOST_REDIRECTS):
            if response.next_request is None:
                return response
            response = await self._browser.send(response.next_request)
        raise OAuthFailed("bad_response", f"{_place(response)} redirects without end")


class ConsentForm(HTMLParser):
    """Where a page's form goes, and what its hidden fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in one tag."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"]] = values.get("value", "")


def _place(page: httpx2.Response) -> str:
    parts = urlsplit(str(page.url))
    return f"{parts.scheme}://{parts.netloc}"
