"""The person at the terminal, as the core's prompter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping

from keyfob_core.cli.tool_text import seen_tool_text, tool_change_text
from keyfob_core.config import check_client_name
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Claims, KnownBy, Peer
from keyfob_core.prompts import (
    AccessPrompt,
    Answer,
    ClientPrompt,
    Decision,
    Dismissed,
    Lasts,
    PairingPrompt,
    PassphrasePrompt,
    Prompt,
    SignInPrompt,
    ToolChangePrompt,
    ToolListPrompt,
    UnlockPrompt,
    WideningPrompt,
)
from keyfob_core.system.tty import Terminal
from keyfob_core.words.plain import visible

_DEFAULT_HOURS = 8
_MOST_HOURS = 24 * 365
_KNOWN = {
    KnownBy.TOKEN: "by its token",
    KnownBy.PROCESS: "by its process",
    KnownBy.SIGNATURE: "by its signature",
    KnownBy.PAIRING: "by pairing",
    KnownBy.KEYFOB: "Keyfob itself",
}


ScopeWords = Callable[[SignInPrompt], Awaitable[Mapping[str, str]]]
"""What the scopes of a sign-in mean and how risky they are, as far as the provider is known."""


async def no_words(prompt: SignInPrompt) -> Mapping[str, str]:
    """Scopes by their names alone."""
    return {}


class TerminalPrompter:
    """Asks at the terminal, one question at a time; without one every question is dismissed.

    Commands are not answered here: each asks at its own terminal.
    """

    def __init__(self, terminal: Terminal | None, scope_words: ScopeWords = no_words) -> None:
        self._terminal = terminal
        self._scope_words = scope_words
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
                return await _Dialogue(self._terminal, self._scope_words).answer(prompt)
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

    def __init__(self, terminal: Terminal, scope_words: ScopeWords = no_words) -> None:
        self._terminal = terminal
        self._scope_words = scope_words

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
            case PairingPrompt():
                return await self._pairing(prompt)
            case SignInPrompt():
                return await self._sign_in(prompt)
            case PassphrasePrompt():
                return await self._passphrase(prompt)
            case ToolListPrompt():
                return await self._tool_list(prompt)
            case ToolChangePrompt():
                return await self._tool_changes(prompt)
            case UnlockPrompt():
                self._show(prompt.text, ())
                return Decision(await self.yes("Unlock it?"))

    async def yes(self, question: str) -> bool:
        return (await self._line(f"{question} [y/N] ") or "").strip().lower() in ("y", "yes")

    async def _access(self, prompt: AccessPrompt) -> Answer:
        self._show(f"{prompt.client.name} asks to use a tool.", _access_facts(prompt))
        if prompt.says is not None:
            self._terminal.write(f"  it says of itself\n{seen_tool_text(prompt.says)}")
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
        if prompt.former is None:
            self._show("A program that has no name yet wants to use Keyfob.", facts)
        else:
            was = prompt.former_signer or "nobody"
            facts = (*facts, ("you named it", prompt.former), ("signed then by", was))
            self._show("A program that was signed by another wants to use Keyfob.", facts)
        return await self._name(prompt.suggested_name)

    async def _pairing(self, prompt: PairingPrompt) -> Answer:
        self._show("A program wants to pair with Keyfob.", _pairing_facts(prompt))
        return await self._name(prompt.suggested_name)

    async def _name(self, suggested: str) -> Answer:
        question = f"Its name, or - to refuse it [{visible(suggested)}] "
        while (typed := await self._line(question)) is not None:
            name = typed.strip() or suggested
            if name == "-":
                return Decision(False)
            try:
                return Decision(True, Lasts.ALWAYS, text=check_client_name("name", name))
            except ConfigInvalid as error:
                self._terminal.write(f"{visible(str(error))}\n")
        return Dismissed()

    async def _sign_in(self, prompt: SignInPrompt) -> Answer:
        if not prompt.more_scopes:
            self._show(f"{prompt.client.name} waits for a sign-in.", _sign_in_facts(prompt))
            return Decision(await self.yes("Sign in now, in the browser?"))
        self._show(f"{prompt.client.name} needs more than it has.", _sign_in_facts(prompt))
        words = await self._scope_words(prompt)
        self._terminal.write(f"  scopes\n{_scope_diff(prompt, words)}")
        return Decision(await self.yes("Sign in for the scopes marked +, in the browser?"))

    async def _tool_list(self, prompt: ToolListPrompt) -> Answer:
        self._show("A server's tools are new to you.", _server_facts(prompt))
        self._terminal.write("".join(map(seen_tool_text, prompt.tools)))
        return await self._decide("May clients know and call all of these?")

    async def _tool_changes(self, prompt: ToolChangePrompt) -> Answer:
        self._show("A server's tools are others than you approved.", _server_facts(prompt))
        self._terminal.write("".join(map(tool_change_text, prompt.changes)))
        return await self._decide("May clients know and call them as they are now?")

    async def _decide(self, question: str) -> Answer:
        """A yes or a no; no line at all is neither."""
        while (typed := await self._line(f"{question} [y/n] ")) is not None:
            if typed.strip().lower() in ("y", "yes", "n", "no"):
                return Decision(typed.strip().lower().startswith("y"))
        return Dismissed()

    async def _passphrase(self, prompt: PassphrasePrompt) -> Answer:
        self._terminal.write(f"\n{visible(prompt.text, lines=True)}\n")
        question = "New passphrase: " if prompt.new else "Passphrase: "
        while typed := await self._line(question, echo=False):
            if not prompt.new or typed == await self._line("Once more: ", echo=False):
                return Decision(True, text=typed)
            self._terminal.write("The two are not the same. Nothing typed leaves it as it is.\n")
        return Dismissed()

    def _show(self, title: str, facts: tuple[tuple[str, str], ...]) -> None:
        width = max((len(label) for label, _ in facts), default=0)
        shown = "".join(f"  {label.ljust(width)}  {visible(value)}\n" for label, value in facts)
        self._terminal.write(f"\n{visible(title)}\n{shown}")

    async def _line(self, question: str, *, echo: bool = True) -> str | None:
        self._terminal.write(question)
        return await self._terminal.read_line(echo=echo)


def _choices(lasts: tuple[Lasts, ...]) -> dict[str, tuple[str, Decision]]:
    every = {
        "y": ("once", Decision(True, Lasts.ONCE)),
        "s": ("this session", Decision(True, Lasts.SESSION)),
        "l": ("until the lock", Decision(True, Lasts.UNTIL_LOCK)),
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


def _pairing_facts(prompt: PairingPrompt) -> tuple[tuple[str, str], ...]:
    process = tuple(_process_facts(prompt.peer))
    if prompt.peer is None and prompt.executable is not None:
        process = (("process", f"{prompt.executable} (when it registered)"),)
    return (
        *process,
        *_claim_facts(prompt.claimed),
        ("answer to", prompt.redirect),
        ("may reach", prompt.server or "every server, as your rules say"),
    )


def _process_facts(peer: Peer | None) -> Iterator[tuple[str, str]]:
    if peer is None:
        yield "process", "unknown process"
        return
    yield "process", f"{peer.executable} (process {peer.pid})"
    if peer.signer:
        yield "signed by", peer.signer
    if peer.parents:
        yield "started by", " < ".join(peer.parents)


def _claim_facts(claimed: Claims) -> Iterator[tuple[str, str]]:
    said = " ".join(part for part in (claimed.name, claimed.version) if part)
    if said:
        yield "calls itself", said
    if claimed.user_agent:
        yield "user agent", claimed.user_agent


def _server_facts(prompt: ToolListPrompt | ToolChangePrompt) -> tuple[tuple[str, str], ...]:
    return (("server", prompt.server), ("address", prompt.address))


def _sign_in_facts(prompt: SignInPrompt) -> tuple[tuple[str, str], ...]:
    return (("server", prompt.server), ("account", prompt.account), ("reason", prompt.reason))


def _scope_diff(prompt: SignInPrompt, words: Mapping[str, str]) -> str:
    """One line a scope: what the account has, then what it is to get, marked +."""
    marked = [(" ", scope) for scope in prompt.scopes]
    marked += [("+", scope) for scope in prompt.more_scopes]
    width = max(len(visible(scope)) for _, scope in marked)
    return "".join(
        f"  {mark} {visible(scope).ljust(width)}  {visible(words.get(scope, ''))}".rstrip() + "\n"
        for mark, scope in marked
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in visible(text, lines=True).split("\n"))
