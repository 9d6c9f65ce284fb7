"""When the machine wakes, as logind tells it (org.freedesktop.login1.Manager, PrepareForSleep)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from keyfob_core.system.bus import SYSTEM_BUS, bus_connection

WatchSleep = Callable[[Callable[[], None]], Awaitable[None]]
"""Calls its argument each time the machine has woken, until it is cancelled."""

_MANAGER = "org.freedesktop.login1.Manager"
_SIGNAL = "PrepareForSleep"
_AGAIN_SECONDS = 30.0


def sleep_watch(platform: str, environ: Mapping[str, str] = os.environ) -> WatchSleep | None:
    """The way in which this system tells; None where it tells nobody."""
    if platform in ("win32", "darwin"):
        return None
    return SleepBus(environ.get("DBUS_SYSTEM_BUS_ADDRESS") or SYSTEM_BUS)


class SleepBus:
    """Listens on the system bus; one that goes away is tried again."""

    def __init__(self, address: str, *, again: float = _AGAIN_SECONDS) -> None:
        """`again` is in seconds."""
        self._address = address
        self._again = again

    async def __call__(self, woken: Callable[[], None]) -> None:
        """Call `woken` each time the machine has woken, until it is cancelled."""
        while True:
            with suppress(OSError, EOFError, ValueError, StopIteration):
                await self._hear(woken)
            await asyncio.sleep(self._again)

    async def _hear(self, woken: Callable[[], None]) -> None:
        import jeepney  # pyright: ignore[reportMissingTypeStubs]

        bus: Any = jeepney
        connection = await bus_connection(self._address)
        try:
            rule = bus.MatchRule(type="signal", interface=_MANAGER, member=_SIGNAL)
            await connection.send(bus.message_bus.AddMatch(rule))
            while True:
                message = await connection.receive()
                fields, names = message.header.fields, bus.HeaderFields
                told = (fields.get(names.interface), fields.get(names.member))
                if told == (_MANAGER, _SIGNAL) and message.body and message.body[0] is False:
                    woken()
        finally:
            with suppress(OSError):
                await connection.close()
