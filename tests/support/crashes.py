"""Orders to the crashing program, and what came of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.engine import Home

TESTS = Path(__file__).parent.parent


@dataclass
class Crashing:
    """The program, on one installation. Each process finds its clock an hour and more later."""

    home: Home
    store: str
    process: asyncio.subprocess.Process
    ahead: float = 0.0
    pids: dict[int, int] = field(default_factory=dict[int, int])
    """By the order's number."""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _ends: dict[int, asyncio.Future[dict[str, Any]]] = field(
        default_factory=dict[int, asyncio.Future[dict[str, Any]]]
    )

    async def ended(self, act: str, **order: object) -> dict[str, Any]:
        """Do an order and answer how its process ended: `said`, `error` or `signal`."""
        number = next(self._numbers)
        self.ahead += 4000.0 * int(order.get("rounds") or 1)  # type: ignore[call-overload]
        whole = {
            "number": number,
            "act": act,
            "ahead": self.ahead,
            "bus": self.home.bus,
            "store": self.store,
            "environ": dict(self.home.environ),
            **order,
        }
        self._ends[number] = asyncio.get_running_loop().create_future()
        assert self.process.stdin
        self.process.stdin.write(json.dumps(whole).encode() + b"\n")
        async with asyncio.timeout(60):
            end = await self._ends[number]
        assert "failed" not in end, end["failed"]
        return end

    async def said(self, act: str, **order: object) -> Any:
        """What an order's process said, which must not have died or failed."""
        return (await self.ended(act, **order))["said"]

    @property
    def last_pid(self) -> int:
        """The process of the last order."""
        return self.pids[max(self.pids)]

    async def listen(self) -> None:
        """Take what the program tells, until it ends."""
        assert self.process.stdout
        async for line in self.process.stdout:
            told = json.loads(line)
            if "pid" in told:
                self.pids[told["number"]] = told["pid"]
            else:
                self._ends[told["number"]].set_result(told)


@asynccontextmanager
async def crashing(home: Home, store: str) -> AsyncGenerator[Crashing]:
    """Start the program; its imports are done once for all of its processes."""
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "support.crashing",
        env={**home.environ, "PYTHONPATH": path},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    program = Crashing(home, store, process)
    listening = asyncio.create_task(program.listen())
    try:
        yield program
    finally:
        assert process.stdin
        process.stdin.close()
        async with asyncio.timeout(10):
            await process.wait()
            await listening
