"""What a browser shows while the person is asked in Keyfob; no control on it approves."""

from __future__ import annotations

import html
from importlib.resources import files
from string import Template

from keyfob_core.pairing.answers import Answer
from keyfob_core.pairing.answers import html as page_answer
from keyfob_core.words.plain import visible

_SECONDS = 2
_HINT = (
    "Answer in Keyfob's window or in the terminal where it runs. Nothing on this page can answer "
    "for you."
)


class PairingPages:
    """Renders the pages; others' words are text on them."""

    def __init__(self) -> None:
        self._template = Template(
            (files("keyfob_resources") / "pages" / "wait.html").read_bytes().decode()
        )

    def waits(self, name: str) -> Answer:
        """The person is asked; the page loads itself anew until they have answered."""
        text = f"{name or 'A program'} wants to use Keyfob. Let it in, or not, in Keyfob."
        return self._page(200, "Answer in Keyfob", text, _HINT, again=_again())

    def is_busy(self, url: str) -> Answer:
        """Another client is asked about; the page tries again by itself."""
        text = "Keyfob asks about another program. This one has its turn after that."
        return self._page(503, "One at a time", text, _HINT, again=_again(url))

    def goes_back(self, url: str) -> Answer:
        """The answer goes to a program by its own scheme."""
        text = "You have answered. Your program takes it from here; you can close this tab."
        link = f'<a href="{html.escape(url)}">Go back to the program</a>'
        return self._page(200, "Answered", text, "", again=_again(url, 0), link=link)

    def ended(self) -> Answer:
        """Nothing waits under the id."""
        text = "It was answered, or not in time, or Keyfob was started anew. Begin in your program."
        return self._page(404, "Nothing waits here", text, "You can close this tab.")

    def wrong(self, why: str) -> Answer:
        """The request cannot be answered to the client."""
        return self._page(400, "This does not work", why, "You can close this tab.")

    def _page(
        self, status: int, title: str, text: str, hint: str, again: str = "", link: str = ""
    ) -> Answer:
        body = self._template.substitute(
            title=html.escape(title),
            text=html.escape(visible(text)),
            hint=link or html.escape(hint),
            again=again,
        )
        return page_answer(status, body.encode(errors="replace"))


def _again(url: str = "", seconds: int = _SECONDS) -> str:
    target = f"; url={html.escape(url)}" if url else ""
    return f'<meta http-equiv="refresh" content="{seconds}{target}">\n'
