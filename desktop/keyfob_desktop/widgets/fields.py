"""Fields that people fill in, and forms of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QLayout,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from keyfob_desktop.widgets.labels import PlainLabel, name_label

_FEW = 16
"""Characters of a choice that show at least."""


class TextField(QLineEdit):
    """One line, with a name for screen readers and an example."""

    def __init__(self, name: str, example: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(example)

    @property
    def value(self) -> str:
        """What was typed, without the space around it."""
        return self.text().strip()


class SecretField(TextField):
    """A line that is never shown, nor kept by an input method."""

    def __init__(self, name: str, example: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, example, parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        hint = Qt.InputMethodHint
        self.setInputMethodHints(
            hint.ImhHiddenText
            | hint.ImhSensitiveData
            | hint.ImhNoPredictiveText
            | hint.ImhNoAutoUppercase
        )

    def forget(self) -> None:
        """Empty the field, its history included."""
        with QSignalBlocker(self):
            self.setText("")


def narrowing(choice: QComboBox) -> QComboBox:
    """The choice, made so that a long entry does not widen the form past its window."""
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(_FEW)
    choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return choice


def form_of(*rows: tuple[str, QWidget]) -> QFormLayout:
    """Named fields below one another."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(14)
    form.setVerticalSpacing(8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    for name, field in rows:
        form.addRow(name_label(name), field)
    return form


def numbered(steps: Iterable[str], parent: QWidget | None = None) -> QWidget:
    """Steps with their numbers."""
    panel = QWidget(parent)
    grid = QGridLayout(panel)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for row, words in enumerate(steps):
        grid.addWidget(name_label(f"{row + 1}."), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(PlainLabel(words), row, 1)
    return panel


def in_order(*places: QWidget) -> None:
    """Have Tab go from each to the next; they stand in one window already."""
    for one, other in pairwise(places):
        QWidget.setTabOrder(one, other)


def empty(layout: QLayout) -> None:
    """Take everything out of a layout, at once for the eye."""
    while item := layout.takeAt(0):
        widget = item.widget()
        if widget is not None:
            # Deleted only when the loop comes round: until then it would be seen.
            widget.hide()
            widget.deleteLater()
