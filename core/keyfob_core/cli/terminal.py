"""The person at the terminal, as the core's prompter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from keyfob_core.cli.text import visible
from keyfob_core.config import check_client_name
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import (
    AccessPrompt,
    Answer,
    Claims,
    ClientPrompt,
    Decision,
    Dismissed,
    KnownBy,
    Lasts,
    Peer,
    Prompt,
    SignInPrompt,
    WideningPrompt,
)
from keyfob_core.system.tty import Terminal

_DEFAULT_HOURS = 8
_MOST_HOURS = 24 * 365
_KNOWN = {
    KnownBy.TOKEN: "by its token",
    KnownBy.PROCESS: "by its process",
    KnownBy.KEYFOB: "Keyfob itself",
}


class TerminalPrompter:
    """Asks at the terminal, one question at a time; without one every question is dismissed.

    Commands are not answered here: each asks at its own terminal.
    """

    def __init__(self, terminal: Terminal | None) -> None:
        self._terminal = terminal
        self._turn = asyncio.Lock()

    @property
    def attended(self) -> bool:
        """Whether somebody can answer at the terminal now."""
        return self._terminal is not None and self._terminal.attended

    @property
    def answers_commands(self) -> bool:
        """Never: a command has a terminal of its own."""
        return False

    async def ask(self, prompt: Prompt) -> Answer:
        """Ask when the questions before it are done; cancelling withdraws the question."""
        async with self._turn:
            if self._terminal is None or not self._terminal.attended:
                return Dismissed()
            try:
                return await _Dialogue(self._terminal).answer(prompt)
            except asyncio.CancelledError:
                self._terminal.write("\n(This question was withdrawn.)\n")
                raise


async def confirm(terminal: Terminal, question: str, details: str) -> bool:
    """Whether the person at the terminal says yes."""
    terminal.write(f"{visible(question, lines=True)}\n")
    if details:
        terminal.write(f"{_indented(details)}\n")
    return await _Dialogue(terminal).yes("Go on?")


class _Dialogue:
    """One question, asked again until its answer is understood."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def answer(self, prompt: Prompt) -> Answer:
        match prompt:
            case AccessPrompt():
                return await self._access(prompt)
            case WideningPrompt():
                self._show(prompt.title, prompt.details)
                self._terminal.write(f"{_indented(prompt.text)}\n")
                return Decision(await self.yes("Allow this?"))
            case ClientPrompt():
                return await self._client(prompt)
            case SignInPrompt():
                self._show(f"{prompt.client.name} waits for a sign-in.", _sign_in_facts(prompt))
                return Decision(await self.yes("Sign in now, in the browser?"))

    async def yes(self, question: str) -> bool:
        return (await self._line(f"{question} [y/N] ") or "").strip().lower() in ("y", "yes")

    async def _access(self, prompt: AccessPrompt) -> Answer:
        self._show(f"{prompt.client.name} asks to use a tool.", _access_facts(prompt))
        self._terminal.write(f"  arguments\n{_indented(prompt.arguments)}\n")
        choices = _choices(prompt.lasts)
        offered = "  ".join(f"{key} {text}" for key, (text, _) in choices.items())
        while (typed := await self._line(f"Allow?  {offered}\n> ")) is not None:
            chosen = choices.get(typed.strip())
            if chosen is None:
                continue
            decision = chosen[1]
            if decision.lasts is Lasts.HOURS:
                hours = await self._hours()
                return Dismissed() if hours is None else Decision(True, Lasts.HOURS, hours)
            return decision
        return Dismissed()

    async def _hours(self) -> int | None:
        while (typed := await self._line(f"For how many hours? [{_DEFAULT_HOURS}] ")) is not None:
            text = typed.strip() or str(_DEFAULT_HOURS)
            if text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_HOURS:
                return int(text)
        return None

    async def _client(self, prompt: ClientPrompt) -> Answer:
        facts = (*_process_facts(prompt.peer), *_claim_facts(prompt.claimed))
        self._show("A program that has no name yet wants to use Keyfob.", facts)
        question = f"Its name, or - to refuse it [{visible(prompt.suggested_name)}] "
        while (typed := await self._line(question)) is not None:
            name = typed.strip() or prompt.suggested_name
            if name == "-":
                return Decision(False)
            try:
                return Decision(True, Lasts.ALWAYS, text=check_client_name("name", name))
            except ConfigInvalid as error:
                self._terminal.write(f"{visible(str(error))}\n")
        return Dismissed()

    def _show(self, title: str, facts: tuple[tuple[str, str], ...]) -> None:
        width = max((len(label) for label, _ in facts), default=0)
        shown = "".join(f"  {label.ljust(width)}  {visible(value)}\n" for label, value in facts)
        self._terminal.write(f"\n{visible(title)}\n{shown}")

    async def _line(self, question: str) -> str | None:
        self._terminal.write(question)
        return await self._terminal.read_line()


def _choices(lasts: tuple[Lasts, ...]) -> dict[str, tuple[str, Decision]]:
    every = {
        "y": ("once", Decision(True, Lasts.ONCE)),
        "s": ("this session", Decision(True, Lasts.SESSION)),
        "h": ("some hours", Decision(True, Lasts.HOURS)),
        "a": ("always", Decision(True, Lasts.ALWAYS)),
        "n": ("no", Decision(False, Lasts.ONCE)),
        "N": ("never", Decision(False, Lasts.ALWAYS)),
    }
    return {
        key: (text, decision)
        for key, (text, decision) in every.items()
        if key == "n" or decision.lasts in lasts
    }


def _access_facts(prompt: AccessPrompt) -> tuple[tuple[str, str], ...]:
    return (
        ("client", f"{prompt.client.name} (known {_KNOWN[prompt.client.known_by]})"),
        *_process_facts(prompt.peer),
        *_claim_facts(prompt.claimed),
        ("server", prompt.server),
        ("tool", prompt.tool),
        ("account", prompt.account or "none"),
    )


def _process_facts(peer: Peer | None) -> Iterator[tuple[str, str]]:
    if peer is None:
        yield "process", "unknown process"
        return
    yield "process", f"{peer.executable} (process {peer.pid})"
    if peer.parents:
        yield "started by", " < ".join(peer.parents)


def _claim_facts(claimed: Claims) -> Iterator[tuple[str, str]]:
    said = " ".join(part for part in (claimed.name, claimed.version) if part)
    if said:
        yield "calls itself", said
    if claimed.user_agent:
        yield "user agent", claimed.user_agent


def _sign_in_facts(prompt: SignInPrompt) -> tuple[tuple[str, str], ...]:
    return (("server", prompt.server), ("account", prompt.account), ("reason", prompt.reason))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in visible(text, lines=True).split("\n"))
