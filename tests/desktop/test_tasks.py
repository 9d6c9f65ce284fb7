from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QApplication, QWidget

from keyfob_desktop.tasks import Tasks
from support.desktop import until


async def test_what_a_coroutine_raises_is_told_and_the_rest_goes_on() -> None:
    failures: list[BaseException] = []
    tasks, going_on = Tasks(failures.append), asyncio.Event()

    async def fail() -> None:
        raise ValueError("oops")

    async def succeed() -> None:
        going_on.set()

    tasks.start(fail())
    tasks.start(succeed())
    await until(lambda: not tasks.busy)

    assert [str(each) for each in failures] == ["oops"]
    assert going_on.is_set()


async def test_cancelled_coroutines_are_no_failure() -> None:
    failures: list[BaseException] = []
    ends: list[None] = []
    tasks = Tasks(failures.append)
    tasks.ended.connect(lambda: ends.append(None))

    async def wait() -> None:
        await asyncio.Event().wait()

    tasks.start(wait())
    tasks.cancel()
    await until(lambda: not tasks.busy)

    assert failures == []
    assert ends == [None]


async def test_what_belongs_to_a_page_that_is_gone_ends_with_it(qapp: QApplication) -> None:
    failures: list[BaseException] = []
    page, ended = QWidget(), asyncio.Event()
    tasks = Tasks(failures.append, page)

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start(wait())
    await asyncio.sleep(0)
    page.deleteLater()
    await until(ended.is_set)

    assert failures == []
