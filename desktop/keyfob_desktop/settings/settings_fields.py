"""The controls of single settings, each with its name, what it does, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from keyfob_desktop.widgets.fields import TextField
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel

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
        # Each kind of field has its own; Qt's metaclass allows no abstract class here.
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show this, and nothing wrong with it."""
        # As above: only the kinds of fields are ever made.
        raise NotImplementedError

    def complain(self, words: str) -> None:
        """Say what is wrong; nothing for nothing."""
        self.error.show_text(words)
        self.error.setVisible(bool(words))

    def _lay_out(self, control: QWidget) -> None:
        for one in (control, *control.findChildren(QLineEdit)):
            one.setAccessibleName(self.name.text())
            one.setAccessibleDescription(self.about.text())
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
    unit: Callable[[int], str]
    """The word behind so many of them."""
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
        self.box.valueChanged.connect(self._tell_unit)
        self.box.setKeyboardTracking(False)
        self.box.setGroupSeparatorShown(span.most > 9999 and path != "relay.port")
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        metrics = self.fontMetrics()
        # Some styles leave a number less room than a line of text has.
        self.box.setMinimumSize(metrics.averageCharWidth() * 22, round(metrics.height() * 1.6))
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.valueChanged.connect(self.changed)
        self._tell_unit()
        self._lay_out(self.box)

    @property
    def value(self) -> Value:
        """The number, or None."""
        number = self.box.value()
        return None if self._span.never and number < self._span.least else number

    def show_value(self, value: Value) -> None:
        """Show it, unless the person is typing something else."""
        if self.box.hasFocus() and self.box.text() != self._written():
            return
        none = self._span.least - 1
        with QSignalBlocker(self.box):
            self.box.setValue(value if isinstance(value, int) else none)
        self._tell_unit()
        self.complain("")

    def _written(self) -> str:
        """The number as the box writes it by itself."""
        box = self.box
        if box.specialValueText() and box.value() == box.minimum():
            return box.specialValueText()
        return f"{box.textFromValue(box.value())}{box.suffix()}"

    def _tell_unit(self) -> None:
        self.box.setSuffix(self._span.unit(self.box.value()))


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
