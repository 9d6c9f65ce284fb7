"""Writing events to a file, and verifying the whole log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QDir, QLocale
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from keyfob_core.errors import Error
from keyfob_desktop.activity.activity_answers import verified_in
from keyfob_desktop.answers import mapped
from keyfob_desktop.core_words import said
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.parts import Banner, Button


class ActivityExport(QWidget):
    """The buttons for both; what comes of it is told by `banner`."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        wanted: Callable[[], Mapping[str, str | float]],
        parent: QWidget | None = None,
    ) -> None:
        """`wanted` are the filters of the page: what is shown is what is exported."""
        super().__init__(parent)
        self._door = door
        self._wanted = wanted
        self._tasks = Tasks(on_failure, self)
        self._tasks.ended.connect(self._review)
        self.banner = Banner("state-healthy", parent)
        self.banner.button.setText(self.tr("Hide"))
        self.banner.button.show()
        self.banner.button.clicked.connect(self.banner.hide)
        self.failure = Banner("state-failed", parent)
        self.verify_button = Button(self.tr("Verify the log"), self)
        self.verify_button.clicked.connect(self._verify)
        self.export_button = Button(self.tr("Export"), self)
        menu = QMenu(self)
        self.as_lines = menu.addAction(self.tr("As JSON lines, which can be verified…"))
        self.as_table = menu.addAction(self.tr("As a table (CSV)…"))
        self.as_lines.triggered.connect(lambda: self._choose_file("jsonl"))
        self.as_table.triggered.connect(lambda: self._choose_file("csv"))
        self.export_button.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.verify_button)
        row.addWidget(self.export_button)

    def _choose_file(self, form: str) -> None:
        dialog = QFileDialog(self.window(), self.tr("Export activity"), QDir.homePath())
        dialog.setObjectName("export")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(form)
        names = {"jsonl": self.tr("JSON lines (*.jsonl)"), "csv": self.tr("Table (*.csv)")}
        dialog.setNameFilter(names[form])
        dialog.selectFile(f"keyfob-audit.{form}")
        dialog.fileSelected.connect(partial(self._begin_export, form))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _begin_export(self, form: str, path: str) -> None:
        self._tasks.start(self._export(path, form))

    async def _export(self, path: str, form: str) -> None:
        self._begin(self.tr("Exporting…"))
        args: dict[str, Any] = {**self._wanted(), "to": path, "format": form}
        try:
            told = mapped(await self._door.call("audit.export", args))
        except Error as error:
            self._fail(error)
            return
        size = QLocale().formattedDataSize(int(told.get("size") or 0))
        self.banner.tell(
            self.tr("Exported {size} to {path}.").format(size=size, path=path),
            self.tr("Only what the filters show is in it.") if self._wanted() else "",
        )

    def _verify(self) -> None:
        if not self._tasks.busy:
            self._tasks.start(self._ask())

    async def _ask(self) -> None:
        self._begin(self.tr("Following the whole chain…"))
        try:
            found = verified_in(await self._door.call("audit.verify"))
        except Error as error:
            self._fail(error)
            return
        if not found.problem:
            self.banner.tell(
                self.tr("The audit log is whole: %n event(s).", "", found.count),
                self.tr("No line was changed, removed, or cut off behind the last anchor."),
            )
            return
        self.banner.hide()
        where = self.tr("At {place}: {problem}") if found.where else "{problem}"
        self.failure.tell(
            self.tr("The audit log is not whole."),
            where.format(place=found.where, problem=said(found.problem)),
        )

    def _begin(self, words: str) -> None:
        self.failure.hide()
        self.banner.tell(words)
        self._review()

    def _fail(self, error: Error) -> None:
        self.banner.hide()
        self.failure.tell_error(error)

    def _review(self) -> None:
        for button in (self.verify_button, self.export_button):
            button.setEnabled(not self._tasks.busy)
