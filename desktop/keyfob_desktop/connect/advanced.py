"""How an account's sign-in server differs from the usual, for the few that do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from keyfob_desktop.widgets.fields import TextField, form_of, in_order
from keyfob_desktop.widgets.labels import DimLabel

_CUSTOM = "custom"
_LINES = 3
_SIGN_INS = frozenset({"oauth", "device-code"})
_ALL = _SIGN_INS | {"service-account"}
_SERVES: Mapping[str, frozenset[str]] = {
    "resource": _ALL,
    "token_auth": _SIGN_INS,
    "authorize_params": frozenset({"oauth"}),
    "assume_s256": frozenset({"oauth"}),
    "dpop": _ALL,
}
"""For which methods each difference means something."""


class Parameters(QPlainTextEdit):
    """Names with their values, one pair a line."""

    def __init__(self, name: str, example: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(example)
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.sizeHint().height())

    @property
    def pairs(self) -> dict[str, str] | None:
        """What is filled in; None where a line is no pair, or a name stands twice."""
        lines = [line.strip() for line in self.toPlainText().splitlines() if line.strip()]
        split = [line.partition("=") for line in lines]
        pairs = {name.strip(): value.strip() for name, _, value in split}
        good = len(pairs) == len(lines) and all(name and value for name, value in pairs.items())
        return pairs if good else None

    def show_pairs(self, pairs: Mapping[str, str]) -> None:
        """Begin with these."""
        self.setPlainText("\n".join(f"{name}={value}" for name, value in pairs.items()))

    def sizeHint(self) -> QSize:
        """A few lines."""
        metrics = self.fontMetrics()
        height = metrics.lineSpacing() * _LINES + 2 * (metrics.height() // 2)
        return QSize(metrics.averageCharWidth() * 40, height)


class Advanced(QWidget):
    """One field for each difference; what is left alone stays as the provider's entry says.

    Signals:
        changed: something was filled in.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._method = "oauth"
        self._registered = False
        self._known: dict[str, Any] = {}
        self.resource = QComboBox(self)
        self.resource.setAccessibleName(self.tr("Resource"))
        for words, value in (
            (self.tr("as usual"), None),
            (self.tr("named to it"), "send"),
            (self.tr("not named to it"), "omit"),
            (self.tr("another one is named"), _CUSTOM),
        ):
            self.resource.addItem(words, value)
        self.resource_value = TextField(self.tr("Its address"), "https://api.example.org/")
        self.token_auth = QComboBox(self)
        self.token_auth.setAccessibleName(self.tr("Client proves itself"))
        for words, value in (
            (self.tr("as it says"), None),
            (self.tr("not at all"), "none"),
            (self.tr("by its secret in a header"), "client_secret_basic"),
            (self.tr("by its secret in the form"), "client_secret_post"),
            (self.tr("by its private key"), "private_key_jwt"),
        ):
            self.token_auth.addItem(words, value)
        self.parameters = Parameters(
            self.tr("Extra parameters"), self.tr("one a line, like access_type=offline")
        )
        self.dpop = QCheckBox(self.tr("Bind tokens to a key of this account (DPoP)"), self)
        self.assume_s256 = QCheckBox(self.tr("It takes PKCE S256 without saying so"), self)
        self.register_again = QCheckBox(self.tr("It no longer knows Keyfob: register anew"), self)
        self._form = self._lay_out()
        in_order(self.resource, self.resource_value, self.token_auth, self.parameters, self.dpop)
        in_order(self.dpop, self.assume_s256, self.register_again)
        self._wire()
        self.show_account({})

    @property
    def complete(self) -> bool:
        """Whether what is filled in can be."""
        return all(self._good(key) for key in self._shown())

    def show_way(self, method: str) -> None:
        """Offer what means something for a method; for an API key that is nothing."""
        self._method = method
        self._review()

    def show_account(self, profile: Mapping[str, Any], *, known: bool = False) -> None:
        """Begin with what an account says already, by the keys of its table."""
        self._known = dict(profile)
        resource = self._known.get("resource")
        custom = resource is not None and self.resource.findData(resource) < 0
        self.resource_value.setText(str(resource) if custom else "")
        _choose(self.resource, _CUSTOM if custom else resource)
        _choose(self.token_auth, self._known.get("token_auth"))
        self.parameters.show_pairs(self._known.get("authorize_params") or {})
        self.dpop.setChecked(bool(self._known.get("dpop")))
        self.assume_s256.setChecked(bool(self._known.get("assume_s256")))
        self.register_again.setChecked(False)
        self._registered = known
        self._review()

    def arguments(self) -> dict[str, Any]:
        """What `connect` takes of it: what differs from what the account says already."""
        values = {key: self._value(key) for key in self._shown()}
        changes = {key: value for key, value in values.items() if value != self._before(key)}
        told: dict[str, Any] = {"profile": changes} if changes else {}
        if self.register_again.isChecked() and not self.register_again.isHidden():
            told["register_again"] = True
        return told

    def _shown(self) -> list[str]:
        return [key for key, methods in _SERVES.items() if self._method in methods]

    def _before(self, key: str) -> object:
        return self._known.get(key) or None

    def _value(self, key: str) -> object:
        match key:
            case "resource":
                chosen = self.resource.currentData()
                return self.resource_value.value if chosen == _CUSTOM else chosen
            case "token_auth":
                return self.token_auth.currentData()
            case "authorize_params":
                return self.parameters.pairs or None
            case "dpop":
                return self.dpop.isChecked() or None
            case _:
                return self.assume_s256.isChecked() or None

    def _good(self, key: str) -> bool:
        if key == "resource" and self.resource.currentData() == _CUSTOM:
            return "://" in self.resource_value.value
        return key != "authorize_params" or self.parameters.pairs is not None

    def _review(self) -> None:
        shown = self._shown()
        form = self._form
        custom = self.resource.currentData() == _CUSTOM
        form.setRowVisible(self.resource, "resource" in shown)
        form.setRowVisible(self.resource_value, "resource" in shown and custom)
        form.setRowVisible(self.token_auth, "token_auth" in shown)
        form.setRowVisible(self.parameters, "authorize_params" in shown)
        self.dpop.setVisible("dpop" in shown)
        self.assume_s256.setVisible("assume_s256" in shown)
        self.register_again.setVisible(self._registered and self._method in _SIGN_INS)
        self.changed.emit()

    def _wire(self) -> None:
        self.resource.currentIndexChanged.connect(self._review)
        self.token_auth.currentIndexChanged.connect(self.changed)
        self.resource_value.textChanged.connect(self.changed)
        self.parameters.textChanged.connect(self.changed)
        for box in (self.dpop, self.assume_s256, self.register_again):
            box.toggled.connect(self.changed)

    def _lay_out(self) -> QFormLayout:
        form = form_of(
            (self.tr("Resource"), self.resource),
            (self.tr("Its address"), self.resource_value),
            (self.tr("Client proves itself"), self.token_auth),
            (self.tr("Extra parameters"), self.parameters),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(
            DimLabel(
                self.tr(
                    "For a sign-in server that differs from others. Leave all this as it is "
                    "unless its people say so."
                )
            )
        )
        column.addLayout(form)
        for box in (self.dpop, self.assume_s256, self.register_again):
            column.addWidget(box)
        return form


def _choose(box: QComboBox, value: object) -> None:
    box.setCurrentIndex(next(i for i in range(box.count()) if box.itemData(i) == value))
