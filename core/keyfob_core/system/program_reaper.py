"""The process that ends programs when the engine was killed and could not."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence

from keyfob_core.reaper import WORD

_PATIENCE_SECONDS = 5.0


def reaper_command() -> list[str]:
    """How it is started; a frozen program is its own Python."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WORD]
    return [sys.executable, "-I", "-m", "keyfob_core.cli.main", WORD]


class Reaper:
    """Tells that process which groups of processes there are; started by the first of them."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._groups: set[int] = set()

    async def begin(self) -> None:
        """See that it runs, before there is anything to end; raises OSError."""
        async with self._starting:
            if self._process is not None and self._process.returncode is None:
                return
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=dict(self._environ),
                start_new_session=True,
            )
            for group in self._groups:
                self._tell(b"+", group)

    def watch(self, group: int) -> None:
        """There is a group now."""
        self._groups.add(group)
        self._tell(b"+", group)

    def release(self, group: int) -> None:
        """The group has ended."""
        self._groups.discard(group)
        self._tell(b"-", group)

    async def close(self) -> None:
        """Have it end what is still there, and itself."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _tell(self, sign: bytes, group: int) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(b"%b%d\n" % (sign, group))
