"""A scripted person with a browser, who walks through the demo's consent page."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

from keyfob_core.errors import OAuthFailed

_MOST_REDIRECTS = 10


class ScriptedPerson:
    """Opens an authorization URL, reads the form that comes, and answers it.

    Callable as the `Browser` port. `answer` is `allow` or `deny`.
    """

    def __init__(self, name: str = "Ada", answer: str = "allow") -> None:
        self._name = name
        self._answer = answer
        self._pages: list[str] = []

    @property
    def last_page(self) -> str:
        """The text of the page that the walk ended on."""
        return self._pages[-1] if self._pages else ""

    async def __call__(self, url: str) -> bool:
        """Walk from the authorization URL to the last page.

        A server that refuses sends the walk back to who asked, with the error. Raises OAuthFailed
        where it shows neither that nor a consent form, or the walk does not end.
        """
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
            opened = await browser.get(url)
            page = await _follow(browser, opened)
            form = ConsentForm()
            form.feed(page.text)
            if form.action is not None:
                page = await self._answered(browser, page, form)
            elif _place(page) == _place(opened):
                raise OAuthFailed("bad_response", f"no consent form came from {_place(page)}")
            self._pages.append(page.text)
        return True

    async def _answered(
        self, browser: httpx2.AsyncClient, page: httpx2.Response, form: ConsentForm
    ) -> httpx2.Response:
        fields = form.fields | {"person": self._name, "decision": self._answer}
        target = urljoin(str(page.url), form.action or "")
        answer = await browser.post(target, data=fields, headers={"Origin": _place(page)})
        return await _follow(browser, answer)


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


async def _follow(browser: httpx2.AsyncClient, response: httpx2.Response) -> httpx2.Response:
    for _ in range(_MOST_REDIRECTS):
        if response.next_request is None:
            return response
        response = await browser.send(response.next_request)
    raise OAuthFailed("bad_response", f"{_place(response)} redirects without end")


def _place(page: httpx2.Response) -> str:
    parts = urlsplit(str(page.url))
    return f"{parts.scheme}://{parts.netloc}"
