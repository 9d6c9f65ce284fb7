"""The desktop's tests: a Qt loop for each, and an engine on a thread of its own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from support.desktop import Running, running_engine
from support.engine import Home, new_home
from support.real_desktop import RealEngine, real_engine
from support.secret_service import PrivateSecretService, private_secret_service


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"qt": _qt_loop}


def _qt_loop() -> asyncio.AbstractEventLoop:
    app = QApplication.instance() or QApplication([])
    QApplication.setQuitOnLastWindowClosed(False)
    return qasync.QEventLoop(app)


@pytest.fixture(autouse=True)
def _garbage_dies_on_this_thread() -> Iterator[None]:
    # The engine's thread would delete the Qt objects of an earlier test.
    gc.disable()
    gc.freeze()
    yield
    gc.collect()
    gc.unfreeze()
    gc.enable()


@pytest.fixture
async def running(qapp: QApplication) -> AsyncIterator[Running]:
    """A fake engine on its own thread, with the door to it open."""
    async with running_engine() as running:
        yield running


@pytest.fixture(scope="module")
def keychain() -> Generator[PrivateSecretService]:
    """A new one for each file: the daemon writes all its items anew with each that comes."""
    with private_secret_service() as service:
        yield service


@pytest.fixture
def home(keychain: PrivateSecretService) -> Generator[Home]:
    with new_home(keychain) as made:
        yield made


@pytest.fixture
async def real(home: Home, qapp: QApplication) -> AsyncIterator[RealEngine]:
    """The real engine on its own thread, with the door to it open."""
    async with real_engine(home) as running:
        yield running
