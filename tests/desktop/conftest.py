"""The desktop's tests: a Qt loop for each, and an engine on a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from support.desktop import Running, running_engine


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"qt": lambda: qasync.QEventLoop(QApplication.instance() or QApplication([]))}


@pytest.fixture
async def running(qapp: QApplication) -> AsyncIterator[Running]:
    """A fake engine on its own thread, with the door to it open."""
    async with running_engine() as running:
        yield running
