"""The list of servers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListView, QWidget

from keyfob_core.states import ServerState
from keyfob_desktop.widgets.models import SERVER_ROLE, ServerModel
from keyfob_desktop.widgets.two_lines import in_two_lines


class ServerList(QListView):
    """The servers to choose from.

    Signals:
        chosen: the name of the server now chosen, or "" for none.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("servers")
        self.setAccessibleName(self.tr("Servers"))
        self._model = ServerModel(self)
        self.setModel(self._model)
        in_two_lines(self)
        self.selectionModel().currentChanged.connect(self._tell)

    @property
    def current(self) -> ServerState | None:
        """The chosen server as it is now."""
        index = self.currentIndex()
        return index.data(SERVER_ROLE) if index.isValid() else None

    def show_servers(self, servers: tuple[ServerState, ...]) -> None:
        """Show these and keep the choice, or choose the first."""
        before = self.current
        self._model.show_servers(servers)
        if self.current is None and servers:
            row = self._model.row_of(before.name) if before else None
            self.setCurrentIndex(self._model.index(row or 0))

    def choose(self, name: str) -> None:
        """Choose the server of that name, if it is there."""
        row = self._model.row_of(name)
        if row is not None:
            self.setCurrentIndex(self._model.index(row))

    def _tell(self) -> None:
        server = self.current
        self.chosen.emit(server.name if server else "")
