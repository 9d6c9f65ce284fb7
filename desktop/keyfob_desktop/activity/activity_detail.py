"""The pane that tells one call's whole story."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from keyfob_core.words.plain import visible
from keyfob_desktop.activity.activity_answers import Event
from keyfob_desktop.activity.activity_story import (
    arguments_of,
    facts_of,
    step_words,
    steps_of,
    title_of,
)
from keyfob_desktop.activity.activity_words import outcome_icon, time_words
from keyfob_desktop.widgets.fields import empty
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import CodeView, CopyField, Disclosure, Rule


class ActivityDetail(QWidget):
    """What happened in one call, step by step, and all that was recorded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self.title = TitleLabel(scale=1.15, parent=self)
        self.ending = PlainLabel(parent=self)
        self.when = DimLabel(parent=self)
        self.steps: tuple[str, ...] = ()
        self._steps = QGridLayout()
        self._facts = QGridLayout()
        self.arguments = CodeView(self.tr("Arguments, secrets hidden"))
        self._arguments_title = DimLabel(self.tr("Arguments, secrets hidden"))
        self.request_id = CopyField(self.tr("Request id"), parent=self)
        self._request_title = DimLabel(self.tr("Request id, as the client was told"))
        self.raw = CodeView(self.tr("As it was recorded"))
        self.raw.setMinimumHeight(self.fontMetrics().lineSpacing() * 12)
        self.more = Disclosure(self.tr("As it was recorded"), self.raw, self)
        self.hint = DimLabel(self.tr("Choose a row to read what happened."))
        self._content = QWidget(self)
        self._lay_out()
        self.show_story(())

    def show_story(self, events: Sequence[Event]) -> None:
        """Show these events of one call, the oldest first; none for no choice."""
        self._content.setVisible(bool(events))
        self.hint.setVisible(not events)
        if not events:
            return
        last = events[-1]
        side = round(self.fontMetrics().height() * 1.4)
        self._picture.setPixmap(icon(outcome_icon(last)).pixmap(side, side))
        self.title.show_text(title_of(events))
        self.ending.show_text(step_words(last))
        self.when.show_text(time_words(events[0].at))
        self._show_steps(events)
        self._fill(self._facts, facts_of(events))
        arguments = arguments_of(events)
        self.arguments.show_text(arguments)
        for widget in (self.arguments, self._arguments_title):
            widget.setVisible(bool(arguments))
        self.request_id.show_text(last.request_id)
        for widget in (self.request_id, self._request_title):
            widget.setVisible(bool(last.request_id))
        self.raw.show_text("\n".join(event.text for event in events))

    def _show_steps(self, events: Sequence[Event]) -> None:
        told = steps_of(events) if len(events) > 1 else ()
        self.steps = tuple(step.words for step in told)
        self._fill(self._steps, tuple((step.when, step.words) for step in told))

    def _fill(self, grid: QGridLayout, rows: Sequence[tuple[str, str]]) -> None:
        empty(grid)
        for row, (name, words) in enumerate(rows):
            grid.addWidget(name_label(visible(name)), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(PlainLabel(words), row, 1)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.ending)
        words.addWidget(self.when)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        for grid in (self._steps, self._facts):
            grid.setHorizontalSpacing(14)
            grid.setVerticalSpacing(6)
            grid.setColumnStretch(1, 1)
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(12)
        inner.addLayout(head)
        inner.addLayout(self._steps)
        inner.addWidget(Rule(self))
        inner.addLayout(self._facts)
        arguments = QVBoxLayout()
        arguments.setSpacing(4)
        arguments.addWidget(self._arguments_title)
        arguments.addWidget(self.arguments)
        inner.addLayout(arguments)
        request = QVBoxLayout()
        request.setSpacing(4)
        request.addWidget(self._request_title)
        request.addWidget(self.request_id)
        inner.addLayout(request)
        inner.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 4, 8, 4)
        column.addWidget(self.hint)
        column.addWidget(self._content)
        column.addStretch(1)
