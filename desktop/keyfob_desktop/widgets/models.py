"""Frozen values as Qt's item models show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from keyfob_core.states import AccountCondition, ClientState, ServerState
from keyfob_core.words.plain import visible
from keyfob_desktop.standing import condition_icon, server_icon, server_words
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.text import clipped

Index = QModelIndex | QPersistentModelIndex
SUBTITLE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SERVER_ROLE = int(Qt.ItemDataRole.UserRole) + 2

_CONDITIONS = tuple(AccountCondition)
_CELL_LIMIT = 120
NOWHERE = QModelIndex()


class ServerModel(QAbstractListModel):
    """The servers by name, each with its condition in words and as a picture."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._servers: tuple[ServerState, ...] = ()
        names = {condition_icon(s) for s in (None, *_CONDITIONS)}
        self._icons = {name: icon(name) for name in names}

    def show_servers(self, servers: tuple[ServerState, ...]) -> None:
        """Show these; rows that stay keep their selection."""
        if [s.name for s in servers] == [s.name for s in self._servers]:
            self._servers = servers
            if servers:
                self.dataChanged.emit(self.index(0), self.index(len(servers) - 1))
            return
        self.beginResetModel()
        self._servers = servers
        self.endResetModel()

    def row_of(self, name: str) -> int | None:
        """The row of the server, or None."""
        return next((i for i, s in enumerate(self._servers) if s.name == name), None)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many servers there are."""
        return 0 if parent.isValid() else len(self._servers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The server's name, condition, picture or value."""
        server = self._servers[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return clipped(visible(server.name), _CELL_LIMIT)
            case Qt.ItemDataRole.DecorationRole:
                return self._icons[server_icon(server)]
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{visible(server.name)}, {server_words(server)}"
            case _ if role == SUBTITLE_ROLE:
                return server_words(server)
            case _ if role == SERVER_ROLE:
                return server
            case _:
                return None


class TableModel(QAbstractTableModel):
    """Rows of plain text under headings."""

    def __init__(self, headings: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._headings = headings
        self._rows: tuple[tuple[str, ...], ...] = ()

    def show_rows(self, rows: tuple[tuple[str, ...], ...]) -> None:
        """Show these instead, their invisible characters made visible."""
        self.beginResetModel()
        self._rows = tuple(
            tuple(clipped(visible(cell), _CELL_LIMIT) for cell in row) for row in rows
        )
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """How many headings there are."""
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._rows[index.row()][index.column()]

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


def client_row(client: ClientState, known: str, entry: str, never: str) -> tuple[str, ...]:
    """One client as a row: name, how it is known, for what, its entry, last use."""
    used = never if client.last_used_at is None else moment(str(client.last_used_at))
    return (client.name, known, client.server or "", entry, used)


def moment(text: str) -> str:
    """A time, told in seconds since the epoch or in ISO 8601, as the person's locale writes it."""
    try:
        when = datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return text
    local = QDateTime.fromSecsSinceEpoch(int(when.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)
