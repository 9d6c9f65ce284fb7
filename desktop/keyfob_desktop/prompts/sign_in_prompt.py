"""The question whether to sign in, or to let an account do more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from keyfob_core.prompts import SignInPrompt
from keyfob_core.providers.provider import ScopeWords
from keyfob_core.words.plain import visible
from keyfob_desktop.connect.risk import RiskMark, scope_labels, undescribed
from keyfob_desktop.core_words import said
from keyfob_desktop.prompts.peer_words import known_words
from keyfob_desktop.prompts.prompt_dialog import GUARD_MS, PromptDialog
from keyfob_desktop.widgets.fields import empty
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, name_label
from keyfob_desktop.widgets.parts import FitScroll


class SignInDialog(PromptDialog):
    """A call needs an account that is not connected, has ended, or may do too little."""

    def __init__(self, prompt: SignInPrompt, *, guard_ms: int = GUARD_MS) -> None:
        more = bool(prompt.more_scopes)
        title = (
            self.tr("Let {account} do more at {server}?")
            if more
            else self.tr("Sign in to {server}?")
        )
        super().__init__(
            title.format(account=visible(prompt.account), server=visible(prompt.server)),
            self.tr("Sign in for more…") if more else self.tr("Sign in…"),
            self.tr("Not now"),
            guard_ms=guard_ms,
        )
        self._prompt = prompt
        self.fact(self.tr("Wanted by"), prompt.client.name, known_words(prompt.client.known_by))
        self.fact(self.tr("Server"), prompt.server)
        self.fact(self.tr("Account"), prompt.account)
        self.body.addWidget(PlainLabel(said(prompt.reason)))
        self._difference = QVBoxLayout()
        self._difference.setContentsMargins(0, 0, 0, 0)
        panel = QWidget(self)
        panel.setLayout(self._difference)
        self.scopes = FitScroll(panel)
        self.scopes.setAccessibleName(self.tr("What the account may do"))
        self.scopes.setVisible(more)
        self.body.addWidget(self.scopes)
        self.body.addStretch(1)
        self.explain({})

    @property
    def prompt(self) -> SignInPrompt:
        """What is asked."""
        return self._prompt

    def explain(self, known: Mapping[str, ScopeWords]) -> None:
        """Say what the scopes allow, where the provider's entry knows it."""
        empty(self._difference)
        if not self._prompt.more_scopes:
            return
        asked = self._rows(self._prompt.more_scopes, known, "+")
        self._difference.addWidget(_headed(self.tr("Asked for on top"), asked))
        if self._prompt.scopes:
            has = self._rows(self._prompt.scopes, known, "=")
            self._difference.addWidget(_headed(self.tr("It has these already"), has))

    def _rows(self, scopes: Sequence[str], known: Mapping[str, ScopeWords], sign: str) -> QWidget:
        panel = QWidget(self)
        grid = QGridLayout(panel)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(scopes):
            words = known.get(name) or undescribed(name)
            text, own_name = scope_labels(name, words)
            cell = QWidget(panel)
            column = QVBoxLayout(cell)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(text)
            if own_name is not None:
                column.addWidget(own_name)
            top = Qt.AlignmentFlag.AlignTop
            grid.addWidget(name_label(sign), row, 0, top)
            grid.addWidget(cell, row, 1)
            grid.addWidget(RiskMark(words.risk), row, 2, top)
        return panel


def _headed(title: str, content: QWidget) -> QWidget:
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 6)
    column.setSpacing(4)
    column.addWidget(DimLabel(title))
    column.addWidget(content)
    return panel
