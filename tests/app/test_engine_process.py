"""The tray app's engine in a process of its own, and the window's end of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from keyfob_core.errors import ConfigInvalid, EngineUnreachable, Error, UnknownName
from keyfob_core.launch import window_engine_command
from keyfob_core.prompts import WideningPrompt
from keyfob_core.setups.client_setups import Standing
from keyfob_core.states import Status
from keyfob_core.steps import Step
from keyfob_desktop.clients.client_wizard_answers import imported_in, plan_in, states_in
from keyfob_desktop.engine_process import RemoteEngine, engine_process
from keyfob_desktop.handover import found_running
from support.engine import Home
from support.eventually import eventually
from support.prompter import ALLOW, RecordingPrompter


@dataclass
class Window:
    """What a window holds of its engine."""

    engine: RemoteEngine
    prompter: RecordingPrompter
    told: list[Status] = field(default_factory=list[Status])
    steps: list[Step] = field(default_factory=list[Step])
    raised: int = 0

    async def do(self, verb: str, *, confirmed: bool = True, **args: object) -> Any:
        return await self.engine.dispatch(verb, args, confirmed, self.steps.append)

    async def until_told(self, condition: Callable[[Status], object]) -> None:
        await eventually(lambda: bool(self.told and condition(self.told[-1])), within=20)


@asynccontextmanager
async def window(home: Home, *command: str) -> AsyncGenerator[Window]:
    shown: list[Window] = []

    def show() -> None:
        shown[0].raised += 1

    prompter = RecordingPrompter()
    words = command or window_engine_command()
    async with engine_process(words, prompter, show, home.environ) as engine:
        shown.append(Window(engine, prompter))
        engine.subscribe(shown[0].told.append)
        yield shown[0]


def engines() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if is_engine(each)]


def is_engine(process: psutil.Process) -> bool:
    try:
        return process.cmdline()[-1:] == [window_engine_command()[-1]]
    except psutil.NoSuchProcess:
        # It has ended, perhaps this moment; a zombie is one of these errors too.
        return False


async def test_what_the_window_asks_for_is_done_there_and_errors_keep_their_types(
    home: Home,
) -> None:
    async with window(home) as it:
        await it.do("server.add", name="wiki", url="https://wiki.example/mcp")

        await it.until_told(lambda status: [each.name for each in status.servers] == ["wiki"])
        assert (await it.engine.status()).servers == it.told[-1].servers
        with pytest.raises(UnknownName):
            await it.do("no.such.verb")
        with pytest.raises(ConfigInvalid) as refused:
            await it.do("server.add", name="", url="https://wiki.example/mcp")
        assert refused.value.field == "name"


async def test_a_prompt_is_shown_here_and_its_answer_counts_there(home: Home) -> None:
    async with window(home) as it:
        adding = asyncio.ensure_future(
            it.do("server.add", confirmed=False, name="wiki", url="https://wiki.example/mcp")
        )
        prompt = await it.prompter.prompted()
        assert isinstance(prompt, WideningPrompt)
        assert "wiki.example" in f"{prompt.text}{prompt.details}"
        assert "wiki" not in home.paths.config_file.read_text()

        it.prompter.answer(ALLOW)
        await adding

        assert "wiki" in home.paths.config_file.read_text()


async def test_the_client_wizard_understands_what_the_process_answers(
    home: Home, tmp_path: Path
) -> None:
    file = tmp_path / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"db": {"command": "x", "args": ["--token", "hunter2"]}}}')
    theirs = replace(home, environ={**home.environ, "HOME": str(tmp_path)})
    async with window(theirs) as it:
        (found,) = states_in(await it.do("client.list"))["cursor"]
        assert found.standing is Standing.NONE
        plan = plan_in(await it.do("client.import", name="cursor", dry_run=True))
        assert [one.name for one in plan.servers] == ["db"]
        await it.do("client.add", name="cursor", seen=plan.setup.digest)
        (found,) = states_in(await it.do("client.list"))["cursor"]
        assert found.standing is Standing.STANDS
        done = imported_in(await it.do("client.import", name="cursor"))
        assert (done.moved, done.failed) == ((), ())


async def test_another_start_of_keyfob_raises_the_window_and_starts_no_second_engine(
    home: Home,
) -> None:
    async with window(home) as it:
        assert await found_running(home.paths, sys.platform, show=True)
        await eventually(lambda: it.raised == 1)

        with pytest.raises(Error, match="tray app runs already"):
            async with window(home):
                pytest.fail("two engines shared one installation")


@pytest.mark.expects_log("The engine's process died; it is started again.$")
async def test_an_engine_that_dies_is_told_and_started_again(home: Home) -> None:
    async with window(home) as it:
        adding = asyncio.ensure_future(
            it.do("server.add", confirmed=False, name="wiki", url="https://wiki.example/mcp")
        )
        prompt = await it.prompter.prompted()
        (first,) = engines()

        first.kill()

        with pytest.raises(EngineUnreachable, match="ended unexpectedly"):
            await adding
        await it.until_told(lambda status: status.url is None and status.problem)
        assert it.prompter.withdrawn == [prompt]
        await it.until_told(lambda status: status.url and not status.problem)
        (second,) = engines()
        assert second.pid != first.pid
        await it.do("server.add", name="wiki", url="https://wiki.example/mcp")
    assert not second.is_running()


async def test_a_command_that_ends_the_engine_ends_it_for_good(home: Home) -> None:
    async with window(home) as it:
        await it.do("engine.stop")

        async with asyncio.timeout(20):
            await it.engine.until_stopped()
        await eventually(lambda: not engines())
        with pytest.raises(EngineUnreachable):
            await it.do("status")


async def test_what_cannot_be_started_is_said_in_a_sentence(home: Home) -> None:
    with pytest.raises(EngineUnreachable, match="cannot be started"):
        async with window(home, str(home.folder / "nowhere")):
            pytest.fail("there is no such program")
    with pytest.raises(EngineUnreachable, match="ended while it started"):
        async with window(home, "true"):
            pytest.fail("that is no engine")


@pytest.mark.expects_log("What the engine's process said cannot be read: JSONDecodeError")
async def test_a_process_that_speaks_otherwise_is_ended_and_said_so(home: Home) -> None:
    before = psutil.Process().children()
    with pytest.raises(EngineUnreachable, match="ended while it started"):
        async with window(home, sys.executable, "-c", "print('no JSON', flush=True); input()"):
            pytest.fail("that is no engine")

    assert psutil.Process().children() == before


async def test_the_engine_ends_with_its_window_and_frees_the_installation(home: Home) -> None:
    async with window(home):
        (engine,) = engines()

    assert not engine.is_running()
    assert not home.paths.control_socket.exists()
    assert [event["event"] for event in home.events()][-1] == "engine_stopped"
    async with window(home):
        assert len(engines()) == 1
