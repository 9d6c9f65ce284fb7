"""`keyfob demo --headless` as a process, run to its end and interrupted at every step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

COMMAND = (sys.executable, "-I", "-m", "keyfob_core.cli.main", "demo", "--headless")
STEPS = (
    "Home", "Keychain", "Servers", "Engine", "Server", "Discovery", "Registration", "PKCE",
    "Consent", "Callback", "Token", "Stored", "Page", "Client", "Rule", "Call", "Stamped",
    "Answer", "Call", "Stamped", "Answer", "Audit", "Audit", "Audit", "Audit", "Verified",
)  # fmt: skip


class Demo:
    """A running demo, in a temporary folder of its own."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.lines: list[str] = []

    async def until(self, title: str) -> None:
        """Read its lines up to the first step of that title."""
        async with asyncio.timeout(60):
            while not re.match(rf" *\d+  {title} ", await self._line()):
                pass

    async def ended(self) -> int:
        """Read its lines to the end and answer its exit code."""
        async with asyncio.timeout(60):
            with contextlib.suppress(EOFError):
                while True:
                    await self._line()
            return await self.process.wait()

    async def _line(self) -> str:
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        if not line:
            raise EOFError
        self.lines.append(line.rstrip("\n"))
        return line

    def left_behind(self) -> list[str]:
        """Files in its temporary folder, and processes that know of it."""
        names = [str(path) for path in self.folder.iterdir()]
        marked = f"TMPDIR={self.folder}"
        for process in psutil.process_iter(["cmdline", "environ"]):
            environ: dict[str, str] = process.info["environ"] or {}
            words: list[str] = process.info["cmdline"] or []
            if environ.get("TMPDIR") == str(self.folder) or str(self.folder) in " ".join(words):
                names.append(f"{process.pid} {words} {marked}")
        return names


@pytest.fixture
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="kd-") as name:
        yield Path(name)


@asynccontextmanager
async def demo(folder: Path) -> AsyncGenerator[Demo]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Demo(process, folder)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_transcript_tells_every_step_and_nothing_is_left(folder: Path) -> None:
    async with demo(folder) as running:
        code = await running.ended()
    told = "\n".join(running.lines)
    assert code == 0, told
    titles = re.findall(r"^ *\d+  (\w+) ", told, re.MULTILINE)
    assert [title for title in titles if title != "Asked"] == list(STEPS)
    assert told.count("The server saw Ada") == 2
    assert "Traceback" not in told
    assert running.left_behind() == []


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Keychain", signal.SIGINT),
        ("Consent", signal.SIGINT),
        ("Stored", signal.SIGTERM),
        ("Answer", signal.SIGINT),
    ],
)
async def test_a_demo_that_is_interrupted_leaves_nothing(
    folder: Path, title: str, number: signal.Signals
) -> None:
    async with demo(folder) as running:
        await running.until(title)
        running.process.send_signal(number)
        code = await running.ended()
    told = "\n".join(running.lines)
    assert code == 128 + number, told
    assert "Nothing of the demo was left behind." in told
    assert "Traceback" not in told
    assert running.left_behind() == []


async def test_an_impatient_second_interrupt_does_not_cut_the_cleaning_short(
    folder: Path,
) -> None:
    async with demo(folder) as running:
        await running.until("Token")
        for _ in range(5):
            running.process.send_signal(signal.SIGINT)
        code = await running.ended()
    assert code == 130
    assert running.left_behind() == []


async def test_a_demo_whose_reader_went_away_leaves_nothing(folder: Path) -> None:
    async with demo(folder) as running:
        await running.until("Home")
        assert running.process.stdout is not None
        running.process.stdout.feed_eof()
        transport = getattr(running.process, "_transport", None)
        assert transport is not None
        transport.get_pipe_transport(1).close()
        async with asyncio.timeout(60):
            code = await running.process.wait()
    assert code != 0
    assert running.left_behind() == []
