"""How to connect: one of four ways, with what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from keyfob_core.states import Need, ServerNeeds
from keyfob_core.words.plain import visible
from keyfob_desktop.answers import AccountShown
from keyfob_desktop.connect.advanced import Advanced
from keyfob_desktop.connect.key_panel import KeyPanel
from keyfob_desktop.connect.provider_answers import ProviderEntry
from keyfob_desktop.connect.service_panel import ServicePanel
from keyfob_desktop.connect.sign_in_panel import SignInPanel
from keyfob_desktop.connect.target import Target
from keyfob_desktop.widgets.fields import TextField, form_of
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel
from keyfob_desktop.widgets.one_page import OnePage
from keyfob_desktop.widgets.parts import Disclosure, Rule

_SIGN_INS = frozenset({Need.SIGN_IN, Need.OWN_APP})


class ConnectForm(QWidget):
    """The choice of a way, with the panel of the chosen one.

    Signals:
        changed: something was filled in.
        open_wanted: an address, which the person wants to see in the browser.
    """

    changed = Signal()
    open_wanted = Signal(str)

    def __init__(
        self,
        target: Target,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._target = target
        self._chosen = False
        self.browser = QRadioButton(self.tr("Sign in with the browser"), self)
        self.device = QRadioButton(self.tr("Sign in with a code"), self)
        self.api_key = QRadioButton(self.tr("Use an API key"), self)
        self.service = QRadioButton(self.tr("Use a service account"), self)
        self._ways = {
            "oauth": self.browser,
            "device-code": self.device,
            "api-key": self.api_key,
            "service-account": self.service,
        }
        # Without a group Qt would take the radio buttons inside of a panel for further ways.
        self._group = QButtonGroup(self)
        for each in self._ways.values():
            self._group.addButton(each)
        self.about = PlainLabel(self.tr("This server works without an account."))
        self.notes_words = DimLabel()
        self.notes_words.setContentsMargins(22, 0, 0, 0)
        self.notes = Disclosure("", self.notes_words)
        self.sign_in = SignInPanel(on_failure)
        self.key = KeyPanel()
        self.service_account = ServicePanel(on_failure)
        self.advanced = Advanced()
        self.more = Disclosure(self.tr("Advanced"), self.advanced)
        self.account = TextField(self.tr("Account name"), target.usual_account)
        self.account.setText(target.account or "")
        self.panels = OnePage(self)
        for panel in (self.sign_in, self.key, self.service_account):
            self.panels.add(panel)
            panel.changed.connect(self.changed)
        self.key.show_check(target.server is not None)
        self._wire()
        self._lay_out()
        if target.secrets_wanted:
            self.key.show_program(target.secrets_wanted)
        if target.secrets_wanted and target.provider is None:
            # It has no address to sign in at.
            for way in (self.browser, self.device, self.service):
                way.hide()
            self.choose("api-key")
        else:
            self.choose(target.method or "oauth")

    @property
    def method(self) -> str:
        """The chosen way's method."""
        return next(name for name, way in self._ways.items() if way.isChecked())

    @property
    def complete(self) -> bool:
        """Whether there is enough to begin."""
        return self._panel().complete and self.advanced.complete

    @property
    def checks_key(self) -> bool:
        """Whether a key will be shown to the server before it is kept."""
        return self.method == "api-key" and self.key.checks

    @property
    def account_name(self) -> str:
        """The name that the account has or will have."""
        return self.account.value or self._target.usual_account

    def choose(self, method: str) -> None:
        """Choose a way."""
        self._ways[method].setChecked(True)

    def show_provider(self, entry: ProviderEntry) -> None:
        """Offer what is known of the provider; its own way, unless another is chosen."""
        known = self._target.account is not None
        self.sign_in.show_provider(entry, self._target.had, known)
        self.key.show_recipes(entry.keys)
        self.service_account.show_provider(entry.id)
        if entry.methods:
            way = self._ways[entry.methods[0]]
            way.setText(self.tr("{way} (suggested)").format(way=way.text()))
            if self._target.method is None and not self._chosen:
                way.setChecked(True)
        self._show_notes(entry)
        self.changed.emit()

    def show_needs(self, needs: ServerNeeds | None) -> None:
        """Offer what a look at the server has shown; None while it is looked at."""
        words = self._needs_words(needs)
        self.about.show_text(words)
        self.about.setVisible(bool(words))
        if needs is None or self._chosen:
            return
        if needs.need is Need.KEY:
            self.choose("api-key")
        self.device.setVisible(needs.need not in _SIGN_INS or needs.by_code)

    def _needs_words(self, needs: ServerNeeds | None) -> str:
        if needs is None:
            return self.tr("Asking the server what it needs…")
        match needs.need:
            case Need.NOTHING:
                return self.tr(
                    "This server answers without an account: clients can use it as it is. Connect "
                    "one only where it gives more to those who sign in."
                )
            case Need.SIGN_IN:
                text = self.tr("This server has you sign in at {issuer}.")
                return text.format(issuer=visible(needs.issuer or ""))
            case Need.OWN_APP:
                text = self.tr(
                    "{issuer} signs you in, but registers no programs by itself: it needs an OAuth "
                    "app of your own, under More."
                )
                return text.format(issuer=visible(needs.issuer or ""))
            case Need.KEY:
                return self.tr("This server asks for a key, and names nobody who signs you in.")
            case Need.UNKNOWN:
                return ""

    def show_account(self, own: AccountShown) -> None:
        """Begin with what the account says already."""
        self.sign_in.own_app.show_account(own.client_id, own.callback)
        self.advanced.show_account(own.profile, known=True)
        if own.profile:
            self.more.toggle.setChecked(True)

    def _show_notes(self, entry: ProviderEntry) -> None:
        notes = list(entry.notes)
        if not entry.confirmed:
            notes.append(self.tr("This is not confirmed by the provider."))
        title = self.tr("What is known of {provider}").format(provider=visible(entry.name))
        self.notes.toggle.setText(title.replace("&", "&&"))
        self.notes_words.show_text("\n".join(notes))
        self.notes.setVisible(bool(notes))
        self.about.setVisible(entry.kinds[:1] == ("open",))

    def arguments(self) -> dict[str, Any]:
        """The arguments for `connect`, without what is connected."""
        name = self.account.value or self._target.suggested
        account = {"account": name} if name else {}
        told: dict[str, Any] = {"method": self.method, **self._panel().arguments()}
        advanced = self.advanced.arguments()
        profile: dict[str, Any] = {**told.pop("profile", {}), **advanced.pop("profile", {})}
        if profile:
            told["profile"] = profile
        return {**account, **told, **advanced}

    def forget_secrets(self) -> None:
        """Forget every secret that was filled in."""
        for panel in (self.sign_in, self.key, self.service_account):
            panel.forget()

    def _panel(self) -> SignInPanel | KeyPanel | ServicePanel:
        match self.method:
            case "api-key":
                return self.key
            case "service-account":
                return self.service_account
            case _:
                return self.sign_in

    def _review(self, checked: bool) -> None:
        if not checked:
            return
        self.sign_in.show_way(self.method)
        self.advanced.show_way(self.method)
        self.more.setVisible(self.method != "api-key")
        self.panels.turn_to(self._panel())
        if self.method == "api-key":
            self.key.secrets[0].setFocus()
        elif self.method == "service-account":
            self.service_account.kind_choice.setFocus()
        self.changed.emit()

    def _note_choice(self) -> None:
        self._chosen = True

    def _wire(self) -> None:
        for way in self._ways.values():
            way.toggled.connect(self._review)
            way.clicked.connect(self._note_choice)
        self.advanced.changed.connect(self.changed)
        self.sign_in.open_wanted.connect(self.open_wanted)
        self.key.open_wanted.connect(self.open_wanted)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.about)
        for way in self._ways.values():
            column.addWidget(way)
        column.addSpacing(4)
        column.addWidget(Rule())
        column.addSpacing(4)
        column.addWidget(self.panels)
        column.addWidget(self.more)
        column.addSpacing(4)
        column.addLayout(form_of((self.tr("Account name"), self.account)))
        column.addWidget(self.notes)
        column.addStretch(1)
        self.about.hide()
        self.notes.hide()
