from __future__ import annotations

import asyncio

import pytest

from keyfob_core.consent import Consent
from keyfob_core.errors import AccessDenied, AnswerAwaited
from keyfob_core.model import AuthContext, Client, KnownBy, Listener, Verdict
from keyfob_core.prompts import AccessPrompt, Decision, Lasts
from keyfob_core.questions import Questions
from keyfob_core.waits import Wait
from support.audit_log import RecordedAudit, SetClock
from support.eventually import eventually
from support.prompter import ALLOW, DENY, DISMISSED, RecordingPrompter

CONTEXT = AuthContext(
    request_id="q_1",
    listener=Listener.HTTP,
    client=Client("cursor", KnownBy.TOKEN, "t1"),
    person="ada",
    session_id="s1",
    server="github",
    method="tools/call",
    tool="create_issue",
    account="work",
)


class World:
    def __init__(self, prompter: RecordingPrompter) -> None:
        self.prompter = prompter
        self.audit = RecordedAudit()
        self.kept: list[Decision] = []
        questions = Questions(prompter, SetClock(), lambda: None)
        self.consent = Consent(questions, self.audit, self._keep)

    async def _keep(self, context: AuthContext, decision: Decision) -> str:
        self.kept.append(decision)
        return "r1"

    async def verdict(self, context: AuthContext = CONTEXT, arguments: object = None) -> Verdict:
        return (await self.consent.decide(context, arguments, wait=Wait(5))).verdict


async def test_the_prompt_names_all_that_a_person_needs_to_know() -> None:
    world = World(RecordingPrompter(ALLOW))
    await world.verdict(arguments={"title": "x"})
    prompt = world.prompter.asked[0]
    assert isinstance(prompt, AccessPrompt)
    assert (prompt.client.name, prompt.server, prompt.tool) == ("cursor", "github", "create_issue")
    assert (prompt.account, prompt.peer) == ("work", None)
    assert '"title": "x"' in prompt.arguments


async def test_a_secret_among_the_arguments_is_not_shown_and_tells_questions_apart() -> None:
    world = World(RecordingPrompter(ALLOW, DENY))
    assert await world.verdict(arguments={"password": "hunter2"}) is Verdict.ALLOW
    assert await world.verdict(arguments={"password": "hunter3"}) is Verdict.DENY
    for prompt in world.prompter.asked:
        assert isinstance(prompt, AccessPrompt)
        assert "hunter" not in prompt.arguments
        assert "7 characters hidden" in prompt.arguments


async def test_arguments_that_nobody_can_be_shown_are_refused() -> None:
    nested: object = "x"
    for _ in range(5_000):
        nested = [nested]
    world = World(RecordingPrompter(ALLOW))
    with pytest.raises(AccessDenied, match="nested deeper"):
        await world.verdict(arguments={"a": nested})
    assert world.prompter.asked == []


async def test_once_means_once() -> None:
    world = World(RecordingPrompter(ALLOW, DENY))
    assert await world.verdict() is Verdict.ALLOW
    assert await world.verdict() is Verdict.DENY
    assert world.kept == []


async def test_an_answer_for_the_session_holds_for_that_session_client_tool_and_account() -> None:
    world = World(RecordingPrompter(Decision(True, Lasts.SESSION), *[DENY] * 4))
    assert await world.verdict() is Verdict.ALLOW
    assert await world.verdict(arguments={"other": 1}) is Verdict.ALLOW
    for other in (
        CONTEXT._replace(session_id="s2"),
        CONTEXT._replace(tool="delete"),
        CONTEXT._replace(account="home"),
        CONTEXT._replace(client=Client("cursor", KnownBy.TOKEN, "t2")),
    ):
        assert await world.verdict(other) is Verdict.DENY


@pytest.mark.parametrize("lasts", [Lasts.HOURS, Lasts.ALWAYS])
async def test_a_lasting_answer_becomes_a_rule(lasts: Lasts) -> None:
    decision = Decision(True, lasts, hours=2 if lasts is Lasts.HOURS else None)
    world = World(RecordingPrompter(decision))
    assert await world.verdict() is Verdict.ALLOW
    assert world.kept == [decision]


@pytest.mark.parametrize("lasts", [Lasts.HOURS, Lasts.ALWAYS])
async def test_a_lasting_answer_is_kept_at_once_though_the_call_waits_no_more(
    lasts: Lasts,
) -> None:
    world = World(RecordingPrompter())
    with pytest.raises(AnswerAwaited):
        await world.consent.decide(CONTEXT, None, wait=Wait(0.01))
    decision = Decision(True, lasts, hours=2 if lasts is Lasts.HOURS else None)
    world.prompter.answer(decision)
    await eventually(lambda: world.kept == [decision])
    told = [(event.event, event.outcome) for event in world.audit.events]
    assert told == [("prompt", None), ("decision", "allow")]


async def test_an_answer_for_the_session_holds_for_each_session_whose_call_waited_for_it() -> None:
    world = World(RecordingPrompter())
    other = CONTEXT._replace(session_id="s2")
    both = [asyncio.create_task(world.verdict(context)) for context in (CONTEXT, other)]
    await world.prompter.prompted()
    world.prompter.answer(Decision(True, Lasts.SESSION))
    assert await asyncio.gather(*both) == [Verdict.ALLOW] * 2
    assert [await world.verdict(context, 1) for context in (CONTEXT, other)] == [Verdict.ALLOW] * 2
    assert len(world.prompter.asked) == 1


async def test_always_is_offered_only_to_clients_known_by_more_than_their_path() -> None:
    world = World(RecordingPrompter(ALLOW, ALLOW))
    await world.verdict()
    await world.verdict(CONTEXT._replace(client=Client("node", KnownBy.PROCESS)))
    offered = [p.lasts for p in world.prompter.asked if isinstance(p, AccessPrompt)]
    assert Lasts.ALWAYS in offered[0]
    assert Lasts.ALWAYS not in offered[1]


async def test_a_dismissed_prompt_denies_and_is_recorded() -> None:
    world = World(RecordingPrompter(DISMISSED, ALLOW))
    with pytest.raises(AccessDenied):
        await world.verdict()
    told = [(event.event, event.outcome) for event in world.audit.events]
    assert told == [("prompt", None), ("decision", "dismissed")]
    assert await world.verdict() is Verdict.ALLOW


async def test_without_a_person_every_question_is_denied() -> None:
    world = World(RecordingPrompter(attended=False))
    with pytest.raises(AccessDenied) as caught:
        await world.verdict()
    assert "keyfob rule add" in caught.value.hint
    assert world.prompter.asked == []


async def test_other_arguments_are_another_question() -> None:
    world = World(RecordingPrompter())
    for number in (1, 2):
        with pytest.raises(AnswerAwaited):
            await world.consent.decide(CONTEXT, {"n": number}, wait=Wait(0.01))
    assert len(world.prompter.asked) == 2


async def test_an_answer_until_the_lock_holds_in_every_session_and_ends_with_the_lock() -> None:
    until_lock = Decision(allow=True, lasts=Lasts.UNTIL_LOCK)
    world = World(RecordingPrompter(until_lock, DENY))
    assert await world.verdict() is Verdict.ALLOW
    assert await world.verdict(CONTEXT._replace(session_id="s2")) is Verdict.ALLOW
    world.consent.lock()
    assert await world.verdict() is Verdict.DENY
    assert world.kept == []


async def test_an_answer_for_a_session_ends_with_that_session_alone() -> None:
    session = Decision(allow=True, lasts=Lasts.SESSION)
    world = World(RecordingPrompter(session, session, DENY))
    other = CONTEXT._replace(session_id="s2")
    for context in (CONTEXT, other):
        assert await world.verdict(context) is Verdict.ALLOW
    world.consent.end_session("s1")
    assert await world.verdict(other) is Verdict.ALLOW
    assert await world.verdict() is Verdict.DENY
    assert len(world.prompter.asked) == 3


async def test_what_was_asked_is_recorded_with_its_secrets_hidden_and_its_digest() -> None:
    world = World(RecordingPrompter(DENY))
    assert await world.verdict(arguments={"title": "x", "password": "hunter2"}) is Verdict.DENY
    asked, decided = world.audit.events
    assert (asked.event, decided.event) == ("prompt", "decision")
    assert asked.request_id == decided.request_id
    assert "hunter2" not in str(asked.details)
    assert '"title": "x"' in str(asked.details["arguments"])
    assert len(str(asked.details["digest"])) == 64
