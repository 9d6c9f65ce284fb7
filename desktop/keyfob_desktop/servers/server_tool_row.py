"""One tool's row: its name, what decides about it, and its switch."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.words.plain import visible
from keyfob_desktop.servers.server_answers import ToolShown
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel
from keyfob_desktop.widgets.parts import Button


class AccessSwitch(QWidget):
    """Three buttons of which one is down.

    Signals:
        chosen: allow, ask or deny.
    """

    chosen = Signal(str)

    def __init__(self, tool: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for access, words in (
            ("allow", self.tr("Allow")),
            ("ask", self.tr("Ask")),
            ("deny", self.tr("Deny")),
        ):
            button = QToolButton(self)
            button.setObjectName("access")
            button.setText(words)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            said = self.tr("{access}: {tool}").format(access=words, tool=visible(tool))
            button.setAccessibleName(said)
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(self.fontMetrics().averageCharWidth() * 9)
            button.clicked.connect(lambda _=False, access=access: self.chosen.emit(access))
            self._group.addButton(button)
            self.buttons[access] = button
            row.addWidget(button)

    @property
    def access(self) -> str:
        """Which one is down."""
        return next((name for name, one in self.buttons.items() if one.isChecked()), "")

    def show_access(self, access: str) -> None:
        """Press this one down."""
        button = self.buttons.get(access)
        if button is not None:
            with QSignalBlocker(self._group):
                button.setChecked(True)


class ServerToolRow(QFrame):
    """A tool.

    Signals:
        switched: the tool's name, and allow, ask, deny or "" for no word of its own.
        review_wanted: the id of the text that waits for approval.
    """

    switched = Signal(str, str)
    review_wanted = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self._name = name
        self._pending = ""
        self.name = PlainLabel(name)
        self.about = DimLabel()
        self.switch = AccessSwitch(name, self)
        self.switch.chosen.connect(self._tell)
        self.review_button = Button(self.tr("Review…"), self)
        self.review_button.setAccessibleName(self.tr("Review {tool}").format(tool=visible(name)))
        self.review_button.clicked.connect(lambda: self.review_wanted.emit(self._pending))
        self.usual_button = QToolButton(self)
        self.usual_button.setObjectName("disclosure")
        self.usual_button.setText(self.tr("Reset"))
        self.usual_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.usual_button.setAccessibleName(self.tr("Reset {tool}").format(tool=visible(name)))
        self.usual_button.setToolTip(self.tr("Take this tool's own word back."))
        self.usual_button.clicked.connect(lambda: self.switched.emit(self._name, ""))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.about)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 5, 0, 5)
        row.setSpacing(10)
        row.addLayout(words, 1)
        row.addWidget(self.review_button)
        row.addWidget(self.usual_button)
        row.addWidget(self.switch)

    def _tell(self, access: str) -> None:
        self.switched.emit(self._name, access)

    def show_tool(self, tool: ToolShown) -> None:
        """Show what holds for it now."""
        self._pending = tool.pending
        self.switch.show_access(tool.access)
        self.usual_button.setVisible(bool(tool.own))
        self.review_button.setVisible(bool(tool.pending))
        told = (pin_words(tool.pin), decided_words(tool) if tool.access != tool.own else "")
        self.about.show_text(" ".join(each for each in told if each))
        self.about.setVisible(bool(self.about.text()))


def pin_words(pin: str) -> str:
    """What is to be known of a tool's approval; nothing for one that is in order."""
    translate = QCoreApplication.translate
    words = {
        "new": translate("ServerToolRow", "New: hidden until you approve it."),
        "changed": translate("ServerToolRow", "Changed: hidden until you approve the difference."),
        "rejected": translate("ServerToolRow", "You said no to its text: it stays hidden."),
    }
    return words.get(pin, "")


def decided_words(tool: ToolShown) -> str:
    """What decides about a tool that has no word of its own, or one that counts for less."""
    translate = QCoreApplication.translate
    by = tool.decided_by
    if by == "defaults.access":
        return translate("ServerToolRow", "By default, see Settings.")
    if by.startswith("rule "):
        return translate("ServerToolRow", "By rule {rule}, see Clients.").format(
            rule=by.removeprefix("rule ")
        )
    return translate("ServerToolRow", "By [{table}] in config.toml.").format(table=visible(by))
