from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.config import Config, Server
from keyfob_core.errors import AccessDenied, AnswerAwaited, AuditUnavailable, UnknownName
from keyfob_core.model import AuditEvent
from keyfob_core.prompts import ToolChangePrompt, ToolListPrompt
from keyfob_core.questions import Questions
from keyfob_core.tools.pinning import MAX_WAITING, Pinning
from keyfob_core.traits import Trait
from keyfob_core.waits import Wait
from support.eventually import eventually
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter
from support.tables import MemoryPins

SERVER = Server("s", "https://x/mcp")
A, B = {"name": "a", "description": "A."}, {"name": "b", "description": "B."}
OTHER_A = {"name": "a", "description": "Another."}


@dataclass
class Log:
    events: list[AuditEvent] = field(default_factory=list[AuditEvent])
    broken: bool = False

    def record(self, event: AuditEvent) -> None:
        if self.broken:
            raise AuditUnavailable("The disk is full.")
        self.events.append(event)

    def named(self, name: str) -> list[str | None]:
        return [event.tool for event in self.events if event.event == name]


@dataclass
class Pinned:
    pinning: Pinning
    prompter: RecordingPrompter
    log: Log
    table: MemoryPins
    told: list[str]

    async def listed(
        self, *tools: dict[str, Any], wait: float | None = 5.0, server: Server = SERVER
    ) -> list[str]:
        """The names that pass of a list with these tools."""
        waits = Wait(wait) if wait is not None else None
        shown = await self.pinning.review(server, tools, waits)
        return [str(tool["name"]) for tool, one in zip(tools, shown, strict=True) if one]


@asynccontextmanager
async def pinned(
    *answers: Any,
    attended: bool = True,
    table: MemoryPins | None = None,
    config: Callable[[], Config] = lambda: Config(servers={"s": SERVER}),
) -> AsyncGenerator[Pinned]:
    prompter = RecordingPrompter(*answers, attended=attended)
    questions = Questions(prompter, lambda: 1.0, lambda: None)
    log, told, table = Log(), list[str](), table or MemoryPins()
    pinning = Pinning(config, table, questions, log, lambda: 1.0, told.append)
    try:
        yield Pinned(pinning, prompter, log, table, told)
    finally:
        await pinning.close()
        await questions.close()


async def test_what_may_be_called_is_what_was_approved() -> None:
    async with pinned(ALLOW) as made:
        assert not made.pinning.passes(SERVER, "a")
        assert await made.listed(A, B) == ["a", "b"]
        facts = made.pinning.facts(SERVER, "a")
        assert facts is not None
        assert facts.traits == {Trait.DESTRUCTIVE, Trait.OPEN_WORLD}
        assert made.pinning.passes(SERVER, "a")
        assert not made.pinning.passes(SERVER, "c")
        assert made.told[-1] == "s"


async def test_an_approval_that_cannot_be_recorded_is_none() -> None:
    async with pinned(attended=False) as made:
        assert await made.listed(A) == []
        made.log.broken = True
        [(pin, _)] = made.pinning.pending()
        with pytest.raises(AuditUnavailable):
            made.pinning.approve([pin], "test")
        assert made.table.approved() == ()
        assert not made.pinning.passes(SERVER, "a")
        assert await made.listed(A) == []


@pytest.mark.expects_log("audit_unavailable")
async def test_an_answer_that_cannot_be_recorded_shows_nothing() -> None:
    async with pinned() as made:
        listing = asyncio.ensure_future(made.listed(A))
        await made.prompter.prompted()
        made.log.broken = True
        made.prompter.answer(ALLOW)
        assert await listing == []


async def test_a_dismissed_change_is_not_asked_about_by_every_list() -> None:
    async with pinned(ALLOW, DISMISSED) as made:
        await made.listed(A)
        for _ in range(3):
            assert await made.listed(OTHER_A, wait=None) == []
            await eventually(lambda: made.log.events[-1].outcome == "dismissed")
        assert len(made.prompter.asked) == 2
        made.prompter.answer(ALLOW)
        await made.pinning.admit(SERVER, "a", Wait(5))
        assert len(made.prompter.asked) == 3


async def test_a_call_that_waited_too_long_names_the_tool_and_the_question() -> None:
    async with pinned(ALLOW) as made:
        await made.listed(A)
        await made.listed(OTHER_A, wait=None)
        with pytest.raises(AnswerAwaited, match="tool a of s") as caught:
            await made.pinning.admit(SERVER, "a", Wait(0.01))
        assert caught.value.wait_id


async def test_a_question_is_a_list_at_first_and_a_change_later() -> None:
    async with pinned(ALLOW, DENY) as made:
        await made.listed(A)
        await made.listed(A, B, wait=None)
        await eventually(lambda: made.log.named("tool_rejected") == ["b"])
        first, second = made.prompter.asked
        assert isinstance(first, ToolListPrompt)
        assert isinstance(second, ToolChangePrompt)


async def test_a_no_is_for_the_text_that_was_shown() -> None:
    async with pinned(ALLOW) as made:
        await made.listed(A)
        await made.listed(OTHER_A, wait=None)
        await made.prompter.prompted(2)
        await made.listed({"name": "a", "description": "A third."}, wait=None)
        made.prompter.answer(DENY)
        prompt = await made.prompter.prompted(3)
        assert isinstance(prompt, ToolChangePrompt)
        assert prompt.changes[0].fields[0].after == "A third."
        assert made.log.named("tool_rejected") == []


async def test_what_was_decided_elsewhere_is_asked_no_more_and_who_waits_goes_on() -> None:
    async with pinned() as made:
        listing = asyncio.ensure_future(made.listed(A, B))
        await made.prompter.prompted()
        a, b = made.pinning.find(pin.id for pin, _ in made.pinning.pending())
        made.pinning.reject([b], "command")
        left = await made.prompter.prompted(2)
        assert isinstance(left, ToolChangePrompt)
        assert [change.tool for change in left.changes] == ["a"]
        made.pinning.approve([a], "command")
        assert await asyncio.wait_for(listing, 5) == ["a"]
        assert made.prompter.withdrawn == made.prompter.asked
        assert made.log.named("tool_dismissed") == []


async def test_a_removed_servers_tools_are_asked_about_no_more() -> None:
    async with pinned() as made:
        listing = asyncio.ensure_future(made.listed(A))
        await made.prompter.prompted()
        made.pinning.forget("s")
        assert await asyncio.wait_for(listing, 5) == []
        assert made.prompter.withdrawn == made.prompter.asked


async def test_a_yes_for_a_server_that_is_elsewhere_by_now_approves_nothing() -> None:
    servers = {"s": SERVER}
    async with pinned(config=lambda: Config(servers=servers)) as made:
        listing = asyncio.ensure_future(made.listed(A))
        await made.prompter.prompted()
        servers["s"] = Server("s", "https://y/mcp")
        made.prompter.answer(ALLOW)
        assert await listing == []
        assert made.table.approved() == ()


async def test_where_pinning_is_off_everything_passes_and_nothing_is_kept() -> None:
    off = replace(SERVER, pinning=False)
    async with pinned(config=lambda: Config(servers={"s": off})) as made:
        assert await made.listed(A, server=off) == ["a"]
        assert made.pinning.passes(off, "never seen")
        assert made.table.waiting() == ()


async def test_a_server_cannot_fill_the_disk_with_tools() -> None:
    tools = [{"name": f"t{number}"} for number in range(MAX_WAITING + 50)]
    async with pinned(attended=False) as made:
        assert await made.listed(*tools) == []
        assert await made.listed(*tools[::-1]) == []
        assert len(made.table.waiting()) == MAX_WAITING
        assert len(made.log.events) == 1


async def test_a_removed_server_is_forgotten() -> None:
    async with pinned(ALLOW) as made:
        await made.listed(A)
        made.pinning.forget("s")
        assert made.table.approved() == ()
        assert not made.pinning.passes(SERVER, "a")


async def test_an_unknown_id_is_refused_by_its_name() -> None:
    async with pinned(attended=False) as made:
        with pytest.raises(UnknownName, match="tnone"):
            made.pinning.find(["tnone"])


async def test_a_tool_that_nobody_listed_is_refused_with_what_to_do() -> None:
    async with pinned(attended=False) as made:
        with pytest.raises(AccessDenied, match="lists no tool hidden") as caught:
            made.pinning.check(SERVER, "hidden")
        assert "List its tools first" in caught.value.hint


TEXTS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3)
STEPS = st.lists(
    st.tuples(st.sampled_from(["list", "approve", "reject", "restart"]), TEXTS), max_size=12
)


@given(STEPS)
def test_only_what_was_approved_is_ever_shown_or_called(
    steps: list[tuple[str, dict[str, str]]],
) -> None:
    """Against a naive book: per tool the text that was approved last, and the one seen last."""

    async def play() -> None:
        table = MemoryPins()
        approved: dict[str, str] = {}
        seen: dict[str, str] = {}
        for step, texts in steps:
            async with pinned(attended=False, table=table) as made:
                pins = {pin.tool: pin for pin, _ in made.pinning.pending()}
                if step == "list":
                    tools = [{"name": name, "title": text} for name, text in texts.items()]
                    shown = await made.listed(*tools)
                    seen |= texts
                    assert shown == [n for n, text in texts.items() if approved.get(n) == text]
                elif step == "approve":
                    chosen = [pin for name, pin in pins.items() if name in texts]
                    made.pinning.approve(chosen, "test")
                    approved |= {pin.tool: seen[pin.tool] for pin in chosen}
                elif step == "reject":
                    made.pinning.reject([p for n, p in pins.items() if n in texts], "test")
                for name in "abc":
                    good = name in approved and approved[name] == seen[name]
                    assert made.pinning.passes(SERVER, name) is good

    asyncio.run(play())
