from __future__ import annotations

import asyncio

import pytest

from keyfob_core.cli.terminal import TerminalPrompter, confirm
from keyfob_core.model import Claims, Client, KnownBy, Peer
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
    SeenTool,
    SignInPrompt,
    WideningPrompt,
)
from keyfob_core.traits import Trait
from support.prompts import tool_change_prompt, tool_list_prompt
from support.terminal import ScriptedTerminal

CURSOR = Client("cursor", KnownBy.TOKEN)
PEER = Peer(42, "/opt/cursor/cursor", 1.0, ("/usr/bin/bash", "/usr/bin/sshd"))
ACCESS = AccessPrompt(
    request_id="r1",
    client=CURSOR,
    peer=None,
    claimed=Claims("Cursor\x1b[2J", "1.2"),
    server="github",
    tool="create_issue",
    account="github-work",
    arguments='{\n  "title": "a\u202eb"\n}',
    lasts=(Lasts.ONCE, Lasts.SESSION, Lasts.HOURS, Lasts.ALWAYS),
    says=SeenTool(
        id="t1",
        name="create_issue",
        title="",
        description="Creates an issue.\x1b[2J",
        traits=(Trait.DESTRUCTIVE,),
        fields=(),
    ),
)
ONCE_ONLY = AccessPrompt(
    request_id="r2",
    client=CURSOR,
    peer=PEER,
    claimed=Claims(),
    server="github",
    tool="create_issue",
    account=None,
    arguments="{}",
    lasts=(Lasts.ONCE,),
)
NAMELESS = ClientPrompt(peer=PEER, claimed=Claims("Cursor"), suggested_name="cursor")


async def answer(prompt: Prompt, *lines: str | None) -> tuple[Answer, str]:
    terminal = ScriptedTerminal(*lines)
    async with asyncio.timeout(5):
        answered = await TerminalPrompter(terminal).ask(prompt)
    return answered, terminal.shown


@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        (["y"], Decision(True, Lasts.ONCE)),
        (["s"], Decision(True, Lasts.SESSION)),
        (["h", "3"], Decision(True, Lasts.HOURS, 3)),
        (["h", ""], Decision(True, Lasts.HOURS, 8)),
        (["h", "0", "many", "2"], Decision(True, Lasts.HOURS, 2)),
        (["a"], Decision(True, Lasts.ALWAYS)),
        (["n"], Decision(False, Lasts.ONCE)),
        (["N"], Decision(False, Lasts.ALWAYS)),
        (["", "what", "Y", " y "], Decision(True, Lasts.ONCE)),
        ([None], Dismissed()),
        (["h", None], Dismissed()),
    ],
)
async def test_each_key_is_the_decision_it_says(typed: list[str | None], decision: Answer) -> None:
    assert (await answer(ACCESS, *typed))[0] == decision


async def test_the_question_names_all_it_is_about_and_obeys_no_escape() -> None:
    _, shown = await answer(ACCESS, "n")
    for told in ("cursor (known by its token)", "unknown process", "github", "create_issue"):
        assert told in shown
    assert "github-work" in shown
    assert "Cursor␛[2J 1.2" in shown
    assert '"title": "a⟨U+202E⟩b"' in shown
    assert "create_issue: destructive\n    Creates an issue.␛[2J\n" in shown
    assert "\x1b" not in shown
    _, shown = await answer(ONCE_ONLY, "n")
    assert "/opt/cursor/cursor (process 42)" in shown
    assert "/usr/bin/bash < /usr/bin/sshd" in shown


async def test_only_the_durations_offered_can_be_chosen() -> None:
    decision, shown = await answer(ONCE_ONLY, "a", "s", "h", "N", "y")
    assert decision == Decision(True, Lasts.ONCE)
    assert "always" not in shown
    assert "never" not in shown


@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        (["Cursor at work"], Decision(True, Lasts.ALWAYS, text="Cursor at work")),
        ([""], Decision(True, Lasts.ALWAYS, text="cursor")),
        (["\x1bx", "good"], Decision(True, Lasts.ALWAYS, text="good")),
        (["-"], Decision(False)),
        ([None], Dismissed()),
    ],
)
async def test_a_program_gets_the_name_that_is_typed(
    typed: list[str | None], decision: Answer
) -> None:
    answered, shown = await answer(NAMELESS, *typed)
    assert answered == decision
    assert "/opt/cursor/cursor (process 42)" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("peer", "executable", "process"),
    [
        (PEER, "/opt/cursor/cursor", "/opt/cursor/cursor (process 42)"),
        (None, "/opt/cursor/cursor", "/opt/cursor/cursor (when it registered)"),
        (None, None, "unknown process"),
    ],
)
async def test_a_client_that_pairs_is_named_or_refused(
    peer: Peer | None, executable: str | None, process: str
) -> None:
    prompt = PairingPrompt(
        claimed=Claims("Cursor\x1b[2J"),
        peer=peer,
        executable=executable,
        redirect="http://127.0.0.1:4711/cb",
        server="github",
        suggested_name="Cursor",
    )
    answered, shown = await answer(prompt, "Keyfob", "my editor")
    assert answered == Decision(True, Lasts.ALWAYS, text="my editor")
    for told in (process, "Cursor␛[2J", "http://127.0.0.1:4711/cb", "github"):
        assert told in shown
    assert (await answer(prompt, "-"))[0] == Decision(False)


@pytest.mark.parametrize(
    ("typed", "allow"), [("y", True), ("YES", True), ("", False), ("x", False)]
)
async def test_widening_and_sign_in_need_a_plain_yes(typed: str, allow: bool) -> None:
    widening = WideningPrompt(title="Add a rule", text="Let it?", details=(("Tool", "x\n y"),))
    decision, shown = await answer(widening, typed)
    assert decision == Decision(allow)
    assert "x␊ y" in shown
    sign_in = SignInPrompt(client=CURSOR, server="github", account="work", reason="It has ended.")
    decision, shown = await answer(sign_in, typed)
    assert decision == Decision(allow)
    assert "It has ended." in shown


STEP_UP = SignInPrompt(
    client=CURSOR,
    server="github",
    account="work",
    reason="The server wants more.",
    scopes=("read:org",),
    more_scopes=("repo\x1b", "made:up"),
)


async def test_what_a_call_needs_on_top_is_marked_and_put_in_words() -> None:
    asked: list[SignInPrompt] = []

    async def words(prompt: SignInPrompt) -> dict[str, str]:
        asked.append(prompt)
        return {"read:org": "Read organizations [read]", "repo\x1b": "Change all\x07 [write]"}

    terminal = ScriptedTerminal("y")
    assert await TerminalPrompter(terminal, words).ask(STEP_UP) == Decision(True)
    assert asked == [STEP_UP]
    assert "    read:org  Read organizations [read]\n" in terminal.shown
    assert "  + repo␛     Change all␇ [write]\n" in terminal.shown
    assert "  + made:up\n" in terminal.shown
    assert "marked +" in terminal.shown
    answered, shown = await answer(STEP_UP, "n")
    assert answered == Decision(False)
    assert "  + repo␛\n" in shown


@pytest.mark.parametrize(
    ("new", "typed", "decision"),
    [
        (False, ["open sesame"], Decision(True, text="open sesame")),
        (False, [" spaces stay "], Decision(True, text=" spaces stay ")),
        (False, [""], Dismissed()),
        (False, [None], Dismissed()),
        (True, ["open sesame", "open sesame"], Decision(True, text="open sesame")),
        (True, ["one", "two", "three", "three"], Decision(True, text="three")),
        (True, ["one", "two", ""], Dismissed()),
        (True, ["one", None, None], Dismissed()),
    ],
)
async def test_a_passphrase_is_typed_unseen_and_a_new_one_twice(
    new: bool, typed: list[str | None], decision: Answer
) -> None:
    terminal = ScriptedTerminal(*typed)
    async with asyncio.timeout(5):
        prompt = PassphrasePrompt(text="Open the file.\x1b", new=new)
        answered = await TerminalPrompter(terminal).ask(prompt)
    assert answered == decision
    assert terminal.echoed == [False] * len(typed)
    assert "Open the file.␛" in terminal.shown
    assert "sesame" not in terminal.shown


async def test_without_a_terminal_every_question_is_dismissed_at_once() -> None:
    async with asyncio.timeout(5):
        assert await TerminalPrompter(None).ask(ACCESS) == Dismissed()
        away = ScriptedTerminal("y", attended=False)
        assert await TerminalPrompter(away).ask(ACCESS) == Dismissed()
    assert away.shown == ""
    assert not TerminalPrompter(None).attended
    assert not TerminalPrompter(away).attended
    assert TerminalPrompter(ScriptedTerminal()).attended
    assert not TerminalPrompter(ScriptedTerminal()).answers_commands


async def test_questions_are_asked_one_at_a_time_and_a_withdrawn_one_makes_room() -> None:
    terminal = ScriptedTerminal()
    prompter = TerminalPrompter(terminal)
    async with asyncio.timeout(5):
        first = asyncio.create_task(prompter.ask(ACCESS))
        await terminal.asked.wait()
        second = asyncio.create_task(prompter.ask(NAMELESS))
        terminal.asked.clear()
        await asyncio.sleep(0)
        assert "no name yet" not in terminal.shown
        first.cancel()
        await terminal.asked.wait()
        assert "withdrawn" in terminal.shown
        assert terminal.shown.index("withdrawn") < terminal.shown.index("no name yet")
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)


async def test_a_confirmation_shows_its_details_plainly() -> None:
    terminal = ScriptedTerminal("y")
    assert await confirm(terminal, "Add \x1b[1mgithub?", "Name: github\nAddress: https://x\x07")
    assert "\x1b" not in terminal.shown
    assert "    Address: https://x␇" in terminal.shown
    assert not await confirm(ScriptedTerminal(""), "Add github?", "")


@pytest.mark.parametrize(
    "prompt", [tool_list_prompt(), tool_change_prompt()], ids=["list", "change"]
)
@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        (["y"], Decision(True)),
        (["", "x", "YES"], Decision(True)),
        (["n"], Decision(False)),
        ([None], Dismissed()),
    ],
)
async def test_tools_need_a_plain_yes_or_no(
    prompt: Prompt, typed: list[str | None], decision: Answer
) -> None:
    answered, shown = await answer(prompt, *typed)
    assert answered == decision
    assert "https://sums.example/mcp" in shown


async def test_a_list_of_tools_shows_all_of_each_with_its_warnings_first() -> None:
    _, shown = await answer(tool_list_prompt(), "y")
    assert "search_issues (Search issues): open-world, read-only" in shown
    assert "! asks for files or keys (description): " in shown
    assert "</IMPORTANT>⟨U+200B⟩" in shown
    assert '"minimum": 1' in shown
    assert shown.index("! tells the model to hide something") < shown.index("    Adds two numbers.")


async def test_a_change_is_shown_as_what_goes_and_what_comes() -> None:
    _, shown = await answer(tool_change_prompt(), "n")
    assert "add: changed" in shown
    assert "search_issues: new" in shown
    assert "       Adds two numbers." in shown
    assert "      +<IMPORTANT>" in shown
