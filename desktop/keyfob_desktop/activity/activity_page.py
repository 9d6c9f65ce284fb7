"""Activity: the audit log as it grows, with what is asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error
from keyfob_core.states import Status
from keyfob_desktop.activity.activity_answers import Event, counts_in, head_in, page_in
from keyfob_desktop.activity.activity_chart import ActivityChart
from keyfob_desktop.activity.activity_detail import ActivityDetail
from keyfob_desktop.activity.activity_export import ActivityExport
from keyfob_desktop.activity.activity_filter import ActivityFilter
from keyfob_desktop.activity.activity_model import EVENT_ROLE, ActivityModel
from keyfob_desktop.activity.activity_story import is_of_a_call
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.empty_state import EmptyState
from keyfob_desktop.widgets.labels import DimLabel
from keyfob_desktop.widgets.parts import Banner, Button
from keyfob_desktop.widgets.table import LongTable

_PAGE = 200
_NEWS = 200
_STORY = 100
_FOLLOW_SECONDS = 50
_CHART_MS = 2000
_USUAL_RANGE = 7 * 86400.0
_SLICES = 60


class ActivityPage(QWidget):
    """The events that are chosen, the newest first; a chart of them; one of them in full.

    While the page is seen it follows the log: the engine answers when there is news. All reading
    is done on the engine's side, page by page.
    """

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._reading = Tasks(on_failure, self)
        self._following = Tasks(on_failure, self)
        self._telling = Tasks(on_failure, self)
        self._head = 0
        self._is_full = True
        self._recount = QTimer(self)
        self._recount.setSingleShot(True)
        self._recount.setInterval(_CHART_MS)
        self._recount.timeout.connect(lambda: self._reading.start(self._count()))
        self.filter = ActivityFilter(time.time, self)
        self.chart = ActivityChart(self)
        self.model = ActivityModel(self)
        self.table = LongTable("activity", self.tr("Activity"), self.model, self)
        self.detail = ActivityDetail(self)
        self.note = DimLabel()
        self.banner = Banner("state-needs-you", self)
        self.again_button = self.banner.button
        self.again_button.setText(self.tr("Try again"))
        self.clear_button = Button(self.tr("Clear filters"), self)
        self.clear_button.hide()
        self.exports = ActivityExport(door, on_failure, lambda: self.filter.wanted, self)
        self.empty = EmptyState(
            "keyfob",
            self.tr("Nothing has happened yet"),
            self.tr(
                "Every call through Keyfob is recorded here, before its first byte leaves this "
                "computer: who asked, which account was used, who decided, and how it ended."
            ),
            "",
            self,
        )
        self.pages = QStackedWidget(self)
        self._wire()
        self._lay_out()

    @property
    def is_reading(self) -> bool:
        """Whether the log is being read anew, or further back."""
        return self._reading.busy or self._tasks.busy

    def show_status(self, status: Status) -> None:
        """Offer what there is in the filters."""
        self.filter.learn(status)

    def refresh(self) -> None:
        """Read the log again, and follow it from there."""
        self._following.cancel()
        self._reading.cancel()
        self._reading.start(self._load())

    def showEvent(self, event: QShowEvent) -> None:
        """Follow the log while the page is seen."""
        super().showEvent(event)
        if self._door.status is not None:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow it no more."""
        super().hideEvent(event)
        self._recount.stop()
        for tasks in (self._following, self._reading):
            tasks.cancel()

    async def _load(self) -> None:
        self.banner.hide()
        wanted = self.filter.wanted
        self.note.show_text(self.tr("Reading the log…"))
        try:
            head = head_in(await self._door.call("audit.follow"))
            answer = page_in(await self._door.call("audit.page", {**wanted, "count": _PAGE}))
        except Error as error:
            self._tell(error)
            return
        self._head = max([head, *(event.number for event in answer.events[:1])])
        self._is_full = answer.is_full
        self.filter.learn_from(answer.events)
        chosen = self._chosen()
        self.model.show_events(answer.events, answer.before)
        row = self.model.row_of(chosen.number) if chosen is not None else None
        if row is not None:
            self.table.setCurrentIndex(self.model.index(row, 0))
        self._choose()
        self._review()
        self._following.start(self._follow())
        await self._count()

    async def _follow(self) -> None:
        """Wait for news and show it, until the page is left."""
        while True:
            try:
                args = {"after": self._head or None, "seconds": _FOLLOW_SECONDS}
                head = head_in(await self._door.call("audit.follow", args))
                if head <= self._head:
                    continue
                wanted: dict[str, Any] = {**self.filter.wanted, "count": _NEWS}
                answer = page_in(
                    await self._door.call("audit.page", {**wanted, "after": self._head or None})
                )
            except Error as error:
                self._tell(error)
                return
            if len(answer.events) == _NEWS:
                # More than a page of news: what lies between is read when it is scrolled to.
                self.refresh()
                return
            self._head = head
            self._add_newer(answer.events)
            if not self._recount.isActive():
                self._recount.start()

    def _add_newer(self, events: tuple[Event, ...]) -> None:
        at_top = self.table.verticalScrollBar().value() == 0
        self.filter.learn_from(events)
        self.model.add_newer(events)
        if at_top:
            self.table.scrollToTop()
        self._review()
        shown = self._chosen()
        if shown is not None and any(one.request_id == shown.request_id for one in events):
            self._choose()

    async def _older(self) -> None:
        before = self.model.before
        if before is None:
            return
        wanted = {**self.filter.wanted, "count": _PAGE, "before": before}
        try:
            answer = page_in(await self._door.call("audit.page", wanted))
        except Error as error:
            self._tell(error)
            return
        self._is_full = answer.is_full
        self.filter.learn_from(answer.events)
        self.model.add_older(answer.events, answer.before)
        self._review()

    async def _count(self) -> None:
        self._recount.stop()
        wanted = self.filter.wanted
        now = time.time()
        wanted["since"] = now - (self.filter.seconds or _USUAL_RANGE)
        try:
            counts = counts_in(
                await self._door.call("audit.counts", {**wanted, "until": now, "slices": _SLICES})
            )
        except Error as error:
            self._tell(error)
            return
        self.chart.show_counts(counts)

    async def _tell_story(self, event: Event) -> None:
        wanted = {"request_id": event.request_id, "count": _STORY}
        try:
            answer = page_in(await self._door.call("audit.page", wanted))
        except Error:
            # What is known of it already is shown.
            return
        if self._chosen() == event and answer.events:
            self.detail.show_story(tuple(reversed(answer.events)))

    def _chosen(self) -> Event | None:
        index = self.table.currentIndex()
        return index.data(EVENT_ROLE) if index.isValid() else None

    def _choose(self) -> None:
        event = self._chosen()
        self._telling.cancel()
        self.detail.show_story((event,) if event is not None else ())
        self._detail_part.setVisible(event is not None)
        # The pane tells it in words, and the table has less room beside it.
        self.table.setColumnHidden(4, event is not None)
        if event is not None and is_of_a_call(event):
            self._telling.start(self._tell_story(event))

    def _ask_for_older(self) -> None:
        if not self._tasks.busy and self.isVisible():
            self._tasks.start(self._older())

    def _tell(self, error: Error) -> None:
        self.again_button.show()
        self.banner.tell_error(error)
        self.note.show_text("")

    def _review(self) -> None:
        shown = self.model.rowCount()
        is_set = self.filter.is_set
        self.pages.setCurrentIndex(0 if not shown and not is_set else 1)
        self.clear_button.setVisible(is_set)
        if not shown:
            words = self.tr("No event is like that.") if is_set else ""
        elif self.model.before is not None:
            words = self.tr("%n event(s) shown; scroll down for older ones.", "", shown)
        else:
            words = self.tr("%n event(s), all there are.", "", shown)
        if not self._is_full:
            words = self.tr("The log is long: scroll down to search further back.")
        self.note.show_text(words)

    def _wire(self) -> None:
        self.filter.changed.connect(self.refresh)
        self.clear_button.clicked.connect(self.filter.clear)
        self.again_button.clicked.connect(self.refresh)
        self.model.more_wanted.connect(self._ask_for_older)
        self.table.selectionModel().currentChanged.connect(self._choose)

    def _lay_out(self) -> None:
        header = self.table.horizontalHeader()
        metrics = self.fontMetrics()
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(metrics.averageCharWidth() * 8)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.detail)
        scroll.hide()
        self._detail_part = scroll
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(scroll)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([metrics.averageCharWidth() * 76, metrics.averageCharWidth() * 46])
        scroll.setMinimumWidth(metrics.averageCharWidth() * 36)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.clear_button)
        foot.addWidget(self.exports)
        log = QWidget(self)
        inner = QVBoxLayout(log)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(self.filter)
        inner.addWidget(self.chart)
        inner.addWidget(split, 1)
        inner.addLayout(foot)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(log)
        self.pages.setCurrentIndex(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(10)
        column.addWidget(self.banner)
        column.addWidget(self.exports.banner)
        column.addWidget(self.exports.failure)
        column.addWidget(self.pages, 1)
