"""What `keyfob_status` says: which servers need the person, why, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from keyfob_core.prompts import (
    AccessPrompt,
    PendingPrompt,
    SignInPrompt,
    ToolChangePrompt,
    ToolListPrompt,
)
from keyfob_core.transports.aggregate.listing import Gathered
from keyfob_core.transports.aggregate.roster import Absence
from keyfob_core.transports.aggregate.tools import structured
from keyfob_core.version import __version__
from keyfob_core.words.plain import visible


class StatusReport:
    """Tells one client how its servers are, and what waits for the person on its behalf."""

    def __init__(
        self,
        waiting: Callable[[], Iterable[PendingPrompt]],
        wait_url: Callable[[str], str | None],
    ) -> None:
        self._waiting = waiting
        self._wait_url = wait_url

    def of(self, client: str, gathered: Gathered) -> dict[str, Any]:
        """The tool's result; `gathered` are the servers' lists of tools."""
        tools = {server: len(items) for server, items in gathered.parts}
        absent = dict(gathered.absent)
        servers = [_server(name, tools.get(name), absent.get(name)) for name in gathered.servers]
        questions = [
            question
            for pending in self._waiting()
            if (question := self._question(client, gathered.servers, pending))
        ]
        ready = not questions and all(server["state"] == "ready" for server in servers)
        said = {
            "version": __version__,
            "ready": ready,
            "servers": servers,
            "questions": questions,
        }
        return structured(said, _prose(servers, questions))

    def _question(
        self, client: str, servers: Sequence[str], pending: PendingPrompt
    ) -> dict[str, str] | None:
        prompt = pending.prompt
        if isinstance(prompt, ToolListPrompt | ToolChangePrompt):
            if prompt.server not in servers:
                return None
            text = f"May programs know and call the tools of {prompt.server} as they are now?"
        elif not isinstance(prompt, AccessPrompt | SignInPrompt) or prompt.client.name != client:
            return None
        elif isinstance(prompt, AccessPrompt):
            text = f"May {client} call {prompt.tool} of {prompt.server}?"
        else:
            text = f"Sign in to {prompt.server} with the account {prompt.account}?"
        question = {"question": visible(text)}
        url = self._wait_url(pending.id)
        return question if url is None else {**question, "link": url}


def missing(absent: Iterable[tuple[str, Absence]]) -> list[dict[str, str]]:
    """Servers that are not there, for an answer that had to do without them."""
    return [{"server": server, **_why(absence)} for server, absence in absent]


def _server(name: str, tools: int | None, absence: Absence | None) -> dict[str, Any]:
    said: dict[str, Any] = {"name": name, "state": "ready"}
    if tools is not None:
        said["tools"] = tools
    if absence is not None:
        state = "slow" if absence.code == "slow" else "unreachable"
        said["state"] = "needs_person" if absence.needs_person else state
        said |= _why(absence)
    return said


def _why(absence: Absence) -> dict[str, str]:
    said = {"reason": visible(absence.reason)}
    return {**said, "next_step": visible(absence.hint)} if absence.hint else said


def _prose(servers: list[dict[str, Any]], questions: list[dict[str, str]]) -> str:
    lines = [_line(server) for server in servers] or ["No server is set up for this client."]
    lines += [f"Keyfob asks: {_with_link(question)}" for question in questions]
    return "\n".join(lines)


def _line(server: Mapping[str, Any]) -> str:
    state = str(server["state"]).replace("_", " ")
    count = f", {server['tools']} tools" if "tools" in server else ""
    why = " ".join(str(server[key]) for key in ("reason", "next_step") if key in server)
    return f"{server['name']}: {state}{count}. {why}".strip()


def _with_link(question: Mapping[str, str]) -> str:
    return " ".join((question["question"], *filter(None, (question.get("link"),))))
