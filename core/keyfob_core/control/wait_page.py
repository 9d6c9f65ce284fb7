"""The page that a refused or waiting call links to: it says what waits, and changes nothing."""

from __future__ import annotations

import html
from importlib.resources import files
from string import Template

from keyfob_core.prompts import (
    AccessPrompt,
    ClientPrompt,
    PairingPrompt,
    PendingPrompt,
    SignInPrompt,
    ToolChangePrompt,
    ToolListPrompt,
    UnlockPrompt,
)
from keyfob_core.questions import Questions
from keyfob_core.words.plain import visible

_MOST_NAMES = 10
_AGAIN = '<meta http-equiv="refresh" content="2">\n'
_HINT = (
    "Answer in Keyfob's window or in the terminal where it runs. Nothing on this page can answer "
    "for you."
)


class WaitPage:
    """Renders `/wait/ID`; it has no control that approves, and loads itself anew while it waits."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._template = Template(
            (files("keyfob_resources") / "pages" / "wait.html").read_bytes().decode()
        )

    def __call__(self, wait_id: str) -> bytes:
        """The page for what waits under an id, or for what no longer does."""
        pending = next((one for one in self._questions.waiting() if one.id == wait_id), None)
        title, text = _words(pending)
        page = self._template.substitute(
            title=html.escape(title),
            text=html.escape(visible(text)),
            again=_AGAIN if pending is not None else "",
            hint=_HINT,
        )
        return page.encode(errors="replace")


def _words(pending: PendingPrompt | None) -> tuple[str, str]:
    if pending is None:
        return "Nothing waits here", "It was answered, or Keyfob was started anew. Try again."
    match pending.prompt:
        case AccessPrompt(client=client, tool=tool, server=server):
            return "Keyfob has a question", f"May {client.name} call {tool} of {server}?"
        case ClientPrompt(peer=peer):
            return "Keyfob has a question", f"May {peer.executable} use Keyfob?"
        case PairingPrompt(claimed=claimed):
            return "Keyfob has a question", f"May {claimed.name or 'a program'} use Keyfob?"
        case SignInPrompt(server=server, account=account):
            return "Keyfob has a question", f"Sign in to {server} as the account {account}?"
        case ToolListPrompt(server=server, tools=tools):
            return "Keyfob has a question", f"May programs use the {len(tools)} tools of {server}?"
        case ToolChangePrompt(server=server, changes=changes):
            named = ", ".join(change.tool for change in changes[:_MOST_NAMES])
            return "Keyfob has a question", f"Tools of {server} are new or have changed: {named}."
        case UnlockPrompt():
            return "Keyfob is locked", "A call waits until you unlock Keyfob."
        case other:
            return "Keyfob has a question", other.text
