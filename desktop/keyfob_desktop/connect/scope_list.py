"""What an account may do: as the server asks, or only what a person ticks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.providers.provider import Risk, ScopeWords
from keyfob_desktop.connect.risk import RiskMark, risk_words, scope_labels
from keyfob_desktop.widgets.fields import empty
from keyfob_desktop.widgets.labels import PlainLabel
from keyfob_desktop.widgets.parts import FitScroll

_LINES = 13


class _Words(PlainLabel):
    """Words beside a box, which tick it as well."""

    def __init__(self, box: QCheckBox, words: PlainLabel) -> None:
        super().__init__(words.text())
        self._box = box

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick or untick the box."""
        if event.button() is Qt.MouseButton.LeftButton and self._box.isEnabled():
            self._box.click()
        super().mouseReleaseEvent(event)


class ScopeList(QWidget):
    """The scopes of a provider in plain words, each with its risk.

    Signals:
        changed: the choice is another.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes: dict[str, QCheckBox] = {}
        self.as_asked = QRadioButton(self.tr("What the server asks for"), self)
        self.as_ticked = QRadioButton(self.tr("Only what I tick"), self)
        self._group = QButtonGroup(self)
        self._group.addButton(self.as_asked)
        self._group.addButton(self.as_ticked)
        self.as_asked.setChecked(True)
        self.as_ticked.toggled.connect(self._review)
        self._list = QWidget(self)
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._shown = FitScroll(self._list, self)
        self._shown.setMaximumHeight(self.fontMetrics().lineSpacing() * _LINES)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.as_asked)
        column.addWidget(self.as_ticked)
        column.addWidget(self._shown)
        self._review()

    @property
    def empty(self) -> bool:
        """Whether no scope is known to choose from."""
        return not self._boxes

    @property
    def boxes(self) -> Mapping[str, QCheckBox]:
        """The box of each scope, by its name."""
        return self._boxes

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is ticked; empty leaves the choice to the server."""
        if not self.as_ticked.isChecked():
            return ()
        return tuple(name for name, box in self._boxes.items() if box.isChecked())

    @property
    def complete(self) -> bool:
        """Whether there is a choice: with nothing ticked the server's would count."""
        return self.as_asked.isChecked() or bool(self.scopes)

    def show_scopes(self, known: Mapping[str, ScopeWords], had: Sequence[str] = ()) -> None:
        """Offer these; ticked is what the account has, or else what only reads."""
        empty(self._grid)
        self._boxes.clear()
        for name, words in known.items():
            ticked = name in had if had else words.risk is Risk.READ
            self._add(name, words, ticked)
        self._review()

    def _add(self, name: str, words: ScopeWords, ticked: bool) -> None:
        row = self._grid.rowCount()
        text, own_name = scope_labels(name, words)
        box = QCheckBox(self._list)
        box.setAccessibleName(f"{text.text()}, {risk_words(words.risk)}")
        box.setChecked(ticked)
        box.toggled.connect(self.changed)
        self._boxes[name] = box
        label: QLabel = _Words(box, text)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(box, row, 0, top)
        self._grid.addWidget(label, row, 1)
        self._grid.addWidget(RiskMark(words.risk), row, 2, top)
        if own_name is not None:
            self._grid.addWidget(own_name, row + 1, 1)

    def _review(self) -> None:
        self._shown.setVisible(self.as_ticked.isChecked() and bool(self._boxes))
        self.changed.emit()
