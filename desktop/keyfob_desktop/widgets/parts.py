"""The small widgets that every page is made of; foreign text passes through them as plain text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QIcon, QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error
from keyfob_core.words.plain import visible
from keyfob_desktop.core_words import one_after_other, said
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import PlainLabel

_COPIED_MS = 1600
_CODE_LINES = 6
_FIRST_CJK = "\u2e80"


class Rule(QFrame):
    """A hair line between two parts of a page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rule")
        self.setFixedHeight(1)


class FitScroll(QScrollArea):
    """As high as its content where there is room, and scrolling where there is not."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        self.setWidget(content)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another height when the content needs one; Qt tells only the area itself."""
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def hasHeightForWidth(self) -> bool:
        """The height follows the width, as the content's does."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The content's height when this wide."""
        return max(self._content.heightForWidth(width), self._content.minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """The content's size."""
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Enough for a few lines."""
        few = self.fontMetrics().lineSpacing() * 4
        least = self._content.minimumSizeHint()
        return QSize(least.width(), min(few, self._content.sizeHint().height()))


class Button(QPushButton):
    """A button with air around its words."""

    def sizeHint(self) -> QSize:
        """The style's size, and some more on both sides."""
        metrics = self.fontMetrics()
        return super().sizeHint() + QSize(metrics.averageCharWidth() * 2, metrics.height() // 4)

    def minimumSizeHint(self) -> QSize:
        """No less, so that words are never cut."""
        return self.sizeHint()


class RemoveButton(Button):
    """A button for which a double click is one: it may show the next thing to remove by then."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the second click pass."""
        event.accept()


class CopyField(QWidget):
    """A text to take along, with a button that copies it."""

    def __init__(self, name: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = QLineEdit(self)
        self._field.setReadOnly(True)
        self._field.setAccessibleName(name)
        self._field.setMinimumWidth(self._field.fontMetrics().averageCharWidth() * 24)
        self._button = Button(self.tr("Copy"), self)
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
        self._field.setText(visible(text))
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
        self._passes = False
        self._picture = QLabel(self)
        self._picture.setPixmap(_scaled(icon(picture), self))
        self._title = PlainLabel(parent=self)
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        self._title.setFont(font)
        self._hint = PlainLabel(parent=self)
        self.button = Button(self)
        self.button.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(12)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        # `Maximum` would hold it to the height that it has at its preferred width.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()

    def picture(self, name: str) -> None:
        """Show this picture from now on."""
        self._picture.setPixmap(_scaled(icon(name), self))

    @property
    def words(self) -> str:
        """What the banner says."""
        return f"{self._title.text()} {self._hint.text()}".strip()

    def tell(self, title: str, hint: str = "") -> None:
        """Show the banner with these words."""
        self._passes = False
        self._title.show_text(title)
        self._hint.show_text(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(self.words)
        self.show()

    def tell_error(self, error: Error) -> None:
        """Show what went wrong and what helps."""
        self.tell(said(error.message), said(error.hint))

    def tell_unread(self, error: Error) -> None:
        """Show why something could not be read, until it can: `read` takes it back."""
        self.tell_error(error)
        self._passes = True

    def read(self) -> None:
        """Hide what `tell_unread` has shown."""
        if self._passes:
            self.hide()


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


class CodeView(QPlainTextEdit):
    """Scrolling plain text in the system's fixed font, a few lines high unless there is room."""

    def __init__(self, name: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        if self.font().pointSizeF() > 0:
            font.setPointSizeF(self.font().pointSizeF())
        self.setFont(font)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show the text, its invisible characters made visible."""
        self.setPlainText(visible(text, lines=True))

    def sizeHint(self) -> QSize:
        """A few lines; the layout gives more."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 40, metrics.lineSpacing() * _CODE_LINES)


def sentence(error: Error) -> str:
    """An error in one line: what happened, and what helps."""
    message = said(error.message).rstrip()
    if message and message[-1] not in ".!?…。":
        message += "。" if message[-1] > _FIRST_CJK else "."
    return one_after_other(message, said(error.hint))


def _scaled(picture: QIcon, widget: QWidget) -> QPixmap:
    side = max(16, round(widget.fontMetrics().height() * 1.15))
    return picture.pixmap(side, side)
