"""Which events the page of activity shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QWidget

from keyfob_core.states import Status
from keyfob_core.words.plain import visible
from keyfob_desktop.activity.activity_answers import Event
from keyfob_desktop.activity.activity_words import outcomes
from keyfob_desktop.widgets.fields import TextField

_TYPING_MS = 300
_HOUR = 3600.0


class _Names(QComboBox):
    """One of the names that are known, or any."""

    def __init__(self, name: str, anyone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.addItem(anyone, "")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def learn(self, names: Iterable[str]) -> None:
        """Offer these names too."""
        known = {self.itemData(row) for row in range(self.count())}
        for name in sorted(set(names) - known - {""}):
            self.addItem(visible(name), name)


class ActivityFilter(QWidget):
    """The fields by which events are chosen.

    Signals:
        changed: another choice was made; typing is waited for.
    """

    changed = Signal()

    def __init__(self, clock: Callable[[], float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self.search = TextField(self.tr("Search"), self.tr("Search the log"), self)
        self.search.setClearButtonEnabled(True)
        self.tool = TextField(self.tr("Tool"), self.tr("Any tool"), self)
        self.tool.setToolTip(self.tr("A tool's name; * stands for anything."))
        self.client = _Names(self.tr("Client"), self.tr("Any client"), self)
        self.server = _Names(self.tr("Server"), self.tr("Any server"), self)
        self.account = _Names(self.tr("Account"), self.tr("Any account"), self)
        self.outcome = _Names(self.tr("Outcome"), self.tr("Any outcome"), self)
        for name, words in outcomes():
            self.outcome.addItem(words, name)
        self.time = QComboBox(self)
        self.time.setAccessibleName(self.tr("Time"))
        for words, hours in (
            (self.tr("Any time"), 0),
            (self.tr("The last hour"), 1),
            (self.tr("The last 24 hours"), 24),
            (self.tr("The last 7 days"), 7 * 24),
            (self.tr("The last 30 days"), 30 * 24),
        ):
            self.time.addItem(words, hours * _HOUR)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.changed)
        for field in (self.search, self.tool):
            field.textChanged.connect(self._typing.start)
            field.returnPressed.connect(self._at_once)
        for choice in self._choices():
            choice.currentIndexChanged.connect(self._at_once)
        self._lay_out()

    @property
    def wanted(self) -> dict[str, str | float]:
        """The fields as `audit.page` takes them."""
        found: dict[str, str | float] = {
            "text": self.search.value,
            "tool": self.tool.value,
            "client": self.client.currentData(),
            "server": self.server.currentData(),
            "account": self.account.currentData(),
            "outcome": self.outcome.currentData(),
        }
        if self.seconds:
            found["since"] = max(0.0, self._clock() - self.seconds)
        return {name: value for name, value in found.items() if value != ""}

    @property
    def seconds(self) -> float:
        """How far back is looked; 0 for all the way."""
        return float(self.time.currentData())

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.wanted)

    def clear(self) -> None:
        """Leave nothing out."""
        for field in (self.search, self.tool):
            with QSignalBlocker(field):
                field.clear()
        for choice in self._choices():
            with QSignalBlocker(choice):
                choice.setCurrentIndex(0)
        self._at_once()

    def learn(self, status: Status) -> None:
        """Offer what there is."""
        self._offer(
            (client.name for client in status.clients),
            (server.name for server in status.servers),
            (account.name for account in status.accounts),
        )

    def learn_from(self, events: Iterable[Event]) -> None:
        """Offer what there was."""
        found = tuple(events)
        self._offer(
            (one.client for one in found),
            (one.server for one in found),
            (one.account for one in found),
        )

    def _offer(
        self, clients: Iterable[str], servers: Iterable[str], accounts: Iterable[str]
    ) -> None:
        self.client.learn(clients)
        self.server.learn(servers)
        self.account.learn(accounts)

    def _at_once(self) -> None:
        self._typing.stop()
        self.changed.emit()

    def _choices(self) -> tuple[QComboBox, ...]:
        return (self.client, self.server, self.account, self.outcome, self.time)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.search, 0, 0, 1, 2)
        grid.addWidget(self.time, 0, 2)
        grid.addWidget(self.outcome, 0, 3)
        for column, field in enumerate((self.client, self.server, self.tool, self.account)):
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        order = (self.search, self.time, self.outcome, self.client, self.server, self.tool)
        for before, after in zip(order, (*order[1:], self.account), strict=True):
            QWidget.setTabOrder(before, after)
