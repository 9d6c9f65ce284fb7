from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from keyfob_desktop.collector import Collector


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[Collector]:
    gc.enable()
    collector = Collector(look_ms=1)
    collector.start()
    yield collector
    collector.stop()
    gc.disable()


class Cycle:
    """Garbage that only the collector finds, with a Qt timer in it."""

    def __init__(self, deaths: list[int]) -> None:
        self.me = self
        self.timer = QTimer()
        self.timer.start(60_000)
        self.deaths = deaths

    def __del__(self) -> None:
        self.deaths.append(threading.get_ident())


def _allocate() -> None:
    for _ in range(200):
        kept = [[n] for n in range(1000)]
        assert kept


def test_cycles_die_on_the_qt_thread_however_much_another_one_allocates(
    qtbot: QtBot, collector: Collector
) -> None:
    deaths: list[int] = []
    for _ in range(20):
        Cycle(deaths)
    engine = threading.Thread(target=_allocate)

    engine.start()
    engine.join()
    assert deaths == []
    kept = [[n] for n in range(gc.get_threshold()[0] + 1)]

    qtbot.waitUntil(lambda: len(deaths) == 20)
    assert set(deaths) == {threading.get_ident()}
    assert kept


def test_stopping_gives_collecting_back_to_python(qtbot: QtBot) -> None:
    was = gc.isenabled()
    collector = Collector()
    collector.start()
    assert not gc.isenabled()

    collector.stop()

    assert gc.isenabled()
    if not was:
        gc.disable()
