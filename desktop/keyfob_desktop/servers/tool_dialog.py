"""Trying a tool: a test call through the relay, with the answer as plain text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from keyfob_core.errors import Error
from keyfob_core.words.plain import visible
from keyfob_desktop.answers import CallAnswer, Tool, call_answer_in, listed, tools_in
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.choice_list import ChoiceList
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.fields import in_order
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.widgets.parts import Banner, Button, CodeView


class ToolDialog(GrowingDialog):
    """The tools of one server, and what a call of one answers."""

    def __init__(
        self,
        server: str,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Try a tool"))
        self._server = server
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._tasks.ended.connect(self._review)
        self._tools: tuple[Tool, ...] = ()
        self.list = ChoiceList("tools", self.tr("Tools"), self)
        self.list.chosen.connect(self._show_tool)
        self.description = CodeView(self.tr("What the tool says of itself"))
        self.arguments = CodeView(self.tr("Arguments"))
        self.arguments.setReadOnly(False)
        self.arguments.textChanged.connect(self._review)
        self.complaint = DimLabel()
        self.call_button = Button(self.tr("Call"), self)
        self.call_button.setDefault(True)
        self.call_button.clicked.connect(self._call)
        self.identity = PlainLabel()
        self.answer = CodeView(self.tr("Answer"))
        self.banner = Banner("state-failed", self)
        self.close_button = Button(self.tr("Close"), self)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self._tasks.cancel)
        self._lay_out()
        self._review()

    def begin(self) -> None:
        """Ask the server for its tools."""
        self.identity.show_text(self.tr("Asking the server for its tools…"))
        self._tasks.start(self._load())

    @property
    def tool(self) -> Tool | None:
        """The chosen tool."""
        row = self.list.row
        return self._tools[row] if 0 <= row < len(self._tools) else None

    def choose(self, name: str) -> None:
        """Choose the tool of that name, if it is there."""
        for row, tool in enumerate(self._tools):
            if tool.name == name:
                self.list.choose(row)

    async def _load(self) -> None:
        try:
            asked = {"server": self._server}
            self._tools = tools_in(await self._door.call("server.tools", asked))
            hidden = () if self._tools else listed(await self._door.call("tool.list", asked))
        except Error as error:
            self.banner.tell_error(error)
            self.identity.show_text("")
            return
        self.list.show_names(tool.name for tool in self._tools)
        self.identity.show_text("" if self._tools else self._why_none(bool(hidden)))
        if self._tools:
            self.choose(self._tools[0].name)

    def _why_none(self, hidden: bool) -> str:
        if hidden:
            return self.tr(
                "None of its tools is approved and allowed. The page Servers tells why, beside "
                "each of them."
            )
        return self.tr("This server offers no tools.")

    def _show_tool(self) -> None:
        tool = self.tool
        words = f"{tool.description}\n\n{tool.schema}" if tool else ""
        self.description.show_text(words.strip())
        self.arguments.setPlainText(tool.example if tool else "")
        self._review()

    def _review(self) -> None:
        complaint = self._complaint()
        self.complaint.show_text(complaint)
        ready = self.tool is not None and not complaint and not self._tasks.busy
        self.call_button.setEnabled(ready)

    def _complaint(self) -> str:
        try:
            value = json.loads(self.arguments.toPlainText() or "{}")
        except json.JSONDecodeError as error:
            where = self.tr("Not JSON yet: line {line}, column {column}.")
            return where.format(line=error.lineno, column=error.colno)
        if not isinstance(value, dict):
            return self.tr("Arguments are one JSON object, like {}.")
        return ""

    def _call(self) -> None:
        if self.tool is not None and not self._tasks.busy:
            arguments = cast("dict[str, Any]", json.loads(self.arguments.toPlainText() or "{}"))
            self._tasks.start(self._ask_server(self.tool.name, arguments))

    async def _ask_server(self, tool: str, arguments: dict[str, Any]) -> None:
        self.banner.hide()
        self.answer.clear()
        self.identity.show_text(self.tr("Calling…"))
        self.call_button.setEnabled(False)
        call = {"server": self._server, "tool": tool, "arguments": arguments}
        try:
            answer = call_answer_in(await self._door.call("server.call", call))
        except Error as error:
            self.banner.tell_error(error)
            self.identity.show_text("")
        else:
            self._show_answer(answer)

    def _show_answer(self, answer: CallAnswer) -> None:
        self.answer.show_text(answer.text)
        if answer.identity:
            words = self.tr("The server saw you as {identity}.").format(identity=answer.identity)
        else:
            words = self.tr("The server answered.")
        if answer.is_error:
            words = self.tr("The tool reports an error. {words}").format(words=words)
        self.identity.show_text(words)

    def _lay_out(self) -> None:
        line = self.fontMetrics().lineSpacing()
        wide = self.fontMetrics().averageCharWidth()
        self.list.setMinimumWidth(wide * 20)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(6)
        parts: tuple[tuple[str, CodeView, int, int], ...] = (
            (self.tr("What the tool says of itself"), self.description, 4, 2),
            (self.tr("Arguments"), self.arguments, 4, 2),
        )
        for words, view, lines, stretch in parts:
            view.setMinimumHeight(line * lines)
            column.addWidget(DimLabel(words))
            column.addWidget(view, stretch)
        go = QHBoxLayout()
        go.addWidget(self.complaint, 1)
        go.addWidget(self.call_button)
        column.addLayout(go)
        column.addWidget(self.identity)
        column.addWidget(self.answer, 3)
        self.answer.setMinimumHeight(line * 5)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        close = QHBoxLayout()
        close.addStretch(1)
        close.addWidget(self.close_button)
        title = self.tr("Try a tool of {server}").format(server=visible(self._server))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(22, 20, 22, 18)
        whole.setSpacing(12)
        whole.addWidget(TitleLabel(title))
        whole.addWidget(
            DimLabel(self.tr("A real call through the relay, as any client would make it."))
        )
        whole.addWidget(self.banner)
        whole.addWidget(split, 1)
        whole.addLayout(close)
        self.resize(wide * 110, line * 36)
        in_order(self.list, self.description, self.arguments, self.call_button)
        in_order(self.call_button, self.answer, self.close_button)
