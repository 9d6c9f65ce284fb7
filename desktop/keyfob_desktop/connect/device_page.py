"""The code that a person enters on another page, and perhaps on another device (RFC 8628)."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from keyfob_core.addresses.origins import is_secure_url
from keyfob_core.ports import Clock
from keyfob_core.words.plain import visible
from keyfob_desktop.connect.qr import QrCode
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel
from keyfob_desktop.widgets.links import LinkRow
from keyfob_desktop.widgets.parts import Button

_TICK_MS = 500
_COPIED_MS = 1600


class DevicePage(QWidget):
    """The code, large, with its address, a QR code and the time that is left.

    Signals:
        open_wanted: the address, which the person wants to see in the browser.
    """

    open_wanted = Signal(str)

    def __init__(self, clock: Clock = time.time, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._expires_at = 0.0
        self._user_code = ""
        self.code = CodeField(self.tr("Your code"), self)
        self.copy_button = Button(self.tr("Copy"), self)
        self.copy_button.setAccessibleName(self.tr("Copy the code"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_COPIED_MS)
        self._again.timeout.connect(lambda: self.copy_button.setText(self.tr("Copy")))
        self.link = LinkRow(self.tr("Enter the code here:"))
        self.link.open_wanted.connect(self._open)
        self.qr = QrCode(self)
        self.qr_words = DimLabel(
            self.tr("Scan the picture with your phone, or open the page below in any browser.")
        )
        self.left = PlainLabel()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._count)
        self._lay_out()

    def show_code(self, details: Mapping[str, str]) -> None:
        """Show a code, from the details of the step that told it."""
        self._user_code = details.get("user_code", "")
        self.code.show_code(self._user_code)
        self.link.show_address(details.get("verification_uri", ""))
        complete = details.get("verification_uri_complete") or self.link.address
        self.qr.show_text(complete if is_secure_url(complete) else "")
        self.qr_words.setVisible(not self.qr.isHidden())
        self._expires_at = _number(details.get("expires_at", ""))
        self._count()
        self._tick.start()

    def stop(self) -> None:
        """Count no more."""
        self._tick.stop()

    def _open(self, address: str) -> None:
        self.open_wanted.emit(address)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(visible(self._user_code))
        self.copy_button.setText(self.tr("Copied"))
        self._again.start()

    def _count(self) -> None:
        seconds = int(self._expires_at - self._clock())
        if seconds <= 0:
            self.left.show_text(self.tr("The code has run out. Go back and ask for a new one."))
            self._tick.stop()
            return
        text = self.tr("The code is good for {time} more.")
        self.left.show_text(text.format(time=_clock(seconds)))

    def _lay_out(self) -> None:
        code = QHBoxLayout()
        code.setSpacing(10)
        code.addWidget(self.code)
        code.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignVCenter)
        code.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(10)
        words.addWidget(DimLabel(self.tr("Your code")))
        words.addLayout(code)
        words.addWidget(self.left)
        words.addWidget(self.qr_words)
        words.addStretch(1)
        upper = QHBoxLayout()
        upper.setSpacing(22)
        upper.addLayout(words, 1)
        upper.addWidget(self.qr, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(upper)
        column.addWidget(self.link)


class CodeField(QLineEdit):
    """The code in large letters, to be read, selected and copied."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName(name)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() * 2)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.setTextMargins(6, 6, 6, 6)

    def show_code(self, code: str) -> None:
        """Show the code, in a field as wide as it."""
        self.setText(visible(code))
        self.setCursorPosition(0)
        metrics = self.fontMetrics()
        self.setMinimumWidth(metrics.horizontalAdvance(self.text()) + metrics.height())


def _clock(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
