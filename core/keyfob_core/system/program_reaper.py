"""The process that ends programs when the engine was killed and could not."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
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
        self._process: subprocess.Popen[bytes] | None = None
        self._groups: set[int] = set()

    def begin(self) -> None:
        """See that it runs, before there is anything to end; raises OSError."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        # Its input is a pipe that nobody else inherits, so that its end is this process's.
        self._process = subprocess.Popen(  # noqa: S603 - a command of our own
            self._command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environ,
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
            await asyncio.to_thread(process.wait, _PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)

    def _tell(self, sign: bytes, group: int) -> None:
        if self._process is not None and self._process.stdin is not None:
            # One that was killed is started anew by the next program.
            with contextlib.suppress(OSError):
                self._process.stdin.write(b"%b%d\n" % (sign, group))
