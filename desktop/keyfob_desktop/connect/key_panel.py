"""An API key: where to make it, its secrets, how long it lasts, and where it is sent."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.words.plain import visible
from keyfob_desktop.connect.key_place import USUAL, KeyPlace, needs_username, placement
from keyfob_desktop.connect.provider_answers import KeyRecipe, Place
from keyfob_desktop.widgets.fields import SecretField, TextField, empty, form_of, in_order, numbered
from keyfob_desktop.widgets.labels import DimLabel, name_label
from keyfob_desktop.widgets.links import LinkRow
from keyfob_desktop.widgets.parts import Disclosure

_DAYS = 90
_MOST_DAYS = 3650


class KeyPanel(QWidget):
    """One field for each secret of a key.

    Signals:
        changed: something was filled in.
        open_wanted: an address, which the person wants to see in the browser.
    """

    changed = Signal()
    open_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipes: tuple[KeyRecipe, ...] = ()
        self._for_program = 0
        self.secrets: list[SecretField] = []
        self.recipe_choice = QComboBox(self)
        self.recipe_choice.setAccessibleName(self.tr("Kind of key"))
        self.recipe_choice.currentIndexChanged.connect(self._show_recipe)
        self.page = LinkRow(self.tr("Make one here:"), self)
        self.page.open_wanted.connect(self.open_wanted)
        self._steps = QVBoxLayout()
        self.how = Disclosure(self.tr("How to make one"), self._steps_panel(), self)
        self.username = TextField(self.tr("User name"), "ada@example.org", self)
        self.username.textChanged.connect(self.changed)
        self._secrets = form_of()
        self.expires = QCheckBox(self.tr("It expires in"), self)
        self.days = QSpinBox(self)
        self.days.setRange(1, _MOST_DAYS)
        self.days.setValue(_DAYS)
        self.days.valueChanged.connect(self._tell_unit)
        self._tell_unit(_DAYS)
        self.days.setAccessibleName(self.tr("Days until it expires"))
        self.days.setEnabled(False)
        self.expires.toggled.connect(self.days.setEnabled)
        self.check = QCheckBox(self.tr("Ask the server whether it takes the key before it is kept"))
        self.check.setChecked(True)
        self.place = KeyPlace()
        self.place.changed.connect(self._review)
        self.where = Disclosure(self.tr("Where it is sent"), self.place)
        self.places_words = DimLabel()
        self._lay_out()
        self.show_recipes(())

    def _tell_unit(self, days: int) -> None:
        self.days.setSuffix(self.tr(" day(s)", "", days))

    @property
    def complete(self) -> bool:
        """Whether every secret is there, and a user name where one is sent."""
        named = bool(self.username.value) or self.username.isHidden()
        place = self.place.place
        placed = bool(place.name) or place.kind == "basic" or bool(self._for_program)
        return named and placed and all(field.value for field in self.secrets)

    def show_recipes(self, recipes: tuple[KeyRecipe, ...]) -> None:
        """Offer a provider's kinds of key, or one that is sent as usual."""
        self._recipes = recipes
        self.recipe_choice.clear()
        self.recipe_choice.addItems([visible(each.name) for each in recipes])
        self.recipe_choice.setVisible(len(recipes) > 1)
        if not recipes:
            self._show_recipe()

    def show_check(self, shown: bool) -> None:
        """Offer the check, which only an MCP server can do."""
        self.check.setVisible(shown)

    def show_program(self, secrets: int) -> None:
        """Ask for so many secrets of a program, which has places of its own for them."""
        self._for_program = secrets
        self.show_check(False)
        self._show_recipe()

    @property
    def checks(self) -> bool:
        """Whether the server is asked first."""
        return self.check.isChecked() and not self.check.isHidden()

    def arguments(self) -> dict[str, Any]:
        """What `connect` takes of it."""
        places = self._places()
        secrets = [field.value for field in self.secrets]
        told: dict[str, Any] = {"secret": secrets[0]}
        if self._for_program:
            if len(secrets) > 1:
                told["parts"] = [{"secret": secret} for secret in secrets[1:]]
            if self.expires.isChecked():
                told["expires_days"] = self.days.value()
            return told
        if self._recipe is not None or places[0] != USUAL:
            told["placement"] = placement(places[0], self.username.value)
        parts = zip(places[1:], secrets[1:], strict=True)
        if len(places) > 1:
            told["parts"] = [
                {**placement(place, self.username.value), "secret": secret}
                for place, secret in parts
            ]
        if self.expires.isChecked():
            told["expires_days"] = self.days.value()
        if not self.check.isChecked():
            told["check_key"] = False
        return told

    def forget(self) -> None:
        """Forget the secrets."""
        for field in self.secrets:
            field.forget()

    @property
    def _recipe(self) -> KeyRecipe | None:
        row = self.recipe_choice.currentIndex()
        return self._recipes[row] if 0 <= row < len(self._recipes) else None

    def _places(self) -> tuple[Place, ...]:
        recipe = self._recipe
        if recipe is not None and len(recipe.places) > 1:
            return recipe.places
        return (self.place.place,)

    def _show_recipe(self) -> None:
        recipe = self._recipe
        places = recipe.places if recipe and recipe.places else (USUAL,)
        self.page.show_address(recipe.page if recipe else "")
        empty(self._steps)
        self._steps.addWidget(numbered(recipe.steps if recipe else ()))
        self.how.setVisible(bool(recipe and recipe.steps))
        self.place.show_place(places[0])
        several = len(places) > 1
        self.where.setVisible(not several and not self._for_program)
        self.places_words.setVisible(several and not self._for_program)
        names = ", ".join(visible(place.name) for place in places)
        self.places_words.show_text(self.tr("Sent as the headers {names}.").format(names=names))
        self._show_secrets(self._program_places(places) if self._for_program else places)
        self._review()

    def _program_places(self, places: tuple[Place, ...]) -> tuple[Place, ...]:
        """One for each secret, under the names that the provider has for them."""
        numbered_names = (
            self.tr("Secret {number}").format(number=number)
            for number in range(1, self._for_program + 1)
        )
        alone = self._for_program == 1 and len(places) == 1
        return (
            places
            if alone or len(places) == self._for_program
            else tuple(Place(name, "header", "", "{key}") for name in numbered_names)
        )

    def _show_secrets(self, places: tuple[Place, ...]) -> None:
        while self._secrets.rowCount() > 1:
            self._secrets.removeRow(1)
        self.secrets = []
        for place in places:
            name = visible(place.label) or self.tr("API key")
            field = SecretField(name)
            field.textChanged.connect(self.changed)
            self.secrets.append(field)
            self._secrets.addRow(name_label(name), field)
        in_order(self.username, *self.secrets)

    def _review(self) -> None:
        named = not self._for_program and any(map(needs_username, self._places()))
        self._secrets.setRowVisible(self.username, named)
        self.changed.emit()

    def _steps_panel(self) -> QWidget:
        panel = QWidget(self)
        self._steps.setContentsMargins(22, 0, 0, 0)
        panel.setLayout(self._steps)
        return panel

    def _lay_out(self) -> None:
        self._secrets.addRow(name_label(self.tr("User name")), self.username)
        expiry = QHBoxLayout()
        expiry.addWidget(self.expires)
        expiry.addWidget(self.days)
        expiry.addWidget(DimLabel(self.tr("Keyfob reminds you in time.")), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.recipe_choice)
        column.addWidget(self.page)
        column.addWidget(self.how)
        column.addLayout(self._secrets)
        column.addLayout(expiry)
        column.addWidget(self.check)
        column.addWidget(self.places_words)
        column.addWidget(self.where)
