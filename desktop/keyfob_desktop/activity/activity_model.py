"""The log's events as rows: one for each call, the newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal

from keyfob_core.words.plain import visible
from keyfob_desktop.activity.activity_answers import ENDED, SENT, Event
from keyfob_desktop.activity.activity_words import (
    event_words,
    outcome_icon,
    outcome_words,
    time_words,
    where_words,
)
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.models import NOWHERE, Index
from keyfob_desktop.widgets.text import clipped

EVENT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
MOST_ROWS = 5000
"""What is beyond is let go, and read again when it is asked for."""
_CELL_LIMIT = 120
_RECENT = 500
_ROLES = frozenset(
    int(role)
    for role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.AccessibleTextRole,
        EVENT_ROLE,
    )
)
_ICONS = ("healthy", "failed", "needs-you", "working", "not-connected")


class ActivityModel(QAbstractTableModel):
    """Events of which some are shown, and more can be had.

    Signals:
        more_wanted: the view has come to the last row.
    """

    more_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = (
            self.tr("When"),
            self.tr("What"),
            self.tr("Client"),
            self.tr("Server and tool"),
            self.tr("Outcome"),
        )
        self._rows: list[Event] = []
        self._ended: set[str] = set()
        self._texts: dict[int, tuple[str, ...]] = {}
        self._before: int | None = None
        self._icons = {f"state-{name}": icon(f"state-{name}") for name in _ICONS}

    @property
    def before(self) -> int | None:
        """What the next older page is asked for with; None where there is none."""
        return self._before

    def row_of(self, number: int) -> int | None:
        """The row of the event of that number, or None."""
        return next((row for row, one in enumerate(self._rows) if one.number == number), None)

    def show_events(self, events: Iterable[Event], before: int | None) -> None:
        """Show these instead."""
        self.beginResetModel()
        self._rows, self._ended = [], set()
        self._texts.clear()
        self._rows = list(self._shown(events))
        self._before = before
        self.endResetModel()

    def add_older(self, events: Iterable[Event], before: int | None) -> None:
        """Show these below the others."""
        more = list(self._shown(events))
        self._before = before
        if more:
            count = len(self._rows)
            self.beginInsertRows(NOWHERE, count, count + len(more) - 1)
            self._rows += more
            self.endInsertRows()

    def add_newer(self, events: Iterable[Event]) -> None:
        """Show these above the others; a call that has ended takes the place of its beginning."""
        more = list(self._shown(events))
        for row in reversed(range(min(_RECENT, len(self._rows)))):
            one = self._rows[row]
            if one.event == SENT and one.request_id in self._ended:
                self.beginRemoveRows(NOWHERE, row, row)
                del self._rows[row]
                self.endRemoveRows()
        if more:
            self.beginInsertRows(NOWHERE, 0, len(more) - 1)
            self._rows[:0] = more
            self.endInsertRows()
        if len(self._rows) > MOST_ROWS:
            self.beginRemoveRows(NOWHERE, MOST_ROWS, len(self._rows) - 1)
            del self._rows[MOST_ROWS:]
            self.endRemoveRows()
            self._before = self._rows[-1].number

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """How many headings there are."""
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell, the picture of an outcome, or the event."""
        if role not in _ROLES:
            # Of the many that a view asks for, for each cell that it paints.
            return None
        event, column = self._rows[index.row()], index.column()
        if role == EVENT_ROLE:
            return event
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icons[outcome_icon(event)] if column == 1 else None
        return self._cells(event)[column]

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """The heading of a column."""
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return self._headings[section]

    def canFetchMore(self, parent: Index) -> bool:
        """Whether there are older events."""
        return not parent.isValid() and self._before is not None

    def fetchMore(self, parent: Index) -> None:
        """Ask for older events; they come later."""
        del parent
        self.more_wanted.emit()

    def _shown(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events but for the beginnings of calls whose end is a row."""
        for event in events:
            if event.event == ENDED and event.request_id:
                self._ended.add(event.request_id)
            if event.event != SENT or event.request_id not in self._ended:
                yield event

    def _cells(self, event: Event) -> tuple[str, ...]:
        """The texts of a row, kept for as long as it may be painted again."""
        found = self._texts.get(event.number)
        if found is None:
            if len(self._texts) > _RECENT:
                self._texts.clear()
            words = (
                time_words(event.at),
                event_words(event.event),
                visible(event.client),
                where_words(event),
                outcome_words(event.outcome),
            )
            found = tuple(clipped(text, _CELL_LIMIT) for text in words)
            self._texts[event.number] = found
        return found
