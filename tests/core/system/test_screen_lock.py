from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from typing import Any

import jeepney
import pytest
from jeepney.io import asyncio as buses

from keyfob_core.system.screen_bus import ScreenBus
from keyfob_core.system.screen_lock import (
    Polled,
    macos_is_locked,
    screen_watch,
    windows_is_locked,
)
from support.eventually import eventually
from support.secret_service import PrivateSecretService, private_secret_service

needs_a_bus = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon here")
SAVER = jeepney.DBusAddress("/org/gnome/ScreenSaver", interface="org.gnome.ScreenSaver")
SESSION = "/org/freedesktop/login1/session/_31"
LOGIN = jeepney.DBusAddress(SESSION, interface="org.freedesktop.login1.Session")


@pytest.fixture(scope="module")
def bus() -> Generator[str]:
    service: PrivateSecretService
    with private_secret_service() as service:
        yield service.address


class Desktop:
    """What says on the bus that the screen is locked, and whose the session is."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.locks = 0
        """How often the screen said that it is locked."""
        self.asked = 0
        """How often somebody asked whose the session is."""

    async def saver(self, active: bool) -> None:
        self.locks += active
        await self.connection.send(jeepney.new_signal(SAVER, "ActiveChanged", "b", (active,)))

    async def lock_session(self) -> None:
        await self.connection.send(jeepney.new_signal(LOGIN, "Lock"))

    async def until_heard(self, told: list[None]) -> None:
        """Lock until it is heard: the watcher may not listen yet, and misses some."""
        before = len(told)

        async def heard() -> bool:
            await self.saver(True)
            return len(told) > before

        await eventually(heard)

    async def serve_sessions(self, user: int) -> None:
        while True:
            asked = await self.connection.receive()
            if asked.header.message_type is jeepney.MessageType.method_call:
                self.asked += 1
                body = (("(uo)", (user, "/org/freedesktop/login1/user/_1000")),)
                await self.connection.send(jeepney.new_method_return(asked, "v", (body[0],)))


@asynccontextmanager
async def desktop(bus: str) -> AsyncGenerator[Desktop]:
    async with await buses.open_dbus_connection(bus) as connection:
        yield Desktop(connection)


@asynccontextmanager
async def watching(watch: Any) -> AsyncGenerator[list[None]]:
    told: list[None] = []
    task = asyncio.ensure_future(watch(lambda: told.append(None)))
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@needs_a_bus
async def test_the_screen_savers_word_is_heard_on_a_real_session_bus(bus: str) -> None:
    watch = ScreenBus(bus, "unix:path=/nowhere", os.getuid(), again=0.01)
    async with desktop(bus) as screen, watching(watch) as told:
        await screen.until_heard(told)
        # More often than it can have missed a lock, so that each one that counts would show.
        for _ in range(screen.locks + 10):
            await screen.saver(False)
        await screen.until_heard(told)
        assert len(told) <= screen.locks


@needs_a_bus
@pytest.mark.parametrize(("user", "counts"), [(os.getuid(), True), (os.getuid() + 1, False)])
async def test_only_the_persons_own_login_session_counts(bus: str, user: int, counts: bool) -> None:
    watch = ScreenBus(bus, bus, os.getuid(), again=0.01)
    async with desktop(bus) as screen, watching(watch) as told:
        name = "org.freedesktop.login1"
        await screen.connection.send(jeepney.message_bus.RequestName(name))
        serving = asyncio.ensure_future(screen.serve_sessions(user))
        try:
            await screen.until_heard(told)

            async def asked() -> bool:
                await screen.lock_session()
                return screen.asked > screen.locks + 10

            await eventually(asked)
            await screen.until_heard(told)
            if counts:
                await eventually(lambda: len(told) > screen.locks)
            else:
                assert len(told) <= screen.locks
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await screen.connection.send(jeepney.message_bus.ReleaseName(name))


async def test_a_machine_without_a_bus_is_no_error() -> None:
    async with watching(ScreenBus(None, "unix:path=/nowhere", 0, again=0.001)) as told:
        await asyncio.sleep(0)
        assert told == []


async def test_elsewhere_each_lock_is_told_once() -> None:
    looks = iter([False, True, True, False, True])
    ended = asyncio.Event()

    def look() -> bool:
        try:
            return next(looks)
        except StopIteration:
            ended.set()
            raise OSError from None

    async with watching(Polled(look, seconds=0)) as told, asyncio.timeout(5):
        await ended.wait()
        assert len(told) == 2


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_are_asked(platform: str) -> None:
    assert isinstance(screen_watch(platform, None), Polled)


class Wts:
    """wtsapi32, with one session."""

    def __init__(self, flags: int, answers: bool = True) -> None:
        words = (ctypes.c_uint32 * 8)(1, 0, 1, 0, flags & 0xFFFFFFFF, 0, 0, 0)
        self._info, self._answers, self.freed = words, answers, 0

    def WTSQuerySessionInformationW(
        self, server: object, session: Any, kind: int, buffer: Any, size: Any
    ) -> int:
        assert (server, session.value, kind) == (None, 0xFFFFFFFF, 25)
        if not self._answers:
            return 0
        buffer._obj.value = ctypes.addressof(self._info)
        size._obj.value = ctypes.sizeof(self._info)
        return 1

    def WTSFreeMemory(self, buffer: object) -> None:
        self.freed += 1


@pytest.mark.parametrize(("flags", "locked"), [(0, True), (1, False), (-1, False)])
def test_windows_tells_a_locked_session_by_its_flags(flags: int, locked: bool) -> None:
    library = Wts(flags)
    assert windows_is_locked(library) is locked
    assert library.freed == 1


def test_a_session_that_windows_does_not_tell_of_is_not_locked() -> None:
    assert not windows_is_locked(Wts(0, answers=False))


class _Function:
    """A function of a foreign library, which takes a `restype`."""

    def __init__(self, answer: Any) -> None:
        self.restype: object = None
        self.calls = 0
        self._answer = answer

    def __call__(self, *_: object) -> Any:
        self.calls += 1
        return self._answer


class Graphics:
    def __init__(self, session: int | None) -> None:
        self.CGSessionCopyCurrentDictionary = _Function(session)


class Foundation:
    def __init__(self, value: int | None, *, true: bool = True) -> None:
        self.CFStringCreateWithCString = _Function(2)
        self.CFDictionaryGetValue = _Function(value)
        self.CFBooleanGetValue = _Function(int(true))
        self.CFRelease = _Function(None)


@pytest.mark.parametrize(
    ("session", "value", "true", "locked"),
    [
        (1, 3, True, True),
        (1, 3, False, False),
        (1, None, True, False),
        (None, 3, True, False),
    ],
)
def test_macos_tells_a_locked_session_by_its_dictionary(
    session: int | None, value: int | None, true: bool, locked: bool
) -> None:
    foundation = Foundation(value, true=true)
    assert macos_is_locked(Graphics(session), foundation) is locked
    assert foundation.CFRelease.calls == (2 if session else 0)


@needs_a_bus
async def test_a_watch_that_is_cancelled_ends_however_far_its_connection_has_come(bus: str) -> None:
    for turns in range(40):
        watching = asyncio.ensure_future(ScreenBus(bus, None, 0)(lambda: None))
        for _ in range(turns):
            await asyncio.sleep(0)
        watching.cancel()
        _, left = await asyncio.wait({watching}, timeout=2)
        assert not left, turns
