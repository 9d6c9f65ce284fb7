from __future__ import annotations

import asyncio
import shutil
from collections.abc import Generator

import jeepney
import pytest
from jeepney.io import asyncio as buses

from keyfob_core.system.bus import SYSTEM_BUS
from keyfob_core.system.sleep_bus import SleepBus, sleep_watch
from support.eventually import eventually
from support.secret_service import private_secret_service

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon here")
MANAGER = jeepney.DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")


@pytest.fixture(scope="module")
def bus() -> Generator[str]:
    with private_secret_service() as service:
        yield service.address


async def test_waking_is_heard_on_a_real_bus_and_going_to_sleep_is_not(bus: str) -> None:
    woken: list[None] = []
    watching = asyncio.ensure_future(SleepBus(bus, again=0.01)(lambda: woken.append(None)))
    async with await buses.open_dbus_connection(bus) as login:

        async def tell(*, asleep: bool) -> None:
            await login.send(jeepney.new_signal(MANAGER, "PrepareForSleep", "b", (asleep,)))

        async def heard() -> bool:
            await tell(asleep=False)
            return bool(woken)

        await eventually(heard)
        await asyncio.sleep(0.05)
        before = len(woken)
        for _ in range(5):
            await tell(asleep=True)
        await tell(asleep=False)
        await eventually(lambda: len(woken) > before)
        assert len(woken) == before + 1
    watching.cancel()
    await asyncio.wait({watching}, timeout=2)
    assert watching.done()


async def test_a_machine_without_a_system_bus_is_no_error() -> None:
    watching = asyncio.ensure_future(SleepBus("unix:path=/nowhere", again=0.001)(lambda: None))
    await asyncio.sleep(0.01)
    assert not watching.done()
    watching.cancel()
    await asyncio.wait({watching}, timeout=2)


def test_only_a_system_with_a_bus_tells() -> None:
    assert sleep_watch("win32") is None
    assert sleep_watch("darwin") is None
    told = sleep_watch("linux", {})
    assert isinstance(told, SleepBus)
    assert told._address == SYSTEM_BUS
