"""Recent activity: the tail of the audit log."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_desktop.answers import happenings_in
from keyfob_desktop.labels import DimLabel
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.models import TableModel, happening_row
from keyfob_desktop.parts import Banner, Button
from keyfob_desktop.table import PlainTable
from keyfob_desktop.tasks import Tasks

_COUNT = 200


class ActivityPage(QWidget):
    """What happened lately, the newest first."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._tasks = Tasks(on_failure, self)
        headings = ("When", "What", "Client", "Server and tool", "Outcome")
        self.model = TableModel(tuple(self.tr(each) for each in headings), self)
        self.table = PlainTable("activity", self.tr("Recent activity"), self.model, self)
        header = self.table.header()
        for column in range(4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.empty = DimLabel(self.tr("Nothing has happened yet."))
        self.banner = Banner("state-needs-you", self)
        self.refresh_button = Button(self.tr("Refresh"), self)
        self.refresh_button.clicked.connect(self.refresh)
        row = QHBoxLayout()
        row.addWidget(self.empty, 1)
        row.addWidget(self.refresh_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(10)
        column.addWidget(self.banner)
        column.addWidget(self.table, 1)
        column.addLayout(row)

    def refresh(self) -> None:
        """Read the log's tail again."""
        if not self._tasks.busy:
            self._tasks.start(self._load())

    async def _load(self) -> None:
        self.banner.hide()
        try:
            told = happenings_in(await self._door.call("audit.tail", {"count": _COUNT}))
        except Error as error:
            self.banner.tell_error(error)
            return
        newest_first = reversed(told)
        self.model.show_rows(tuple(happening_row(each) for each in newest_first))
        self.empty.show_text(
            self.tr("The audit log's last {count} events.").format(count=len(told))
            if told
            else self.tr("Nothing has happened yet.")
        )
