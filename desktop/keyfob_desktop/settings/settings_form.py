"""The settings that a person may want to change, each with what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from keyfob_desktop.languages import LANGUAGES, SYSTEM
from keyfob_desktop.settings.settings_fields import (
    ChoiceField,
    LineField,
    NumberField,
    SettingField,
    Span,
    SwitchField,
    Value,
)
from keyfob_desktop.widgets.labels import TitleLabel
from keyfob_desktop.widgets.parts import Rule


class SettingsForm(QWidget):
    """All fields, in their groups.

    Signals:
        changed: the path of the field that has another value now.
    """

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, SettingField] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        self.start = SwitchField(
            "autostart",
            self.tr("Start Keyfob when I log in"),
            self.tr("In the tray, without its window."),
        )
        self.start.hide()
        for number, (title, fields) in enumerate(self._groups()):
            column.addSpacing(6)
            column.addWidget(TitleLabel(title, scale=1.15))
            grid = QGridLayout()
            grid.setVerticalSpacing(12)
            for row, field in enumerate(fields):
                self.fields[field.path] = field
                field.changed.connect(lambda path=field.path: self.changed.emit(path))
                if row:
                    grid.addWidget(Rule(self), row * 2 - 1, 0)
                grid.addWidget(field, row * 2, 0)
            column.addLayout(grid)
            if not number:
                # Of the first group, but no setting of config.toml: the system keeps it.
                column.addWidget(self.start)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The fields that say something is wrong."""
        return tuple(path for path, field in self.fields.items() if not field.error.isHidden())

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show what is in force."""
        for path, field in self.fields.items():
            if path in values:
                field.show_value(values[path])

    def _groups(self) -> Iterator[tuple[str, tuple[SettingField, ...]]]:
        yield self.tr("Window"), self._window()
        yield self.tr("Locking"), self._locking()
        yield self.tr("Tools and questions"), self._asking()
        yield self.tr("Sessions"), self._sessions()
        yield self.tr("Audit log"), self._audit()
        yield self.tr("Connections"), self._connections()

    def _window(self) -> tuple[SettingField, ...]:
        named = tuple((name, spoken) for name, spoken in LANGUAGES.items())
        return (
            ChoiceField(
                "window.language",
                self.tr("Language"),
                self.tr("From Keyfob's next start on."),
                ((SYSTEM, self.tr("As the system")), *named),
            ),
        )

    def _locking(self) -> tuple[SettingField, ...]:
        return (
            SwitchField(
                "lock.screen",
                self.tr("Lock together with the screen"),
                self.tr(
                    "When you lock your screen, Keyfob drops your keys from memory and no call "
                    "passes until you unlock it. Agents that work while you are away stop: turn "
                    "this off if they must go on."
                ),
            ),
            NumberField(
                "lock.idle",
                self.tr("Lock after a time without calls"),
                self.tr("The time starts anew with each call that passes."),
                Span(1, 100_000, lambda count: self.tr(" minute(s)", "", count), self.tr("Never")),
            ),
        )

    def _asking(self) -> tuple[SettingField, ...]:
        return (
            ChoiceField(
                "defaults.access",
                self.tr("A tool that no rule speaks of"),
                self.tr("Rules, and the switches on a server's page, come before this."),
                (
                    ("ask", self.tr("Ask me")),
                    ("deny", self.tr("Deny")),
                    ("allow", self.tr("Allow")),
                ),
            ),
            SwitchField(
                "defaults.pinning",
                self.tr("New and changed tools wait for my approval"),
                self.tr(
                    "A server that changes what a tool says of itself could mislead a client. "
                    "Until you approve the difference, clients neither see nor call that tool."
                ),
                ("ask", "off"),
            ),
            NumberField(
                "relay.wait",
                self.tr("How long a call waits for my answer"),
                self.tr(
                    "Then it ends with a link; the question stays, and your answer serves the "
                    "same call made again."
                ),
                Span(1, 3600, lambda count: self.tr(" second(s)", "", count)),
            ),
            NumberField(
                "relay.search_above",
                self.tr("Show clients a search in place of long tool lists"),
                self.tr("Where all servers together have more tools than this."),
                Span(0, 100_000, lambda count: self.tr(" tool(s)", "", count), self.tr("Never")),
            ),
        )

    def _sessions(self) -> tuple[SettingField, ...]:
        return (
            NumberField(
                "sessions.max_age_days",
                self.tr("A session ends after"),
                self.tr("Its client begins a new one by itself."),
                Span(1, 365, lambda count: self.tr(" day(s)", "", count)),
            ),
            NumberField(
                "sessions.max_idle_hours",
                self.tr("An unused session ends after"),
                self.tr("Counted from its last request."),
                Span(1, 8760, lambda count: self.tr(" hour(s)", "", count)),
            ),
            NumberField(
                "sessions.per_client",
                self.tr("Sessions of one client"),
                self.tr("With one more, the one that was not used for longest ends."),
                Span(1, 10_000, lambda _: ""),
            ),
        )

    def _audit(self) -> tuple[SettingField, ...]:
        return (
            NumberField(
                "audit.keep_days",
                self.tr("Keep the log for"),
                self.tr("Older files are removed as a whole; what is left can be verified."),
                Span(1, 36_500, lambda count: self.tr(" day(s)", "", count)),
            ),
            NumberField(
                "audit.keep_mib",
                self.tr("Keep at most"),
                self.tr("Beyond that the oldest files are removed."),
                Span(64, 1 << 20, lambda _: self.tr(" MiB")),
            ),
            LineField(
                "audit.syslog",
                self.tr("Send a copy to a syslog server"),
                self.tr("The log itself never waits for it."),
                self.tr("local, or udp://HOST:PORT"),
            ),
        )

    def _connections(self) -> tuple[SettingField, ...]:
        return (
            NumberField(
                "relay.port",
                self.tr("Port for clients"),
                self.tr("On this computer only; from Keyfob's next start on. 0 takes a free one."),
                Span(0, 65535, lambda _: ""),
            ),
            LineField(
                "network.proxy",
                self.tr("Proxy"),
                self.tr("system, none, or a proxy's address without a password."),
                "http://proxy.example:3128",
            ),
            NumberField(
                "relay.list_wait",
                self.tr("Wait for slow servers when tools are listed"),
                self.tr("A client that lists all servers gets the others meanwhile."),
                Span(1, 60, lambda count: self.tr(" second(s)", "", count)),
            ),
            NumberField(
                "relay.max_body_mib",
                self.tr("Largest request"),
                self.tr("A larger one is refused before it is read."),
                Span(1, 4096, lambda _: self.tr(" MiB")),
            ),
            LineField(
                "oauth.client_metadata_url",
                self.tr("Your client ID metadata document"),
                self.tr("Only if you publish one: servers that take it need no registration."),
                "https://example.org/keyfob.json",
            ),
        )
