"""A sign-in as it happens: one line a step, then how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error
from keyfob_core.steps import Step
from keyfob_desktop.connect.device_page import DevicePage
from keyfob_desktop.connect.paste_field import PasteField
from keyfob_desktop.core_words import all_said, said
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel
from keyfob_desktop.widgets.parts import Banner, CodeView, CopyField, Disclosure

_URL = re.compile(r"https?://\S+")


class ConnectSteps(QWidget):
    """Shows the steps of a sign-in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: list[str] = []
        self._pictures: list[QLabel] = []
        self._list = QWidget(self)
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._list)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._show_newest)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(8)
        self.bar.setAccessibleName(self.tr("Connecting"))
        self.link_words = DimLabel(self.tr("No browser window? Open this address yourself:"))
        self.link = CopyField(self.tr("Sign-in address"))
        self.paste = PasteField()
        self.device = DevicePage()
        self.outcome = Banner("state-healthy")
        self.failure = Banner("state-failed")
        self.details_text = CodeView(self.tr("Details"))
        self.details_text.setMaximumHeight(self.fontMetrics().lineSpacing() * 9)
        self.details = Disclosure(self.tr("Details"), self.details_text)
        self._lay_out()
        self.begin()

    @property
    def words(self) -> tuple[str, ...]:
        """The steps so far."""
        return tuple(self._told)

    def begin(self) -> None:
        """Forget an earlier attempt."""
        self._told.clear()
        self._pictures.clear()
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for widget in (self.outcome, self.failure, self.details):
            widget.hide()
        self._await_nothing()
        self.bar.show()
        self._scroll.show()

    def add(self, step: Step) -> None:
        """Show a step; an address in it may be opened by hand, and a code is shown large."""
        if step.name == "paste":
            self.paste.complain(said(step.text))
            return
        details = dict(step.details)
        link = _URL.search(step.text) if step.name == "browser" else None
        address = link.group() if link else ""
        words = said(step.text)
        if address:
            words = words.replace(address, urlsplit(address).netloc)
        self._close_last("state-healthy")
        self._append(step.text, words)
        self._await_nothing()
        if step.name == "browser":
            self._await_browser(address)
        elif step.name == "code":
            self._await_code(details)

    def _append(self, told: str, words: str) -> None:
        row = len(self._told)
        self._told.append(told)
        picture = QLabel(self._list)
        self._pictures.append(picture)
        self._paint(picture, "state-working")
        self._grid.addWidget(picture, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(PlainLabel(words), row, 1)
        self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(row + 1, 1)

    def _await_browser(self, address: str) -> None:
        self.link.setVisible(bool(address))
        self.link_words.setVisible(bool(address))
        self.link.show_text(address)
        self.paste.show()

    def _await_code(self, details: Mapping[str, str]) -> None:
        self.device.show_code(details)
        self._scroll.hide()
        self.device.show()

    def _await_nothing(self) -> None:
        self.device.stop()
        self.paste.forget()
        for widget in (self.link, self.link_words, self.paste, self.device):
            widget.hide()
        self._scroll.show()

    def succeed(self, words: str) -> None:
        """Say that it worked."""
        self._end("state-healthy")
        self.outcome.tell(words)

    def fail(self, error: Error, code: str, more: str = "") -> None:
        """Say what went wrong and what helps, and perhaps `more`; the rest stays folded."""
        self._end("state-failed")
        self._scroll.setVisible(bool(self._told))
        self.failure.tell(said(error.message), all_said(error.hint, more))
        lines = [*self._told, f"{code}: {error.message}"]
        self.details_text.show_text("\n".join(lines))
        self.details.show()

    def _show_newest(self, _oldest: int, newest: int) -> None:
        self._scroll.verticalScrollBar().setValue(newest)

    def _end(self, picture: str) -> None:
        self._close_last(picture)
        self.bar.hide()
        self._await_nothing()

    def _close_last(self, picture: str) -> None:
        if self._pictures:
            self._paint(self._pictures[-1], picture)

    def _paint(self, label: QLabel, picture: str) -> None:
        side = round(self.fontMetrics().height() * 1.1)
        label.setPixmap(icon(picture).pixmap(side, side))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.device)
        column.addWidget(self.link_words)
        column.addWidget(self.link)
        column.addWidget(self.paste)
        column.addWidget(self.bar)
        column.addWidget(self.outcome)
        column.addWidget(self.failure)
        column.addWidget(self.details)
        column.addStretch(0)
        self._scroll.setMinimumHeight(self.fontMetrics().lineSpacing() * 11)
