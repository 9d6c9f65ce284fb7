"""What a sign-in needs: the scopes, and where the provider wants it an app of the person's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from keyfob_desktop.connect.own_app import OwnApp
from keyfob_desktop.connect.provider_answers import ProviderEntry
from keyfob_desktop.connect.scope_list import ScopeList
from keyfob_desktop.widgets.fields import TextField, form_of
from keyfob_desktop.widgets.labels import DimLabel
from keyfob_desktop.widgets.parts import Disclosure


class SignInPanel(QWidget):
    """Serves the browser and the device code alike.

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
        self._needs_app = False
        self.words = DimLabel()
        self.scope_list = ScopeList()
        self.may = Disclosure(self.tr("What it may do"), self.scope_list)
        self.scopes = TextField(self.tr("Further scopes"), self.tr("what the server asks for"))
        self.own_app = OwnApp(on_failure)
        more = QWidget(self)
        self._more_column = QVBoxLayout(more)
        self._more_column.setContentsMargins(22, 0, 0, 0)
        self._more_column.setSpacing(10)
        self._more_column.addLayout(form_of((self.tr("Further scopes"), self.scopes)))
        self._more_column.addWidget(self.own_app)
        self.more = Disclosure(self.tr("More"), more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.words)
        column.addWidget(self.may)
        column.addWidget(self.more)
        self.may.hide()
        self.scope_list.changed.connect(self.changed)
        self.scopes.textChanged.connect(self.changed)
        self.own_app.changed.connect(self.changed)
        self.own_app.open_wanted.connect(self.open_wanted)

    @property
    def complete(self) -> bool:
        """Whether there is enough to begin."""
        has_app = bool(self.own_app.client_id.value) or not self._needs_app
        return has_app and self.own_app.complete and self.scope_list.complete

    def show_way(self, method: str) -> None:
        """Say what will happen."""
        by_code = method == "device-code"
        self.words.show_text(
            self.tr("Keyfob shows a code, which you enter in any browser, here or on your phone.")
            if by_code
            else self.tr("Your browser opens the server's own sign-in page.")
        )
        self.own_app.show_redirect(not by_code)

    def show_provider(self, entry: ProviderEntry, had: Sequence[str], known: bool) -> None:
        """Offer the provider's scopes and its way to an own app, needed where it asks for one.

        A `known` account may have its app already.
        """
        self.scope_list.show_scopes(entry.scopes, had)
        self.may.setVisible(not self.scope_list.empty)
        self.own_app.show_recipe(entry.app, entry.name)
        self._needs_app = entry.needs_own_app and not known
        if self._needs_app:
            self.more.toggle.setChecked(True)
            self.own_app.client_id.setPlaceholderText(self.tr("needed"))

    def arguments(self) -> dict[str, Any]:
        """What `connect` takes of it."""
        further = (each for each in self.scopes.value.split())
        scopes = list(dict.fromkeys((*self.scope_list.scopes, *further)))
        return {**self.own_app.arguments(), "scopes": scopes}

    def forget(self) -> None:
        """Forget the secrets."""
        self.own_app.forget()
