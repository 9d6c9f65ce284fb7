"""The engine of the tray app, in a process of its own: see `launch.window_engine_command`.

The window's process starts it, and it ends with that: a busy relay then never holds the
interpreter that draws, and a window that dies loses no call.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import AbstractAsyncContextManager

from keyfob_core.cli.engines import TRAY, Wanted, sole_engine
from keyfob_core.control.window_end import WindowEnd, WindowPrompter
from keyfob_core.control.window_wire import (
    FromEngine,
    Raised,
    Stopped,
    Told,
    decode_from_window,
    encode_to_window,
)
from keyfob_core.engine import Engine, Settings, compose
from keyfob_core.errors import Error
from keyfob_core.ports import Prompter
from keyfob_core.system.hardening import harden
from keyfob_core.system.loops import engine_loop
from keyfob_core.system.paths import http_port, paths
from keyfob_core.system.pipe_lines import PipeLines
from keyfob_core.system.signals import stop_signals


def main() -> int:
    """Serve the window at the other end of the standard pipes until it is gone."""
    harden()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # What anything else might print must not come among the lines.
    pipes = PipeLines(os.dup(0), os.dup(1))
    os.dup2(2, 1)
    with asyncio.Runner(loop_factory=engine_loop) as runner:
        runner.run(_until_end(pipes))
    return 0


async def _until_end(pipes: PipeLines) -> None:
    alone = asyncio.Event()
    served = _Served(pipes)
    life = asyncio.create_task(served.live())
    pipes.start(served.hear, alone.set)
    with stop_signals(alone.set):
        leaving = asyncio.create_task(alone.wait())
        await asyncio.wait({life, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        life.cancel()
        await asyncio.wait({life})
    pipes.close()
    if not life.cancelled():
        life.result()


class _Served:
    """One window, and the engine that serves it."""

    def __init__(self, pipes: PipeLines) -> None:
        self._pipes = pipes
        self._prompter = WindowPrompter(self._tell)
        self._end: WindowEnd | None = None

    def hear(self, line: bytes) -> None:
        """Take a line of the window's; it says nothing before it was told that we are up."""
        if self._end is not None:
            self._end.hear(decode_from_window(line))

    async def live(self) -> None:
        try:
            wanted = Wanted(
                paths=paths(os.environ, sys.platform), port=http_port(os.environ), kind=TRAY
            )
            async with sole_engine(wanted, sys.platform, self._prompter, self._make) as engine:
                end = self._end = WindowEnd(engine.dispatch, self._prompter, self._tell)
                try:
                    engine.subscribe(lambda status: self._tell(Told(status)))
                    self._tell(Told(await engine.status()))
                    await engine.until_stopped()
                    self._tell(Stopped())
                finally:
                    await end.close()
        except Error as error:
            self._tell(error)

    def _make(self, wanted: Wanted, prompter: Prompter) -> AbstractAsyncContextManager[Engine]:
        settings = Settings(paths=wanted.paths, port=wanted.port, kind=wanted.kind)
        return compose(settings, prompter, raise_window=lambda: self._tell(Raised()))

    def _tell(self, said: FromEngine) -> None:
        self._pipes.send(encode_to_window(said))
