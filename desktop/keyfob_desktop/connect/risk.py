"""What a scope allows, with its risk told by a shape and a word."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from keyfob_core.providers.provider import Risk, ScopeWords
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, name_label


def risk_words(risk: Risk) -> str:
    """The risk in a word or two."""
    translate = QCoreApplication.translate
    match risk:
        case Risk.READ:
            return translate("Risk", "reads only")
        case Risk.WRITE:
            return translate("Risk", "makes changes")
        case Risk.UNKNOWN:
            return translate("Risk", "not described")
        case Risk.ADMIN:
            return translate("Risk", "high risk")


def risk_icon(risk: Risk) -> str:
    """The name of a risk's picture."""
    return f"risk-{risk.value}"


class RiskMark(QWidget):
    """A risk's shape with its word."""

    def __init__(self, risk: Risk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        side = round(self.fontMetrics().height() * 1.1)
        picture = QLabel(self)
        picture.setPixmap(icon(risk_icon(risk)).pixmap(side, side))
        words = name_label(risk_words(risk))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        widest = max(words.fontMetrics().horizontalAdvance(risk_words(each)) for each in Risk)
        self.setFixedWidth(widest + side + row.spacing() + 2)


def scope_labels(name: str, words: ScopeWords) -> tuple[PlainLabel, DimLabel | None]:
    """What a scope allows, and its own name where that says something else."""
    text = words.text[:1].upper() + words.text[1:] if words.text != name else name
    return PlainLabel(text), DimLabel(name) if words.text != name else None


def undescribed(name: str) -> ScopeWords:
    """A scope that nobody has described."""
    return ScopeWords(name, Risk.UNKNOWN)
