"""The desktop's own coroutines: kept until they end, and never failing in silence."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid


class Tasks(QObject):
    """Coroutines that belong to one window or page.

    What one of them raises unhandled goes to `on_failure`.

    Signals:
        ended: one has ended.
    """

    ended = Signal()

    def __init__(
        self, on_failure: Callable[[BaseException], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._on_failure = on_failure
        self._running = running = set[asyncio.Task[None]]()
        # Whom they belong to is gone then, and they would find nothing to show their answer in.
        self.destroyed.connect(lambda: _cancel(running))

    @property
    def busy(self) -> bool:
        """Whether any has not ended yet."""
        return bool(self._running)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the coroutine on the Qt thread's loop; what is asked for after its end is dropped."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # Signals that were on their way when the loop ended are told all the same.
            work.close()
            return
        task = loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Cancel all that have not ended."""
        _cancel(self._running)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if isValid(self):
            self.ended.emit()
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._on_failure(error)


def _cancel(running: set[asyncio.Task[None]]) -> None:
    for task in tuple(running):
        # A loop that has ended runs nothing more.
        with contextlib.suppress(RuntimeError):
            task.cancel()
