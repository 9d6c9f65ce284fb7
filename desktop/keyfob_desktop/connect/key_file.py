"""A file with a key: dropped here or chosen, read by the window, and never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.oauth.secret_files import read_secret_file
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel
from keyfob_desktop.widgets.parts import Button, sentence


class KeyFile(QFrame):
    """Takes one local file and keeps its text until it is forgotten.

    Signals:
        changed: another file, or none.
    """

    changed = Signal()

    def __init__(
        self, what: str, on_failure: Callable[[BaseException], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        self.setAccessibleName(what)
        self._what = what
        self._tasks = Tasks(on_failure, self)
        self._content = ""
        self.words = PlainLabel(parent=self)
        self.note = DimLabel(parent=self)
        self.choose_button = Button(self.tr("Choose file…"), self)
        self.choose_button.setAutoDefault(False)
        self.choose_button.clicked.connect(self._choose)
        self._lay_out()
        self.forget()

    @property
    def content(self) -> str:
        """The file's text, or nothing."""
        return self._content

    def forget(self) -> None:
        """Forget the file."""
        self._content = ""
        self.words.show_text(self._what)
        self.note.show_text(self.tr("Drop the file here, or choose it."))
        self.changed.emit()

    def take(self, path: Path) -> None:
        """Read this file."""
        self._tasks.cancel()
        self._tasks.start(self._read(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a single file of this computer."""
        if _local_file(event.mimeData().urls()) is not None:
            self._mark(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Look as before."""
        self._mark(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Read the file that was dropped."""
        self._mark(False)
        path = _local_file(event.mimeData().urls())
        if path is not None:
            event.acceptProposedAction()
            self.take(path)

    async def _read(self, path: Path) -> None:
        try:
            content = await read_secret_file(path)
        except Error as error:
            self.forget()
            self.note.show_text(sentence(error).removeprefix("key_file: "))
            return
        self._content = content
        self.words.show_text(path.name)
        self.note.show_text(
            self.tr("Read. Its content goes to your secret store and is not shown.")
        )
        self.changed.emit()

    def _choose(self) -> None:
        dialog = QFileDialog(self.window(), self._what)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_chosen(self, name: str) -> None:
        self.take(Path(name))

    def _mark(self, above: bool) -> None:
        self.setProperty("above", above)
        self.style().unpolish(self)
        self.style().polish(self)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.words)
        words.addWidget(self.note)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(self.choose_button)


def _local_file(urls: list[QUrl]) -> Path | None:
    """The one file that was dropped; a host in it would be asked with the person's password."""
    if len(urls) != 1 or not urls[0].isLocalFile() or urls[0].host():
        return None
    return Path(urls[0].toLocalFile())
