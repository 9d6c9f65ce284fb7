"""The rules: what was answered for good, or added by hand, each removable."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QSizePolicy, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.words.plain import visible
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.servers.server_answers import RuleShown, rules_in
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.labels import DimLabel, TitleLabel
from keyfob_desktop.widgets.models import TableModel, moment
from keyfob_desktop.widgets.parts import Banner, Button
from keyfob_desktop.widgets.table import PlainTable


class ClientsRules(QWidget):
    """All rules, in the order in which they stand.

    Signals:
        removed: what was removed in words, and the engine's answer, for undoing it.
    """

    removed = Signal(str, object)

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._rules: tuple[RuleShown, ...] = ()
        headings = (
            self.tr("Rule"),
            self.tr("Access"),
            self.tr("Client"),
            self.tr("Server"),
            self.tr("Tool"),
            self.tr("Holds"),
        )
        self.model = TableModel(headings, self)
        self.table = PlainTable("rules", self.tr("Rules"), self.model, self)
        header = self.table.header()
        for column in range(len(headings) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.table.selectionModel().selectionChanged.connect(self._review)
        self.note = DimLabel()
        self.banner = Banner("state-needs-you", self)
        self.remove_button = Button(self.tr("Remove rule"), self)
        self.remove_button.clicked.connect(self._remove)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(TitleLabel(self.tr("Rules"), scale=1.15))
        column.addWidget(self.banner)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self._review()

    def look(self) -> None:
        """Ask the engine for the rules."""
        self._tasks.start(self._load())

    @property
    def current(self) -> RuleShown | None:
        """The chosen rule."""
        rows = self.table.selectionModel().selectedRows()
        return self._rules[rows[0].row()] if rows else None

    async def _load(self) -> None:
        try:
            found = rules_in(await self._door.call("rule.list"))
        except Error as error:
            self.banner.tell_unread(error)
            return
        self.banner.read()
        if found != self._rules:
            self._rules = found
            self.model.show_rows(tuple(self._row(rule) for rule in found))
        self._review()

    def _remove(self) -> None:
        rule = self.current
        if rule is not None:
            self._tasks.start(self._do_remove(rule))

    async def _do_remove(self, rule: RuleShown) -> None:
        self.banner.hide()
        try:
            answer = await self._door.call("rule.remove", {"id": rule.id})
        except Error as error:
            self.banner.tell_error(error)
            return
        self.removed.emit(self.tr("the rule {rule}").format(rule=rule.id), answer)
        await self._load()

    def _review(self) -> None:
        self.remove_button.setEnabled(self.current is not None)
        self.table.setVisible(bool(self._rules))
        down = QSizePolicy.Policy.Preferred if self._rules else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Preferred, down)
        self.remove_button.setVisible(bool(self._rules))
        self.note.show_text(
            self.tr("A deny wins over all else; then rules come before a server's own switches.")
            if self._rules
            else self.tr("No rule yet. An answer that you give for good becomes one.")
        )

    def _row(self, rule: RuleShown) -> tuple[str, ...]:
        words = {"allow": self.tr("Allow"), "ask": self.tr("Ask"), "deny": self.tr("Deny")}
        return (
            rule.id,
            words.get(rule.access, rule.access),
            rule.client or self.tr("every client"),
            rule.server or self.tr("every server"),
            self._tool(rule),
            self._holds(rule),
        )

    def _tool(self, rule: RuleShown) -> str:
        said = ", ".join(rule.annotations)
        if rule.tool:
            return visible(rule.tool)
        if rule.group:
            return self.tr("the group {group}").format(group=visible(rule.group))
        return (
            self.tr("tools that say: {words}").format(words=said) if said else self.tr("every tool")
        )

    def _holds(self, rule: RuleShown) -> str:
        if rule.until is not None:
            return self.tr("until {moment}").format(moment=moment(str(rule.until)))
        if rule.is_pinned:
            return self.tr("while the tool stays as it is")
        return self.tr("always")
