"""Outlines of boxes to tick that can be seen, where Qt's own style draws them too faintly."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

FAINT_STYLE = "fusion"
_KINDS = ("QCheckBox", "QRadioButton")
_ON_LIGHT, _ON_DARK = QColor(160, 160, 160), QColor(215, 215, 215)


def show_outlines(app: QApplication) -> None:
    """Draw them darker or lighter, now and whenever the desktop turns dark or light.

    Fusion takes the outline from the colour of the window behind, half a shade darker: on a dark
    one it cannot be seen. These widgets paint no ground of their own, so another window colour
    changes nothing else of them. Native styles are left alone. Called before a style sheet is set,
    which hides the style's name.
    """
    if app.style().name().lower() != FAINT_STYLE:
        return
    draw_outlines(app)
    # Told before the palette is the new one.
    later = QTimer(app)
    later.setSingleShot(True)
    later.setInterval(0)
    later.timeout.connect(lambda: draw_outlines(app))
    QGuiApplication.styleHints().colorSchemeChanged.connect(later.start)


def draw_outlines(app: QApplication) -> None:
    """Draw them by the palette as it is now."""
    palette = QPalette(app.palette())
    dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
    palette.setColor(QPalette.ColorRole.Window, _ON_DARK if dark else _ON_LIGHT)
    for kind in _KINDS:
        # Its stub wants bytes; it takes text alone.
        QApplication.setPalette(palette, kind)  # pyright: ignore[reportArgumentType]
