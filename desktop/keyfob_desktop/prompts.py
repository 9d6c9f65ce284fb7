"""One window a kind of prompt: it says who asks for what, and never approves by accident."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.cli.text import visible
from keyfob_core.model import (
    AccessPrompt,
    Answer,
    Claims,
    Client,
    ClientPrompt,
    Decision,
    Dismissed,
    KnownBy,
    Lasts,
    Peer,
    Prompt,
    SignInPrompt,
    WideningPrompt,
)
from keyfob_desktop.dialog import GrowingDialog
from keyfob_desktop.icons import icon
from keyfob_desktop.labels import DimLabel, PlainLabel, TitleLabel, name_label
from keyfob_desktop.parts import Button, FitScroll, code_view
from keyfob_desktop.standing import lasts_choices

GUARD_MS = 600
"""How long the approving button stays shut: a click meant for elsewhere approves nothing."""


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
        column.addWidget(FitScroll(facts))
        column.addLayout(self.body, 1)
        column.addLayout(self.buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 72)
        self.finished.connect(self._finish)

    def fact(self, name: str, value: str | QWidget, note: str = "") -> None:
        """One labelled line; `note` stands under it, softer."""
        label = name_label(name)
        edge = Qt.AlignmentFlag
        level = edge.AlignTop if isinstance(value, str) else edge.AlignVCenter
        label.setAlignment(Qt.AlignmentFlag.AlignRight | level)
        self.facts.addRow(label, _noted(value, note) if isinstance(value, str) else value)

    def decision(self, allow: bool) -> Decision:
        """What the buttons answer."""
        return Decision(allow=allow)

    def may_allow(self) -> bool:
        """Whether what is filled in can be approved."""
        return True

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

    def _review(self) -> None:
        self._guarded = False
        self.review()

    def _button(self, text: str) -> QPushButton:
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

    def _allow(self) -> None:
        self._answer = self.decision(True)
        self.accept()

    def _deny(self) -> None:
        self._answer = self.decision(False)
        self.reject()

    def _finish(self) -> None:
        self.answered.emit(self._answer or Dismissed())


class AccessDialog(PromptDialog):
    """May this client call this tool with this account?"""

    def __init__(self, prompt: AccessPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("Let {client} use {server}?").format(
                client=visible(prompt.client.name), server=visible(prompt.server)
            ),
            self.tr("Allow"),
            self.tr("Deny"),
            guard_ms=guard_ms,
        )
        self.fact(self.tr("Program"), prompt.client.name, known_words(self, prompt.client))
        self.fact(self.tr("Process"), *process_words(self, prompt.peer))
        claimed = claimed_words(self, prompt.claimed)
        if claimed:
            self.fact(self.tr("It calls itself"), claimed, self.tr("claimed, not checked"))
        self.fact(self.tr("Server"), prompt.server)
        self.fact(self.tr("Tool"), prompt.tool)
        self.fact(self.tr("Account"), prompt.account or self.tr("none: sent without a credential"))
        self.arguments = code_view(self.tr("Arguments"), prompt.arguments)
        self.arguments.setMinimumHeight(self.fontMetrics().lineSpacing() * 6)
        label = DimLabel(self.tr("With these arguments"))
        box = QVBoxLayout()
        box.setSpacing(4)
        box.addWidget(label)
        box.addWidget(self.arguments, 1)
        self.body.addLayout(box, 1)
        self._choices = lasts_choices(prompt.lasts)
        self.lasts = QComboBox(self)
        self.lasts.setAccessibleName(self.tr("How long your answer holds"))
        self.lasts.addItems([text for text, _, _ in self._choices])
        self.buttons.insertWidget(0, name_label(self.tr("My answer holds")))
        self.buttons.insertWidget(1, self.lasts)

    def decision(self, allow: bool) -> Decision:
        """The answer with the chosen duration."""
        if not self._choices:
            return Decision(allow=allow)
        _, lasts, hours = self._choices[self.lasts.currentIndex()]
        return Decision(allow=allow, lasts=lasts, hours=hours)


class WideningDialog(PromptDialog):
    """A command asks for something that allows more than before."""

    def __init__(self, prompt: WideningPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            visible(prompt.title), self.tr("Allow"), self.tr("Deny"), guard_ms=guard_ms
        )
        for name, value in prompt.details:
            self.fact(name, value)
        self.body.addWidget(PlainLabel(prompt.text))
        self.body.addWidget(DimLabel(self.tr("Asked for by a command on this computer.")))
        self.body.addStretch(1)


class ClientDialog(PromptDialog):
    """A program that nobody has named yet wants to use Keyfob."""

    def __init__(self, prompt: ClientPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("A new program wants to use Keyfob"),
            self.tr("Let it in"),
            self.tr("Refuse"),
            guard_ms=guard_ms,
        )
        self.fact(self.tr("Process"), *process_words(self, prompt.peer))
        claimed = claimed_words(self, prompt.claimed)
        if claimed:
            self.fact(self.tr("It calls itself"), claimed, self.tr("claimed, not checked"))
        self.name = QLineEdit(visible(prompt.suggested_name), self)
        self.name.setAccessibleName(self.tr("Name for this program"))
        self.name.textChanged.connect(self.review)
        self.fact(self.tr("Call it"), self.name)
        self.body.addWidget(
            DimLabel(
                self.tr(
                    "You will see it under this name. What it may do with your servers is asked "
                    "separately."
                )
            )
        )
        self.body.addStretch(1)

    def may_allow(self) -> bool:
        """Whether the program has a name."""
        return bool(self.name.text().strip())

    def decision(self, allow: bool) -> Decision:
        """The answer with the name."""
        lasts = Lasts.ALWAYS if allow else Lasts.ONCE
        return Decision(allow=allow, lasts=lasts, text=self.name.text().strip() if allow else None)


class SignInDialog(PromptDialog):
    """A call needs an account that is not connected, or whose sign-in has ended."""

    def __init__(self, prompt: SignInPrompt, *, guard_ms: int = GUARD_MS) -> None:
        super().__init__(
            self.tr("Sign in to {server}?").format(server=visible(prompt.server)),
            self.tr("Sign in…"),
            self.tr("Not now"),
            guard_ms=guard_ms,
        )
        self.fact(self.tr("Wanted by"), prompt.client.name, known_words(self, prompt.client))
        self.fact(self.tr("Server"), prompt.server)
        self.fact(self.tr("Account"), prompt.account)
        self.body.addWidget(PlainLabel(prompt.reason))
        self.body.addStretch(1)


def dialog_for(prompt: Prompt, *, guard_ms: int = GUARD_MS) -> PromptDialog:
    """The window that asks this prompt."""
    match prompt:
        case AccessPrompt():
            return AccessDialog(prompt, guard_ms=guard_ms)
        case WideningPrompt():
            return WideningDialog(prompt, guard_ms=guard_ms)
        case ClientPrompt():
            return ClientDialog(prompt, guard_ms=guard_ms)
        case SignInPrompt():
            return SignInDialog(prompt, guard_ms=guard_ms)


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


def known_words(widget: QWidget, client: Client) -> str:
    """What a client's name rests on."""
    match client.known_by:
        case KnownBy.TOKEN:
            return widget.tr("known by the token you gave it")
        case KnownBy.PROCESS:
            return widget.tr("known by its program file")
        case KnownBy.KEYFOB:
            return widget.tr("Keyfob's own window or command")


def process_words(widget: QWidget, peer: Peer | None) -> tuple[str, str]:
    """The process and, as a note, its number and what started it."""
    if peer is None:
        return widget.tr("unknown process"), widget.tr("connections over HTTP do not tell")
    note = widget.tr("process {pid}").format(pid=peer.pid)
    if peer.parents:
        chain = " ← ".join(visible(each) for each in peer.parents)
        note = widget.tr("{process}, started by {chain}").format(process=note, chain=chain)
    return peer.executable, note


def claimed_words(widget: QWidget, claimed: Claims) -> str:
    """What a client says of itself, in one line."""
    name = " ".join(each for each in (claimed.name, claimed.version) if each)
    return " · ".join(each for each in (name, claimed.user_agent) if each)
