"""Tools as a person approved them: what is new or changed waits, neither shown nor called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from keyfob_core.config import Config, Server
from keyfob_core.errors import AccessDenied, AnswerAwaited, Error, UnknownName
from keyfob_core.ports import Audit, Clock
from keyfob_core.prompts import Answer, Dismissed, Prompt, ToolChangePrompt, ToolListPrompt
from keyfob_core.questions import Questions
from keyfob_core.tools import pin_events
from keyfob_core.tools.pins import Facts, Pin, PinTable, change_prompt, list_prompt, pin_of
from keyfob_core.waits import Wait

_log = logging.getLogger(__name__)

Key = tuple[str, str, str]
"""Server, where it is, and tool."""

MAX_WAITING = 2000
"""Tools of one server that wait; what comes on top is neither kept nor shown."""
_LIST_SECONDS = 300.0


class Pinning:
    """Compares what servers list with what was approved, and asks about the rest.

    A pin belongs to a server at its address or command, and not to an account: a list and a call
    may go by different accounts, and what a person approves is what the server says.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        table: PinTable,
        questions: Questions,
        audit: Audit,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        """`changed` is told the server of which other tools may be called now."""
        self._config = config
        self._table = table
        self._questions = questions
        self._audit = audit
        self._clock = clock
        self._changed = changed
        self._approved: dict[Key, Pin] = {pin.key: pin for pin in table.approved()}
        self._waiting: dict[Key, Pin] = {pin.key: pin for pin in table.waiting()}
        self._callable: dict[Key, Facts] = {}
        """What a call looks up: approved, and not known to be another by now."""
        self._dismissed: set[str] = set()
        self._begun: dict[str, float] = {}
        """When a server's tools were first decided about, by where it is."""
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._asked: set[tuple[str, ...]] = set()
        """The keys of the open questions: the server, where it is, and the texts' ids."""
        for key in self._approved:
            self._index(key)

    def facts(self, server: Server, tool: str) -> Facts | None:
        """What is known of a tool that may be called; None for every other."""
        return self._callable.get((server.name, server.target, tool))

    def watches(self, server: Server) -> bool:
        """Whether the server's tools have to be approved."""
        return self._config().pins(server)

    def passes(self, server: Server, tool: str) -> bool:
        """Whether a call of the tool may go on without a word of the person."""
        return (server.name, server.target, tool) in self._callable or not self.watches(server)

    def knows(self, server: Server, tool: str) -> bool:
        """Whether the tool was ever listed."""
        key = (server.name, server.target, tool)
        return key in self._approved or key in self._waiting

    def will_ask(self, server: Server, *, continued: bool) -> bool:
        """Whether the server's list is one that nobody has decided about, and somebody can.

        So is a further page of one whose first page was decided about a moment ago.
        """
        if not (self._questions.attended and self.watches(server)):
            return False
        begun = self._begun.get(server.target, float("-inf"))
        return self._is_new(server) or (continued and self._clock() < begun + _LIST_SECONDS)

    async def review(
        self, server: Server, tools: Sequence[Mapping[str, Any]], wait: Wait | None
    ) -> list[bool]:
        """Which of the listed tools are as they were approved.

        What is not becomes pending, and is asked about; with a `wait` the answer is waited for.
        Raises AnswerAwaited, PersonAwaited, AuditUnavailable or StateUnavailable.
        """
        if not self.watches(server):
            return [True] * len(tools)
        now = self._clock()
        pins = [pin_of(server.name, server.target, tool, now) for tool in tools]
        self._note(server, [pin for pin in pins if pin is not None])
        undecided = [pin for pin in pins if pin is not None and self._is_undecided(pin)]
        if undecided and self._questions.attended:
            if wait is not None:
                await self._answered(server, undecided, wait)
            else:
                self._ask(server)
        return [pin is not None and self._is_approved(pin) for pin in pins]

    async def admit(self, server: Server, tool: str, wait: Wait) -> None:
        """Return when the tool may be called, after the person was waited for.

        Raises AccessDenied, AnswerAwaited or PersonAwaited.
        """
        pin = self._waiting.get((server.name, server.target, tool))
        if pin is not None and not pin.rejected and self._questions.attended:
            await self._answered(server, [pin], wait)
        self.check(server, tool)

    def check(self, server: Server, tool: str) -> None:
        """Raise AccessDenied for a tool that may not be called as it is."""
        if self.passes(server, tool):
            return
        key = (server.name, server.target, tool)
        pin, known = self._waiting.get(key), key in self._approved
        if pin is None:
            raise AccessDenied(
                f"The server {server.name} lists no tool {tool} that was approved.",
                "List its tools first; Keyfob then asks you about them.",
            )
        if pin.rejected:
            said = "was changed, and you said no to the change" if known else "was refused by you"
        else:
            said = "has changed since you approved it" if known else "was not approved yet"
        raise AccessDenied(
            f"The tool {tool} of {server.name} {said}.",
            f"Answer in Keyfob, or with `keyfob tool approve {pin.id}`.",
        )

    def pending(self) -> tuple[tuple[Pin, Pin | None], ...]:
        """What waits or was rejected, each with what was approved of it; oldest first.

        Nothing of servers that are gone, are elsewhere now, or need no approval.
        """
        return tuple(
            (pin, self._approved.get(pin.key))
            for pin in self._waiting.values()
            if self._is_in_force(pin)
        )

    def find(self, ids: Iterable[str]) -> tuple[Pin, ...]:
        """The pending texts of these ids; raises UnknownName."""
        known = {pin.id: pin for pin, _ in self.pending()}
        wanted = tuple(dict.fromkeys(ids))
        for one in wanted:
            if one not in known:
                raise UnknownName(f"No tool {one!r} waits.", "See `keyfob tool pending`.")
        return tuple(known[one] for one in wanted)

    def approve(self, pins: Sequence[Pin], by: str) -> None:
        """Take these texts for the tools' own; recorded before it holds.

        Raises AuditUnavailable or StateUnavailable, and then nothing is approved.
        """
        for pin in pins:
            self._record("tool_approved", pin, by)
        self._table.approve(pins)
        for pin in pins:
            self._approved[pin.key] = replace(pin, rejected=False)
            waiting = self._waiting.get(pin.key)
            if waiting is not None and waiting.digest != pin.digest:
                # Another text has come while the question was open.
                self._table.wait([waiting])
            else:
                self._waiting.pop(pin.key, None)
            self._index(pin.key)
        self._ask_no_more(pins)
        self._tell(pins)

    def reject(self, pins: Sequence[Pin], by: str) -> None:
        """Ask about these texts no more; raises AuditUnavailable or StateUnavailable."""
        current = [pin for pin in pins if self._is_current(pin)]
        for pin in current:
            self._record("tool_rejected", pin, by)
        rejected = [replace(pin, rejected=True) for pin in current]
        self._table.wait(rejected)
        self._waiting |= {pin.key: pin for pin in rejected}
        self._ask_no_more(rejected)
        self._tell(rejected)

    def known(self, server: Server) -> Mapping[str, tuple[Pin | None, Pin | None]]:
        """The tools that were ever listed, each with its approved text and the one that waits."""
        where = (server.name, server.target)
        keys = [key for key in {**self._approved, **self._waiting} if key[:2] == where]
        return {key[2]: (self._approved.get(key), self._waiting.get(key)) for key in keys}

    def restore(self, approved: Sequence[Pin], waiting: Sequence[Pin]) -> None:
        """Know again what `forget` answered; raises StateUnavailable."""
        self._table.approve(approved)
        self._table.wait(waiting)
        self._approved |= {pin.key: pin for pin in approved}
        self._waiting |= {pin.key: pin for pin in waiting}
        for pin in approved:
            self._index(pin.key)
        self._tell((*approved, *waiting))

    def take_back(self, pins: Sequence[Pin]) -> None:
        """Take these tools for never approved: another hand had written that they were."""
        for pin in pins:
            self._approved.pop(pin.key, None)
            self._callable.pop(pin.key, None)
        self._tell(pins)

    def forget(self, server: str) -> tuple[tuple[Pin, ...], tuple[Pin, ...]]:
        """Forget the tools of a server that was removed, and answer them for `restore`.

        First those that were approved, then those that waited. Raises StateUnavailable.
        """
        approved = tuple(pin for pin in self._approved.values() if pin.server == server)
        waiting = tuple(pin for pin in self._waiting.values() if pin.server == server)
        self._table.forget(server)
        for kept in (self._approved, self._waiting, self._callable):
            for key in [key for key in kept if key[0] == server]:
                del kept[key]
        self._ask_no_more(waiting)
        return approved, waiting

    def others(self, server: str) -> Mapping[str, str]:
        """Names of other servers and of their tools, each with what it is."""
        named = {key[2]: "tool" for key in self._approved if key[0] != server}
        return named | {name: "server" for name in self._config().servers if name != server}

    def prompt(self, server: Server, pins: Sequence[Pin]) -> Prompt:
        """The question about these texts, with all that is new or another in them."""
        others = self.others(server.name)
        if self._is_new(server):
            return list_prompt(server.name, server.address, pins, others)
        return change_prompt(server.name, server.address, pins, self._approved, others)

    async def close(self) -> None:
        """Ask nothing more."""
        tasks = tuple(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _note(self, server: Server, pins: Sequence[Pin]) -> None:
        """Keep what has not been seen before, and let what is as approved wait no more."""
        other = {pin.key for pin in pins if not self._is_approved(pin)}
        settled = [p for p in pins if p.key in self._waiting and p.key not in other]
        room = MAX_WAITING - sum(key[:2] == (server.name, server.target) for key in self._waiting)
        news: dict[Key, Pin] = {}
        for pin in pins:
            if self._is_approved(pin) or self._is_current(pin):
                continue
            if pin.key in self._waiting or len(news) < room:
                news[pin.key] = pin
        if settled:
            self._table.settle(settled)
            for pin in settled:
                self._waiting.pop(pin.key, None)
                self._index(pin.key)
        if news:
            self._record_news(server, list(news.values()))
            self._table.wait(list(news.values()))
            self._waiting |= news
        hidden = [pin for pin in news.values() if self._callable.pop(pin.key, None) is not None]
        if settled or hidden:
            self._tell([*settled, *hidden])

    async def _answered(self, server: Server, pins: Sequence[Pin], wait: Wait) -> None:
        """Ask, again where nobody answered the last time, and wait for the answer."""
        wait.begin()
        self._dismissed -= {pin.id for pin in pins}
        try:
            await wait.until(self._ask(server))
        except TimeoutError:
            named = f"The tool {pins[0].tool}" if len(pins) == 1 else f"{len(pins)} tools"
            waits = "waits" if len(pins) == 1 else "wait"
            raise AnswerAwaited(
                f"{named} of {server.name} {waits} for your approval in Keyfob.",
                "Answer in Keyfob, then try again.",
                wait_id=self._wait_id(server),
            ) from None

    def _ask(self, server: Server) -> asyncio.Task[None]:
        """One task a server asks about all that waits there, as long as something does."""
        task = self._asking.get(server.name)
        if task is None or task.done():
            task = self._asking[server.name] = asyncio.ensure_future(self._ask_all(server))
        return task

    async def _ask_all(self, server: Server) -> None:
        while pins := self._unasked(server):
            prompt = self.prompt(server, pins)
            is_first = isinstance(prompt, ToolListPrompt)
            answer = await self._answer(server, pins, prompt)
            if answer is None:
                continue
            try:
                self._settle(pins, answer)
                if is_first:
                    self._begun[server.target] = self._clock()
            except Error as error:
                # Nothing was approved; whoever waits finds that out, and asking again helps none.
                _log.error("An answer about tools of %s was lost: %s", server.name, error.code)
                return

    async def _answer(self, server: Server, pins: Sequence[Pin], prompt: Prompt) -> Answer | None:
        """The person's answer; None where some of it was decided another way meanwhile."""
        key = (server.name, server.target, *(pin.id for pin in pins))
        self._asked.add(key)
        try:
            return await self._questions.ask(("tools", *key), prompt, wait=None)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if key in self._asked or (task is not None and task.cancelling()):
                raise
            return None
        finally:
            self._asked.discard(key)

    def _ask_no_more(self, pins: Sequence[Pin]) -> None:
        """Take back the questions about what is decided, so that none hides one that counts."""
        decided = {pin.id for pin in pins}
        for key in [key for key in self._asked if decided.intersection(key[2:])]:
            self._asked.remove(key)
            self._questions.withdraw(("tools", *key))

    def _settle(self, pins: Sequence[Pin], answer: Answer) -> None:
        if isinstance(answer, Dismissed):
            self._dismissed |= {pin.id for pin in pins}
            self._audit.record(pin_events.dismissed(pins))
        elif answer.allow:
            self.approve([pin for pin in pins if self._config_has(pin)], "prompt")
        else:
            self.reject(pins, "prompt")

    def _wait_id(self, server: Server) -> str:
        for pending in self._questions.waiting():
            prompt = pending.prompt
            about_tools = isinstance(prompt, ToolListPrompt | ToolChangePrompt)
            if about_tools and prompt.server == server.name:
                return pending.id
        return ""

    def _unasked(self, server: Server) -> list[Pin]:
        return [
            pin
            for pin in self._waiting.values()
            if pin.key[:2] == (server.name, server.target)
            and self._is_in_force(pin)
            and not pin.rejected
            and pin.id not in self._dismissed
        ]

    def _is_new(self, server: Server) -> bool:
        where = (server.name, server.target)
        return not any(key[:2] == where for key in self._approved) and not any(
            key[:2] == where and pin.rejected for key, pin in self._waiting.items()
        )

    def _is_approved(self, pin: Pin) -> bool:
        approved = self._approved.get(pin.key)
        return approved is not None and approved.digest == pin.digest

    def _is_current(self, pin: Pin) -> bool:
        waiting = self._waiting.get(pin.key)
        return waiting is not None and waiting.digest == pin.digest

    def _is_undecided(self, pin: Pin) -> bool:
        return self._is_current(pin) and not self._waiting[pin.key].rejected

    def _is_in_force(self, pin: Pin) -> bool:
        return self._config_has(pin) and self.watches(self._config().servers[pin.server])

    def _config_has(self, pin: Pin) -> bool:
        server = self._config().servers.get(pin.server)
        return server is not None and server.target == pin.target

    def _index(self, key: Key) -> None:
        if key in self._waiting:
            self._callable.pop(key, None)
        else:
            self._callable[key] = self._approved[key].facts

    def _tell(self, pins: Sequence[Pin]) -> None:
        for server in {pin.server for pin in pins}:
            self._changed(server)

    def _record(self, event: str, pin: Pin, by: str) -> None:
        self._audit.record(pin_events.decided(event, pin, self._approved.get(pin.key), by))

    def _record_news(self, server: Server, pins: Sequence[Pin]) -> None:
        changed = sum(pin.key in self._approved for pin in pins)
        self._audit.record(pin_events.waiting(server.name, pins, changed))
