"""A QR code, drawn dark on light whatever the desktop's colours: cameras expect it so."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET_MODULES = 4
"""Light modules around the code (ISO/IEC 18004, section 9.1)."""
_LONGEST = 1000


class QrCode(QWidget):
    """Shows a text for the camera of a phone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[bytes, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("QR code of the address"))
        self.hide()

    def show_text(self, text: str) -> None:
        """Draw the text; one that no phone would read in comfort is not drawn."""
        if not text or len(text.encode()) > _LONGEST:
            self._rows = ()
        else:
            # Slow to import, and few sign-ins show a code.
            import segno

            code = segno.make_qr(text, error="m")
            self._rows = tuple(bytes(row) for row in code.matrix_iter(border=QUIET_MODULES))
        self.setFixedSize(self.sizeHint())
        self.setVisible(bool(self._rows))
        self.update()

    def sizeHint(self) -> QSize:
        """Modules of a few whole pixels each, so that none is blurred."""
        side = len(self._rows) * self._module()
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the light ground, then the dark modules."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        side = self._module()
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:
                    box = QRectF(x * side, y * side, side, side)
                    painter.fillRect(box, Qt.GlobalColor.black)
        painter.end()

    def _module(self) -> int:
        return max(3, round(self.fontMetrics().height() / 4))
