"""The desktop around a fake engine, and ways to wait for what a person would see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtWidgets import QApplication, QWidget

from keyfob_core.states import Status
from keyfob_desktop.loop import EngineDoor, EngineThread
from keyfob_desktop.prompts.prompter import DesktopPrompter
from support.fake_engine import EMPTY, FakeEngine

T = TypeVar("T")
PATIENCE = 5.0


class NotedBrowser:
    """A browser that opens nothing and keeps the addresses; `works` is what it answers."""

    def __init__(self) -> None:
        self.works = True
        self.opened: list[str] = []

    async def __call__(self, url: str) -> bool:
        self.opened.append(url)
        return self.works


@dataclass
class Running:
    """A fake engine that runs, and what reaches it."""

    engine: FakeEngine
    door: EngineDoor
    prompter: DesktopPrompter
    thread: EngineThread
    loop: asyncio.AbstractEventLoop
    browser: NotedBrowser
    failures: list[BaseException] = field(default_factory=list)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run the coroutine on the engine's thread."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def tell(self, **changes: Any) -> None:
        """Change the engine's status and wait until the door has told it."""

        async def change() -> Status:
            self.engine.tell(**changes)
            return await self.engine.status()

        expected = await self.start(change())
        await until(lambda: self.door.status == expected)

    def verbs(self) -> list[str]:
        return [verb for verb, _, _ in self.engine.dispatched]


@asynccontextmanager
async def running_engine(status: Status = EMPTY) -> AsyncGenerator[Running]:
    """A fake engine on its own thread, with the door to it open."""
    engine, prompter, browser = FakeEngine(status), DesktopPrompter(), NotedBrowser()
    door = EngineDoor(browser)
    thread = EngineThread(lambda: engine.running(prompter))
    await door.open(thread)
    loop, _ = thread.started.result()
    try:
        yield Running(engine, door, prompter, thread, loop, browser)
    finally:
        assert await door.close(thread, PATIENCE)


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds, at most five seconds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in a widget
            await asyncio.sleep(0.005)


def top_level(kind: type[QWidget]) -> list[Any]:
    """The open windows and dialogs of this kind."""
    shown = (each for each in QApplication.allWidgets() if isinstance(each, kind))
    return [each for each in shown if each.isVisible() and each.isWindow()]


async def opened(kind: type[QWidget]) -> Any:
    """The one dialog of this kind, when it has opened."""
    await until(lambda: top_level(kind))
    return top_level(kind)[0]


def shows_all(dialog: QWidget) -> bool:
    """Whether the dialog is as high as its wrapped text needs."""
    layout = dialog.layout()
    assert layout is not None
    return dialog.height() >= layout.totalHeightForWidth(dialog.width())
