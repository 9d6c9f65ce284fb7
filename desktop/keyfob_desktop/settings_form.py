"""The settings that a person may want to change, each with what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from keyfob_desktop.fields import TextField
from keyfob_desktop.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.parts import Rule

Value = bool | int | str | None


class SettingField(QWidget):
    """One setting: its name, its control, what it does, and what is wrong with it.

    Signals:
        changed: the person has chosen another value.
    """

    changed = Signal()

    def __init__(self, path: str, name: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.name = PlainLabel(name, self)
        self.about = DimLabel(about, self)
        self.error = PlainLabel(parent=self)
        self.error.setObjectName("error")
        self.error.hide()

    @property
    def value(self) -> Value:
        """What the control says."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show this, and nothing wrong with it."""
        raise NotImplementedError

    def complain(self, words: str) -> None:
        """Say what is wrong; nothing for nothing."""
        self.error.show_text(words)
        self.error.setVisible(bool(words))

    def _lay_out(self, control: QWidget) -> None:
        control.setAccessibleName(self.name.text())
        control.setAccessibleDescription(self.about.text())
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(self.about)
        words.addWidget(self.error)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        row.addLayout(words, 1)
        row.addWidget(control, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)


class SwitchField(SettingField):
    """On or off; `words` are the values where they are texts."""

    def __init__(
        self,
        path: str,
        name: str,
        about: str,
        words: tuple[str, str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(path, name, about, parent)
        self._words = words
        self.box = QCheckBox(self)
        self.box.toggled.connect(self.changed)
        self._lay_out(self.box)

    @property
    def value(self) -> Value:
        """True or false, or its word."""
        on = self.box.isChecked()
        return on if self._words is None else self._words[0 if on else 1]

    def show_value(self, value: Value) -> None:
        """Show it."""
        with QSignalBlocker(self.box):
            self.box.setChecked(value == (True if self._words is None else self._words[0]))
        self.complain("")


class ChoiceField(SettingField):
    """One of some words."""

    def __init__(
        self,
        path: str,
        name: str,
        about: str,
        choices: tuple[tuple[str, str], ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(path, name, about, parent)
        self.box = _Choices(self)
        for value, words in choices:
            self.box.addItem(words, value)
        self.box.currentIndexChanged.connect(self.changed)
        self._lay_out(self.box)

    @property
    def value(self) -> Value:
        """The chosen word."""
        return self.box.currentData()

    def show_value(self, value: Value) -> None:
        """Show it."""
        with QSignalBlocker(self.box):
            self.box.setCurrentIndex(max(0, self.box.findData(value)))
        self.complain("")


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers that may stand there; `never` are the words for none at all."""

    least: int
    most: int
    unit: str
    never: str = ""


class _Numbers(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page: a wheel that scrolls must not change what it passes over."""
        event.ignore()


class _Choices(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page, as numbers do."""
        event.ignore()


class NumberField(SettingField):
    """A whole number, or none where the span has words for that."""

    def __init__(
        self, path: str, name: str, about: str, span: Span, parent: QWidget | None = None
    ) -> None:
        super().__init__(path, name, about, parent)
        self._span = span
        self.box = _Numbers(self)
        self.box.setRange(span.least - 1 if span.never else span.least, span.most)
        if span.never:
            self.box.setSpecialValueText(span.never)
        self.box.setSuffix(span.unit)
        self.box.setKeyboardTracking(False)
        self.box.setGroupSeparatorShown(span.most > 9999 and path != "relay.port")
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        metrics = self.fontMetrics()
        # Some styles leave a number less room than a line of text has.
        self.box.setMinimumSize(metrics.averageCharWidth() * 22, round(metrics.height() * 1.6))
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.valueChanged.connect(self.changed)
        self._lay_out(self.box)

    @property
    def value(self) -> Value:
        """The number, or None."""
        number = self.box.value()
        return None if self._span.never and number < self._span.least else number

    def show_value(self, value: Value) -> None:
        """Show it."""
        none = self._span.least - 1
        with QSignalBlocker(self.box):
            self.box.setValue(value if isinstance(value, int) else none)
        self.complain("")


class LineField(SettingField):
    """A text, or nothing."""

    def __init__(
        self, path: str, name: str, about: str, example: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(path, name, about, parent)
        self._shown = ""
        self.box = TextField(name, example, self)
        self.box.setMinimumWidth(self.fontMetrics().averageCharWidth() * 34)
        self.box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.box.editingFinished.connect(self._tell)
        self._lay_out(self.box)

    @property
    def value(self) -> Value:
        """What was typed, or None."""
        return self.box.value or None

    def show_value(self, value: Value) -> None:
        """Show it, unless the person is typing something else."""
        if self.box.hasFocus() and self.box.isModified():
            return
        self._shown = str(value or "")
        self.box.setText(self._shown)
        self.complain("")

    def _tell(self) -> None:
        if self.box.value != self._shown:
            self.changed.emit()


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
        for title, fields in self._groups():
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

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show what is in force."""
        for path, field in self.fields.items():
            if path in values:
                field.show_value(values[path])

    def _groups(self) -> Iterator[tuple[str, tuple[SettingField, ...]]]:
        yield self.tr("Locking"), self._locking()
        yield self.tr("Tools and questions"), self._asking()
        yield self.tr("Sessions"), self._sessions()
        yield self.tr("Audit log"), self._audit()
        yield self.tr("Connections"), self._connections()

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
                Span(1, 100_000, self.tr(" minutes"), self.tr("Never")),
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
                Span(1, 3600, self.tr(" seconds")),
            ),
            NumberField(
                "relay.search_above",
                self.tr("Show clients a search in place of long tool lists"),
                self.tr("Where all servers together have more tools than this."),
                Span(0, 100_000, self.tr(" tools"), self.tr("Never")),
            ),
        )

    def _sessions(self) -> tuple[SettingField, ...]:
        return (
            NumberField(
                "sessions.max_age_days",
                self.tr("A session ends after"),
                self.tr("Its client begins a new one by itself."),
                Span(1, 365, self.tr(" days")),
            ),
            NumberField(
                "sessions.max_idle_hours",
                self.tr("An unused session ends after"),
                self.tr("Counted from its last request."),
                Span(1, 8760, self.tr(" hours")),
            ),
            NumberField(
                "sessions.per_client",
                self.tr("Sessions of one client"),
                self.tr("With one more, the one that was not used for longest ends."),
                Span(1, 10_000, ""),
            ),
        )

    def _audit(self) -> tuple[SettingField, ...]:
        return (
            NumberField(
                "audit.keep_days",
                self.tr("Keep the log for"),
                self.tr("Older files are removed as a whole; what is left can be verified."),
                Span(1, 36_500, self.tr(" days")),
            ),
            NumberField(
                "audit.keep_mib",
                self.tr("Keep at most"),
                self.tr("Beyond that the oldest files are removed."),
                Span(64, 1 << 20, self.tr(" MiB")),
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
                Span(0, 65535, ""),
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
                Span(1, 60, self.tr(" seconds")),
            ),
            NumberField(
                "relay.max_body_mib",
                self.tr("Largest request"),
                self.tr("A larger one is refused before it is read."),
                Span(1, 4096, self.tr(" MiB")),
            ),
            LineField(
                "oauth.client_metadata_url",
                self.tr("Your client ID metadata document"),
                self.tr("Only if you publish one: servers that take it need no registration."),
                "https://example.org/keyfob.json",
            ),
        )
