"""`keyfob demo --headless` as a process, run to its end and interrupted at every step."""

from __future__ import annotations

import asyncio
import re
import signal
import tempfile
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
import secretstorage
from jeepney.io.blocking import open_dbus_connection

from support.demo import demo
from support.secret_service import PrivateSecretService, private_secret_service

STEPS = (
    "Home", "Keychain", "Servers", "Engine", "Server", "Discovery", "Registration", "PKCE",
    "Consent", "Callback", "Token", "Stored", "Page", "Client", "Rule", "Call", "Stamped",
    "Answer", "Call", "Stamped", "Answer", "Audit", "Audit", "Audit", "Audit", "Verified",
)  # fmt: skip


@pytest.fixture
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="kd-") as name:
        yield Path(name)


async def test_the_transcript_tells_every_step_and_nothing_is_left(folder: Path) -> None:
    async with demo(folder, "--headless") as running:
        code = await running.ended()
    told = "\n".join(running.lines)
    assert code == 0, told
    titles = re.findall(r"^ *\d+  (\w+) ", told, re.MULTILINE)
    assert [title for title in titles if title != "Asked"] == list(STEPS)
    assert told.count("The server saw Ada") == 2
    assert "Traceback" not in told
    assert running.left_behind() == []


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Keychain", signal.SIGINT),
        ("Consent", signal.SIGINT),
        ("Stored", signal.SIGTERM),
        ("Answer", signal.SIGINT),
    ],
)
async def test_a_demo_that_is_interrupted_leaves_nothing(
    folder: Path, title: str, number: signal.Signals
) -> None:
    async with demo(folder, "--headless") as running:
        await running.until(title)
        running.process.send_signal(number)
        code = await running.ended()
    told = "\n".join(running.lines)
    assert code == 128 + number, told
    assert "Nothing of the demo was left behind." in told
    assert "Traceback" not in told
    assert running.left_behind() == []


async def test_an_impatient_second_interrupt_does_not_cut_the_cleaning_short(
    folder: Path,
) -> None:
    async with demo(folder, "--headless") as running:
        await running.until("Token")
        for _ in range(5):
            running.process.send_signal(signal.SIGINT)
        code = await running.ended()
    assert code == 130
    assert running.left_behind() == []


async def test_a_demo_whose_reader_went_away_leaves_nothing(folder: Path) -> None:
    async with demo(folder, "--headless") as running:
        await running.until("Home")
        running.stop_reading()
        async with asyncio.timeout(60):
            code = await running.process.wait()
    assert code != 0
    assert running.left_behind() == []


@pytest.mark.parametrize("interrupted", [False, True])
async def test_the_demo_erases_its_items_from_a_keychain_that_is_not_its_own(
    folder: Path, interrupted: bool
) -> None:
    with private_secret_service() as keychain:
        async with demo(folder, "--headless", environ=keychain.environment) as running:
            await running.until("Stored")
            assert items(keychain) > 0
            if interrupted:
                running.process.send_signal(signal.SIGINT)
            assert await running.ended() == (130 if interrupted else 0)
        assert "The system's own keychain" in "\n".join(running.lines)
        assert items(keychain) == 0
    assert running.left_behind() == []


def items(keychain: PrivateSecretService) -> int:
    """How many items its default collection holds."""
    with closing(open_dbus_connection(bus=keychain.address)) as connection:
        return len(list(secretstorage.get_default_collection(connection).get_all_items()))
