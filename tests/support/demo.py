"""`keyfob demo` as a process, in a temporary folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from support.engine import KEYFOB


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

    async def said(self, text: str) -> None:
        """Read its lines up to the first that has the text."""
        async with asyncio.timeout(60):
            while text not in await self._line():
                pass

    async def ended(self) -> int:
        """Read its lines to the end and answer its exit code."""
        async with asyncio.timeout(60):
            with contextlib.suppress(EOFError):
                while True:
                    await self._line()
            return await self.process.wait()

    def stop_reading(self) -> None:
        """Close our end of its output."""
        transport = getattr(self.process, "_transport", None)
        assert transport is not None
        transport.get_pipe_transport(1).close()

    def home(self) -> Path:
        """The home that it made."""
        [home] = self.folder.glob("keyfob-demo-*")
        return home

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
        for process in psutil.process_iter(["cmdline", "environ"]):
            environ: dict[str, str] = process.info["environ"] or {}
            words: list[str] = process.info["cmdline"] or []
            if environ.get("TMPDIR") == str(self.folder) or str(self.folder) in " ".join(words):
                names.append(f"{process.pid} {words}")
        return names


@asynccontextmanager
async def demo(
    folder: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> AsyncGenerator[Demo]:
    """Start it; killed at the end where it still runs."""
    process = await asyncio.create_subprocess_exec(
        *KEYFOB,
        "demo",
        *arguments,
        env={**os.environ, "TMPDIR": str(folder), **(environ or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Demo(process, folder)
    finally:
        if process.returncode is None:
            # Whoever still writes to its output keeps `wait` from returning.
            for each in _family(process.pid):
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            await process.wait()


def _family(pid: int) -> list[psutil.Process]:
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
