"""Where an API key stands in a request."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from keyfob_desktop.connect.provider_answers import Place
from keyfob_desktop.widgets.fields import TextField, form_of
from keyfob_desktop.widgets.labels import DimLabel

USUAL = Place("", "header", "Authorization", "Bearer {key}")
_BASIC = "{username}:{key}"


class KeyPlace(QWidget):
    """Header, query or basic authentication, with what is written around the key.

    Signals:
        changed: the place is another.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = QComboBox(self)
        self.kind.setAccessibleName(self.tr("Sent as"))
        for words, kind in (
            (self.tr("a header"), "header"),
            (self.tr("a part of the address"), "query"),
            (self.tr("user name and password"), "basic"),
        ):
            self.kind.addItem(words, kind)
        self.name = TextField(self.tr("Its name"))
        self.template = TextField(self.tr("Written as"), "{key}")
        self._form = form_of(
            (self.tr("Sent as"), self.kind),
            (self.tr("Its name"), self.name),
            (self.tr("Written as"), self.template),
        )
        note = DimLabel(self.tr("{key} stands for the key, {username} for the user name."))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._form)
        column.addWidget(note)
        self.show_place(USUAL)
        self.kind.currentIndexChanged.connect(self._take_kind)
        self.name.textChanged.connect(self.changed)
        self.template.textChanged.connect(self.changed)

    @property
    def place(self) -> Place:
        """The place as it is filled in."""
        kind = str(self.kind.currentData())
        name = "" if kind == "basic" else self.name.value
        return Place("", kind, name, self.template.value)

    def show_place(self, place: Place) -> None:
        """Begin with this one."""
        self.kind.setCurrentIndex(self.kind.findData(place.kind))
        self._form.setRowVisible(self.name, place.kind != "basic")
        self.name.setText(place.name)
        self.template.setText(place.template)

    def _take_kind(self) -> None:
        match self.kind.currentData():
            case "basic":
                self.template.setText(_BASIC)
            case "query":
                self.name.setText("api_key")
                self.template.setText("{key}")
            case _:
                self.name.setText(USUAL.name)
                self.template.setText(USUAL.template)
        self._form.setRowVisible(self.name, self.kind.currentData() != "basic")
        self.changed.emit()


def placement(place: Place, username: str) -> dict[str, str]:
    """A place as `connect` takes it."""
    told = {"kind": place.kind, "template": place.template}
    if place.kind != "basic":
        told["name"] = place.name
    if needs_username(place):
        told["username"] = username
    return told


def needs_username(place: Place) -> bool:
    """Whether a user name is written beside the key."""
    return "{username}" in place.template
