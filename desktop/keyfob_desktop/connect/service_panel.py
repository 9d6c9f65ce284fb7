"""A service account: its kind, its key file or secret, and the parameters of the kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from keyfob_desktop.connect.key_file import KeyFile
from keyfob_desktop.connect.service_kinds import (
    Brings,
    Parameter,
    ServiceKind,
    kind_for,
    service_kinds,
)
from keyfob_desktop.widgets.fields import SecretField, TextField, form_of, narrowing
from keyfob_desktop.widgets.labels import DimLabel, name_label
from keyfob_desktop.widgets.one_page import OnePage


class KindPage(QWidget):
    """The fields of one kind.

    Signals:
        changed: something was filled in.
    """

    changed = Signal()

    def __init__(
        self,
        kind: ServiceKind,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self.fields: dict[str, TextField | QComboBox] = {}
        self.key_file = KeyFile(
            kind.in_file if kind.brings is Brings.SECRET_OR_FILE else kind.secret, on_failure
        )
        self.secret = SecretField(kind.secret)
        self.scopes = TextField(
            self.tr("Scopes"),
            "https://www.googleapis.com/auth/drive.readonly"
            if kind.scopes_needed
            else self.tr("what the server asks for"),
        )
        self._lay_out()
        self.key_file.changed.connect(self.changed)
        self.secret.textChanged.connect(self.changed)
        self.scopes.textChanged.connect(self.changed)

    @property
    def complete(self) -> bool:
        """Whether everything that is needed is there."""
        told = self._parameters()
        named = all(told.get(each.name) for each in self.kind.parameters if each.needed)
        brought = bool(self._secret()) or self.kind.brings is Brings.NOTHING
        scoped = bool(self.scopes.value) or not self.kind.scopes_needed
        return named and brought and scoped

    def arguments(self) -> dict[str, Any]:
        """What `connect` takes of it."""
        told: dict[str, Any] = {"kind": self.kind.id, "parameters": self._parameters()}
        if self._secret():
            told["secret"] = self._secret()
        if secrets := self._further_secrets():
            told["secrets"] = secrets
        if self.kind.takes_scopes:
            told["scopes"] = self.scopes.value.split()
        return told

    def forget(self) -> None:
        """Forget the secrets."""
        for field in (self.secret, self.key_file, *self.fields.values()):
            if isinstance(field, SecretField | KeyFile):
                field.forget()

    def _secret(self) -> str:
        return self.key_file.content or self.secret.value

    def _parameters(self) -> dict[str, str]:
        return self._filled_in(secret=False)

    def _further_secrets(self) -> dict[str, str]:
        return self._filled_in(secret=True)

    def _filled_in(self, *, secret: bool) -> dict[str, str]:
        told = {
            each.name: _value(self.fields[each.name])
            for each in self.kind.parameters
            if each.secret is secret
        }
        return {name: value for name, value in told.items() if value}

    def _field(self, parameter: Parameter) -> TextField | QComboBox:
        if parameter.choices:
            choice = narrowing(QComboBox(self))
            choice.setAccessibleName(parameter.label)
            for name, words in parameter.choices:
                choice.addItem(words, str(name))
            choice.currentIndexChanged.connect(self.changed)
            return choice
        kind = SecretField if parameter.secret else TextField
        field = kind(parameter.label, parameter.example)
        field.textChanged.connect(self.changed)
        return field

    def _lay_out(self) -> None:
        brings = self.kind.brings
        form = form_of()
        self.fields = {each.name: self._field(each) for each in self.kind.parameters}
        for each in self.kind.parameters:
            if each.needed:
                form.addRow(name_label(each.label), self.fields[each.name])
        if brings is Brings.SECRET_OR_FILE:
            form.addRow(name_label(self.kind.secret), self.secret)
        if brings is not Brings.NOTHING:
            form.addRow(self.key_file)
        if self.kind.takes_scopes:
            form.addRow(name_label(self.tr("Scopes")), self.scopes)
        for each in self.kind.parameters:
            if not each.needed:
                form.addRow(name_label(each.label), self.fields[each.name])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(DimLabel(self.kind.about))
        column.addLayout(form)


class ServicePanel(QWidget):
    """The choice of a kind, with its page.

    Signals:
        changed: something was filled in.
    """

    changed = Signal()

    def __init__(
        self, on_failure: Callable[[BaseException], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.kind_choice = narrowing(QComboBox(self))
        self.kind_choice.setAccessibleName(self.tr("Kind of service account"))
        self.pages = OnePage(self)
        self._pages: list[KindPage] = []
        for kind in service_kinds():
            page = KindPage(kind, on_failure)
            page.changed.connect(self.changed)
            self._pages.append(page)
            self.pages.add(page)
            self.kind_choice.addItem(kind.label, kind.id)
        self.kind_choice.currentIndexChanged.connect(self._turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(form_of((self.tr("Kind"), self.kind_choice)))
        column.addWidget(self.pages)

    @property
    def page(self) -> KindPage:
        """The chosen kind's page."""
        return self._pages[self.kind_choice.currentIndex()]

    @property
    def complete(self) -> bool:
        """Whether there is enough to begin."""
        return self.page.complete

    def show_provider(self, provider: str) -> None:
        """Begin with the kind that this provider is likely to have."""
        self.kind_choice.setCurrentIndex(self.kind_choice.findData(kind_for(provider)))

    def arguments(self) -> dict[str, Any]:
        """What `connect` takes of it."""
        return self.page.arguments()

    def forget(self) -> None:
        """Forget the secrets of every kind."""
        for page in self._pages:
            page.forget()

    def _turn(self) -> None:
        self.pages.turn_to(self.page)
        self.changed.emit()


def _value(field: TextField | QComboBox) -> str:
    return str(field.currentData()) if isinstance(field, QComboBox) else field.value
