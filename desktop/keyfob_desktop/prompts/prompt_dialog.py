"""The window that every prompt is: it never takes the focus and never approves by accident."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from keyfob_core.prompts import Answer, Decision, Dismissed
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import Button, FitScroll

GUARD_MS = 600
"""How long the approving button stays shut: a click meant for elsewhere approves nothing."""
_LOOK_MS = 5000
_MINUTE = 60.0
_SOON = 90.0
"""Seconds; before that the time that is left is told in minutes."""


class PromptDialog(GrowingDialog):
    """A question with a refusing and an approving button, shown without taking the focus.

    Signals:
        answered: the `Answer`, once; closing the window is Dismissed.
    """

    answered = Signal(object)

    def __init__(self, title: str, allow: str, deny: str, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(None)
        self.setWindowTitle(self.tr("Keyfob asks"))
        self.setWindowIcon(icon("keyfob"))
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._answer: Answer | None = None
        self._guard_ms = guard_ms
        self._open_guard = QTimer(self)
        self._open_guard.setSingleShot(True)
        self._open_guard.setInterval(guard_ms)
        self._open_guard.timeout.connect(self._review)
        self._guarded = True
        self._ends_at: float | None = None
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._tell_end)

        self.title = TitleLabel(title)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        facts = QWidget(self)
        self.facts = QFormLayout(facts)
        self.facts.setContentsMargins(0, 0, 0, 0)
        self.facts.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.facts.setHorizontalSpacing(14)
        self.facts.setVerticalSpacing(6)
        self.facts.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.buttons = QHBoxLayout()
        self.deny_button = self._button(deny)
        self.allow_button = self._button(allow)
        self.allow_button.setEnabled(False)
        self.deny_button.clicked.connect(self._deny)
        self.allow_button.clicked.connect(self._allow)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.deny_button)
        self.buttons.addWidget(self.allow_button)

        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addLayout(self._headline())
        self._facts_part = FitScroll(facts)
        self._facts_part.setAccessibleName(self.tr("What is asked"))
        self._facts_part.hide()
        column.addWidget(self._facts_part)
        column.addLayout(self.body, 1)
        column.addLayout(self._last_line())
        column.addLayout(self.buttons)
        # A key that was meant for elsewhere finds no button that it could press.
        self.title.setFocus()
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 72)
        self.finished.connect(self._finish)

    def fact(self, name: str, value: str | QWidget, note: str = "") -> None:
        """One labelled line; `note` stands under it, softer."""
        label = name_label(name)
        edge = Qt.AlignmentFlag
        level = edge.AlignTop if isinstance(value, str) else edge.AlignVCenter
        label.setAlignment(Qt.AlignmentFlag.AlignRight | level)
        self.facts.addRow(label, _noted(value, note) if isinstance(value, str) else value)
        self._facts_part.show()

    def decision(self, allow: bool) -> Decision:
        """What the buttons answer."""
        return Decision(allow=allow)

    def may_allow(self) -> bool:
        """Whether what is filled in can be approved."""
        return True

    def show_end(self, ends_at: float | None) -> None:
        """Say when the question closes by itself; in seconds since the epoch, or never."""
        self._ends_at = ends_at
        self._tell_end()
        if ends_at is None:
            self._look.stop()
        elif not self._look.isActive():
            self._look.start()

    def show_more(self, count: int) -> None:
        """Say how many questions wait behind this one."""
        self.more.show_text(
            self.tr("One more question waits.")
            if count == 1
            else self.tr("{count} more questions wait.").format(count=count)
        )
        self.more.setVisible(count > 0)

    def withdraw(self) -> None:
        """Close without an answer: nobody waits any more."""
        self.blockSignals(True)
        self.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Shut the approving button for a moment each time the window appears."""
        super().showEvent(event)
        self._guarded = True
        self.allow_button.setEnabled(False)
        self._open_guard.start()

    def review(self) -> None:
        """Open or shut the approving button by what is filled in."""
        self.allow_button.setEnabled(not self._guarded and self.may_allow())

    def _tell_end(self) -> None:
        self.ending.setVisible(self._ends_at is not None)
        if self._ends_at is None:
            return
        left = self._ends_at - time.time()
        if left < _SOON:
            words = self.tr("Without an answer this closes within a minute, as “not now”.")
        else:
            words = self.tr(
                "Without an answer this closes in {minutes} minutes, as “not now”."
            ).format(minutes=math.ceil(left / _MINUTE))
        if words != self.ending.text():
            self.ending.show_text(words)

    def _review(self) -> None:
        self._guarded = False
        self.review()

    def _button(self, text: str) -> Button:
        button = Button(text, self)
        # Return must never press what happens to have the focus.
        button.setAutoDefault(False)
        button.setDefault(False)
        button.setMinimumWidth(self.fontMetrics().averageCharWidth() * 14)
        return button

    def _headline(self) -> QHBoxLayout:
        side = self.fontMetrics().height() * 2
        picture = QLabel(self)
        picture.setPixmap(icon("keyfob-needs-you").pixmap(side, side))
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.title, 1)
        return row

    def _last_line(self) -> QHBoxLayout:
        self.more, self.ending = DimLabel(), DimLabel()
        self.more.setWordWrap(False)
        self.ending.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.more.hide()
        self.ending.hide()
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.more)
        row.addWidget(self.ending, 1)
        return row

    def _allow(self) -> None:
        self._answer = self.decision(True)
        self.accept()

    def _deny(self) -> None:
        self._answer = self.decision(False)
        self.reject()

    def _finish(self) -> None:
        self.answered.emit(self._answer or Dismissed())


def _noted(value: str, note: str) -> QWidget:
    if not note:
        return PlainLabel(value)
    cell = QWidget()
    column = QVBoxLayout(cell)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(1)
    column.addWidget(PlainLabel(value))
    column.addWidget(DimLabel(note))
    return cell
