"""The person's own OAuth app: how to make one, and what it is known by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from keyfob_desktop.connect.key_file import KeyFile
from keyfob_desktop.connect.provider_answers import AppRecipe
from keyfob_desktop.widgets.fields import SecretField, TextField, empty, form_of, numbered
from keyfob_desktop.widgets.labels import DimLabel
from keyfob_desktop.widgets.links import LinkRow
from keyfob_desktop.widgets.parts import Button, Disclosure

USUAL_REDIRECT = "http://127.0.0.1/callback"


class OwnApp(QWidget):
    """The fields for a client id, its secret or key, and the redirect address to register.

    Signals:
        changed: something was filled in.
        open_wanted: an address, which the person wants to see in the browser.
    """

    changed = Signal()
    open_wanted = Signal(str)

    def __init__(
        self, on_failure: Callable[[BaseException], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._usual = USUAL_REDIRECT
        self._own: str | None = None
        self._recipe: AppRecipe | None = None
        self._redirected = True
        self.words = DimLabel()
        self.page = LinkRow(self.tr("Make the app here:"), self)
        self._steps = QVBoxLayout()
        self.redirect = TextField(self.tr("Redirect address"), parent=self)
        self.copy_button = Button(self.tr("Copy"), self)
        self.copy_button.setAccessibleName(self.tr("Copy the redirect address"))
        self.copy_button.setAutoDefault(False)
        self.client_id = TextField(self.tr("Client ID"), self.tr("registered for you"))
        self.secret = SecretField(self.tr("Client secret"), self.tr("none"))
        self.key_file = KeyFile(self.tr("Private key (PEM or JWK)"), on_failure)
        self.key = Disclosure(self.tr("It has a private key instead"), self.key_file)
        self._form = self._lay_out()
        self.page.open_wanted.connect(self.open_wanted)
        self.copy_button.clicked.connect(self._copy)
        for field in (self.client_id, self.secret, self.redirect):
            field.textChanged.connect(self.changed)
        self.key_file.changed.connect(self.changed)
        self.show_recipe(None, self.tr("the provider"))

    @property
    def complete(self) -> bool:
        """Whether what is filled in fits together: a secret belongs to a client."""
        brought = self.secret.value or self.key_file.content
        return bool(self.client_id.value or not brought)

    def show_recipe(self, recipe: AppRecipe | None, provider: str) -> None:
        """Show the steps for one provider, or those that hold anywhere."""
        self._recipe = recipe
        usual = (
            self.tr("Make an OAuth app there, for a desktop or native program."),
            self.tr("Give it the redirect address below."),
            self.tr("Copy its client ID, and its secret if it has one."),
        )
        words = self.tr("An app of your own at {provider}, which Keyfob signs in with.")
        self.words.show_text(words.format(provider=provider))
        self.page.show_address(recipe.page if recipe else "")
        empty(self._steps)
        self._steps.addWidget(numbered(recipe.steps if recipe and recipe.steps else usual))
        self._usual = recipe.redirect_uri if recipe and recipe.redirect_uri else USUAL_REDIRECT
        self.redirect.setText(self._own or self._usual)
        self.show_redirect(self._redirected)

    def show_account(self, client_id: str, callback: str | None) -> None:
        """Begin with the client and the redirect address that an account has already."""
        self._own = callback
        self.client_id.setText(client_id)
        self.redirect.setText(callback or self._usual)

    def show_redirect(self, shown: bool) -> None:
        """Show the redirect address; a device code does without, but a provider's app may not."""
        self._redirected = shown
        self._form.setRowVisible(0, shown or self._recipe is not None)

    def arguments(self) -> dict[str, Any]:
        """What `connect` takes of it."""
        told: dict[str, Any] = {}
        if self.client_id.value:
            told["client_id"] = self.client_id.value
        secret = self.key_file.content or self.secret.value
        if secret:
            told["secret"] = secret
        wanted = None if self.redirect.value in {"", self._usual} else self.redirect.value
        if self._redirected and wanted != self._own:
            told["profile"] = {"callback": wanted}
        return told

    def forget(self) -> None:
        """Forget the secrets."""
        self.secret.forget()
        self.key_file.forget()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.redirect.value)

    def _lay_out(self) -> QFormLayout:
        redirect = QWidget(self)
        row = QHBoxLayout(redirect)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.redirect, 1)
        row.addWidget(self.copy_button)
        form = form_of(
            (self.tr("Redirect address"), redirect),
            (self.tr("Client ID"), self.client_id),
            (self.tr("Client secret"), self.secret),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.words)
        column.addWidget(self.page)
        column.addLayout(self._steps)
        column.addLayout(form)
        column.addWidget(self.key)
        return form
