"""The screen's lock as D-Bus tells it: the desktop's screen saver, and logind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from keyfob_core.system.bus import SYSTEM_BUS, bus_connection

_SAVERS = tuple(
    (f"org.{desktop}.ScreenSaver", "ActiveChanged")
    for desktop in ("freedesktop", "gnome", "cinnamon", "mate", "xfce")
)
_LOGIN = "org.freedesktop.login1"
_SESSIONS = ((f"{_LOGIN}.Session", "Lock"),)
_AGAIN_SECONDS = 30.0


class ScreenBus:
    """Listens on the session bus and on the system bus; a bus that goes away is tried again.

    Everybody on the session bus can say that the screen is locked. That shuts Keyfob and opens
    nothing.
    """

    def __init__(
        self,
        session: str | None,
        system: str | None,
        user: int,
        *,
        again: float = _AGAIN_SECONDS,
    ) -> None:
        """`session` and `system` are D-Bus addresses; `again` is in seconds."""
        self._user = user
        self._again = again
        self._buses = ((session, _SAVERS), (system or SYSTEM_BUS, _SESSIONS))

    async def __call__(self, told: Callable[[], None]) -> None:
        """Call `told` each time the screen is locked, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for address, signals in self._buses:
                if address is not None:
                    group.create_task(self._listen(address, signals, told))

    async def _listen(
        self, address: str, signals: tuple[tuple[str, str], ...], told: Callable[[], None]
    ) -> None:
        while True:
            with suppress(OSError, EOFError, ValueError, StopIteration):
                await self._hear(address, signals, told)
            await asyncio.sleep(self._again)

    async def _hear(
        self, address: str, signals: tuple[tuple[str, str], ...], told: Callable[[], None]
    ) -> None:
        connection = await bus_connection(address)
        try:
            await _Listener(connection, self._user, told).run(signals)
        finally:
            with suppress(OSError):
                await connection.close()


class _Listener:
    """One connection to a bus."""

    def __init__(self, connection: Any, user: int, told: Callable[[], None]) -> None:
        import jeepney  # pyright: ignore[reportMissingTypeStubs]

        self._bus: Any = jeepney
        self._connection = connection
        self._user = user
        self._told = told
        self._asked = set[int]()
        """The serials of questions whose session it is."""

    async def run(self, signals: tuple[tuple[str, str], ...]) -> None:
        """Hear until the bus goes away, which raises EOFError or OSError."""
        for interface, member in signals:
            rule = self._bus.MatchRule(type="signal", interface=interface, member=member)
            await self._connection.send(self._bus.message_bus.AddMatch(rule))
        while True:
            message = await self._connection.receive()
            if message.header.message_type is self._bus.MessageType.signal:
                await self._signalled(message)
            else:
                self._answered(message)

    async def _signalled(self, message: Any) -> None:
        fields, names = message.header.fields, self._bus.HeaderFields
        signal = (fields.get(names.interface), fields.get(names.member))
        if signal in _SAVERS and message.body and message.body[0] is True:
            self._told()
        elif signal in _SESSIONS:
            await self._ask_whose(fields.get(names.path))

    async def _ask_whose(self, path: str) -> None:
        properties = self._bus.DBusAddress(path, _LOGIN, "org.freedesktop.DBus.Properties")
        question = self._bus.new_method_call(properties, "Get", "ss", (f"{_LOGIN}.Session", "User"))
        serial = next(self._connection.outgoing_serial)
        self._asked.add(serial)
        await self._connection.send(question, serial=serial)

    def _answered(self, message: Any) -> None:
        serial = message.header.fields.get(self._bus.HeaderFields.reply_serial)
        if serial not in self._asked:
            return
        self._asked.discard(serial)
        failed = message.header.message_type is self._bus.MessageType.error
        # A session that cannot be looked at may be this one: a lock too many harms nobody.
        if failed or message.body[0][1][0] == self._user:
            self._told()
