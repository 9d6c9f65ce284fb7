"""How a command finds its engine."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from keyfob_core.cli.engines import EngineSilent, running_engine
from keyfob_core.errors import EngineUnreachable
from keyfob_core.system.lock import EngineLock
from keyfob_core.system.paths import paths
from keyfob_core.system.sockets import endpoint, serve


async def test_an_engine_that_says_nothing_is_named_and_not_waited_for(tmp_path: Path) -> None:
    where = paths({"KEYFOB_HOME": str(tmp_path / "home")}, sys.platform)
    lock = EngineLock(where.lock_file)
    assert lock.acquire()
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()
        gone.set()

    server = await serve(endpoint(where.control_socket, sys.platform), say_nothing)
    try:
        async with asyncio.timeout(10):
            with pytest.raises(EngineSilent, match=f"process {os.getpid()}") as told:
                async with running_engine(where, sys.platform, patience=0.1):
                    pass
            await gone.wait()
    finally:
        await server.close()
        lock.release()
    assert told.value.hint
    assert told.value.code == EngineUnreachable.code
