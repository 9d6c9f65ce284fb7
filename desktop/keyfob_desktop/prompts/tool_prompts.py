"""The questions about a server's tools: all of them at first, and what is another later."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.prompts import FieldChange, SeenTool, ToolChange, ToolChangePrompt, ToolListPrompt
from keyfob_core.traits import Trait
from keyfob_core.words.plain import visible
from keyfob_core.words.tool_warnings import Finding
from keyfob_desktop.core_words import said
from keyfob_desktop.prompts.prompt_dialog import GUARD_MS, PromptDialog
from keyfob_desktop.widgets.fields import empty
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.widgets.parts import CodeView, FitScroll
from keyfob_desktop.widgets.text import clipped

translate = QCoreApplication.translate

_MARK = "⚠"
_MOST_IN_BANNER = 3
_LONGEST_NAME = 60
_LINES = 16
_MOST_CODE_LINES = 14
_WIDE = 60
_NARROW = 30
"""Characters of a line, at least, in a field that has the whole width or half of it."""


class ToolsDialog(PromptDialog):
    """Tools by name on one side, and what there is to know of the chosen one on the other."""

    chosen = Signal(int)
    """A tool's row; whoever knows it puts its details in."""

    def __init__(
        self,
        title: str,
        allow: str,
        deny: str,
        *,
        server: str,
        address: str,
        guard_ms: int = GUARD_MS,
    ) -> None:
        super().__init__(title, allow, deny, guard_ms=guard_ms)
        self.fact(self.tr("Server"), server)
        self.fact(self.tr("Address"), address)
        self.warning = TitleLabel(scale=1.0)
        self.warned = PlainLabel()
        self.warning.hide()
        self.warned.hide()
        self.names = QListWidget(self)
        self.names.setObjectName("tools")
        self.names.setAccessibleName(self.tr("Tools"))
        self.names.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        width = self.fontMetrics().averageCharWidth()
        self.names.setFixedWidth(width * 30)
        self._details = QVBoxLayout()
        self._details.setContentsMargins(0, 0, 0, 0)
        self._details.setSpacing(8)
        panel = QWidget(self)
        panel.setLayout(self._details)
        self.details = FitScroll(panel)
        self.details.setAccessibleName(self.tr("About the chosen tool"))
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.names)
        row.addWidget(self.details, 1)
        self.body.addWidget(self.warning)
        self.body.addWidget(self.warned)
        self.body.addLayout(row, 1)
        self.setMinimumWidth(width * 110)
        self.names.setMinimumHeight(self.fontMetrics().lineSpacing() * _LINES)
        self.names.currentRowChanged.connect(self._choose)

    def show_tools(self, tools: Sequence[tuple[str, Sequence[Finding]]]) -> None:
        """Offer the tools by their names, and choose the first that a person should look at."""
        for name, findings in tools:
            shown = clipped(visible(name), _LONGEST_NAME)
            self.names.addItem(f"{_MARK} {shown}" if findings else shown)
        marked = [row for row, (_, findings) in enumerate(tools) if findings]
        self._warn([tools[row] for row in marked])
        self.names.setCurrentRow(marked[0] if marked else 0)

    def add(self, widget: QWidget) -> None:
        """Put a part under what is shown of the chosen tool."""
        self._details.addWidget(widget)

    def add_findings(self, findings: Sequence[Finding]) -> None:
        """Put the warnings under what is shown."""
        for finding in findings:
            self.add(
                PlainLabel(f"{_MARK} {said(finding.rule)} ({finding.field}): {finding.excerpt}")
            )

    def _choose(self, row: int) -> None:
        empty(self._details)
        if row >= 0:
            self.chosen.emit(row)
        self._details.addStretch(1)
        self.details.verticalScrollBar().setValue(0)

    def _warn(self, tools: Sequence[tuple[str, Sequence[Finding]]]) -> None:
        if not tools:
            return
        words = [
            f"{clipped(visible(name), _LONGEST_NAME)}: {_rules(findings)}"
            for name, findings in tools[:_MOST_IN_BANNER]
        ]
        if len(tools) > _MOST_IN_BANNER:
            words.append(self.tr("and {count} more").format(count=len(tools) - _MOST_IN_BANNER))
        steering = self.tr("Some words here may be meant to steer the model, not to tell you.")
        self.warning.show_text(f"{_MARK} {steering}")
        self.warned.show_text("\n".join(words))
        self.warning.show()
        self.warned.show()


class ToolListDialog(ToolsDialog):
    """A server's tools are seen for the first time."""

    def __init__(self, prompt: ToolListPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("Let programs use the %n tool(s) of {server}?", "", len(prompt.tools)).format(
                server=visible(prompt.server)
            ),
            self.tr("Approve all"),
            self.tr("Refuse all"),
            server=prompt.server,
            address=prompt.address,
            guard_ms=guard_ms,
        )
        self._tools = prompt.tools
        self.chosen.connect(self._show_tool)
        self.body.addWidget(
            DimLabel(
                self.tr(
                    "Approved tools are shown to your programs; whether one may call a tool is "
                    "still asked. A tool that changes later is hidden until you approve the change."
                )
            )
        )
        self.show_tools([(tool.name, tool.findings) for tool in prompt.tools])

    def _show_tool(self, row: int) -> None:
        tool = self._tools[row]
        self.add(TitleLabel(tool.name, scale=1.1))
        if tool.title:
            self.add(PlainLabel(tool.title))
        self.add(DimLabel(trait_words(tool)))
        self.add_findings(tool.findings)
        self.add(PlainLabel(tool.description or self.tr("It says nothing of itself.")))
        for name, value in tool.fields:
            self.add(name_label(name))
            self.add(_code(name, value))


class ToolChangeDialog(ToolsDialog):
    """Tools are others than those that were approved, or were added."""

    def __init__(self, prompt: ToolChangePrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("{server} has changed its tools. Approve them as they are now?").format(
                server=visible(prompt.server)
            ),
            self.tr("Approve"),
            self.tr("Refuse"),
            server=prompt.server,
            address=prompt.address,
            guard_ms=guard_ms,
        )
        self._changes = prompt.changes
        self.chosen.connect(self._show_change)
        self.body.addWidget(
            DimLabel(self.tr("Until you answer, your programs neither see nor call them."))
        )
        self.show_tools([(change.tool, change.findings) for change in prompt.changes])

    def _show_change(self, row: int) -> None:
        change = self._changes[row]
        self.add(TitleLabel(change.tool, scale=1.1))
        self.add(DimLabel(_change_words(change)))
        self.add_findings(change.findings)
        for field in change.fields:
            self.add(name_label(field.field))
            self.add(_code(field.field, field.after) if change.added else self._beside(field))

    def _beside(self, field: FieldChange) -> QWidget:
        sides = QWidget(self)
        grid = QGridLayout(sides)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(DimLabel(self.tr("Approved")), 0, 0)
        grid.addWidget(DimLabel(self.tr("Now")), 0, 1)
        lines = max(_height(field.before, _NARROW), _height(field.after, _NARROW))
        for column, (name, text) in enumerate(
            ((self.tr("Approved"), field.before), (self.tr("Now"), field.after))
        ):
            grid.addWidget(_code(f"{field.field}, {name}", text, lines), 1, column)
            grid.setColumnStretch(column, 1)
        return sides


def _code(name: str, text: str, lines: int | None = None) -> CodeView:
    view = CodeView(name, text)
    high = lines if lines is not None else _height(text)
    view.setFixedHeight(view.fontMetrics().lineSpacing() * high + view.fontMetrics().height())
    return view


def _height(text: str, columns: int = _WIDE) -> int:
    lines = sum(1 + len(line) // columns for line in text.splitlines())
    return max(1, min(lines + 1, _MOST_CODE_LINES))


def _rules(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(said(finding.rule) for finding in findings))


def trait_words(tool: SeenTool) -> str:
    """What a tool says of what it does, in one line."""
    words = {
        Trait.READ_ONLY: translate("ToolPrompts", "says that it only reads"),
        Trait.DESTRUCTIVE: translate("ToolPrompts", "may destroy something"),
        Trait.OPEN_WORLD: translate("ToolPrompts", "reaches the outside world"),
        Trait.IDEMPOTENT: QCoreApplication.translate(
            "ToolPrompts", "says that a repetition changes nothing"
        ),
    }
    return " · ".join(words[trait] for trait in tool.traits)


def _change_words(change: ToolChange) -> str:
    if change.added:
        return QCoreApplication.translate(
            "ToolPrompts", "This tool was not there when you approved the others."
        )
    return translate("ToolPrompts", "This tool has changed since you approved it.")
