"""The small widgets that every page is made of; foreign text passes through them as plain text."""

from __future__ import annotations

from keyfob_core.errors import Error
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_desktop.icons import icon
from keyfob_desktop.text import visible_text

_COPIED_MS = 1600
_DIM_ALPHA = 180


class PlainLabel(QLabel):
    """A wrapping, selectable label that shows any text as it is."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show the text, its invisible characters made visible."""
        self.setText(visible_text(text, lines=True))


class TitleLabel(PlainLabel):
    """A label in the system's font, larger by `scale` and bold."""

    def __init__(
        self, text: str = "", *, scale: float = 1.35, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)


class DimLabel(PlainLabel):
    """A label that steps back, in a softer shade of the palette's text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._soften()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the palette when the desktop turns dark or light."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.ApplicationPaletteChange, QEvent.Type.ParentChange}:
            self._soften()

    def _soften(self) -> None:
        palette = QPalette(QGuiApplication.palette())
        colour = palette.color(QPalette.ColorRole.WindowText)
        colour.setAlpha(_DIM_ALPHA)
        palette.setColor(QPalette.ColorRole.WindowText, colour)
        self.setPalette(palette)


class Rule(QFrame):
    """A hair line between two parts of a page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rule")
        self.setFixedHeight(1)


class CopyField(QWidget):
    """A text to take along, with a button that copies it."""

    def __init__(self, name: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = QLineEdit(self)
        self._field.setReadOnly(True)
        self._field.setAccessibleName(name)
        self._field.setMinimumWidth(self._field.fontMetrics().averageCharWidth() * 24)
        self._button = QPushButton(self.tr("Copy"), self)
        self._button.setAccessibleName(self.tr("Copy {what}").format(what=name))
        self._button.setAutoDefault(False)
        self._button.clicked.connect(self._copy)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_COPIED_MS)
        self._again.timeout.connect(lambda: self._button.setText(self.tr("Copy")))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._field, 1)
        row.addWidget(self._button)
        self._keep_width()
        self.show_text(text)

    @property
    def text(self) -> str:
        """What would be copied."""
        return self._field.text()

    @property
    def button(self) -> QPushButton:
        """The button that copies."""
        return self._button

    def show_text(self, text: str) -> None:
        """Offer the text; an empty one cannot be copied."""
        self._field.setText(visible_text(text))
        self._field.setCursorPosition(0)
        self._button.setEnabled(bool(text))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._field.text())
        self._button.setText(self.tr("Copied"))
        self._again.start()

    def _keep_width(self) -> None:
        self._button.setText(self.tr("Copied"))
        self._button.setMinimumWidth(self._button.sizeHint().width())
        self._button.setText(self.tr("Copy"))


class Banner(QFrame):
    """A calm notice: a picture, a sentence, what to do about it, and perhaps one button."""

    def __init__(self, picture: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._picture = QLabel(self)
        self._picture.setPixmap(_scaled(icon(picture), self))
        self._title = PlainLabel(parent=self)
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._hint = PlainLabel(parent=self)
        self.button = QPushButton(self)
        self.button.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(12)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def words(self) -> str:
        """What the banner says."""
        return f"{self._title.text()} {self._hint.text()}".strip()

    def tell(self, title: str, hint: str = "") -> None:
        """Show the banner with these words."""
        self._title.show_text(title)
        self._hint.show_text(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(self.words)
        self.show()

    def tell_error(self, error: Error) -> None:
        """Show what went wrong and what helps."""
        self.tell(error.message, error.hint)


class Disclosure(QWidget):
    """Details that stay folded until asked for."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self.toggle = QToolButton(self)
        self.toggle.setObjectName("disclosure")
        self.toggle.setText(title)
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.toggle.toggled.connect(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(content)
        self._fold(False)

    def _fold(self, open_: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow
        self.toggle.setArrowType(arrow)
        self._content.setVisible(open_)


def code_view(name: str, text: str = "", parent: QWidget | None = None) -> QPlainTextEdit:
    """A scrolling view of text that is read, in the system's fixed font."""
    view = QPlainTextEdit(parent)
    view.setAccessibleName(name)
    view.setReadOnly(True)
    view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    view.setTabChangesFocus(True)
    view.setPlainText(visible_text(text, lines=True))
    return view


def picture_label(name: str, parent: QWidget | None = None) -> QLabel:
    """A small picture as tall as a line of text."""
    label = QLabel(parent)
    label.setPixmap(_scaled(icon(name), label))
    return label


def _scaled(picture: QIcon, widget: QWidget) -> QPixmap:
    side = max(16, round(widget.fontMetrics().height() * 1.15))
    return picture.pixmap(side, side)
