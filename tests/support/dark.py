"""A dark desktop, for a machine without one."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette


def fusion_dark() -> QPalette:
    """Fusion's own dark palette, which Qt takes only from a desktop that says so."""
    role, back, text = QPalette.ColorRole, QColor(50, 50, 50), QColor(240, 240, 240)
    palette = QPalette(back, back)
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(each, text)
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(130, 130, 130))
    palette.setColor(role.Base, back.darker(140))
    palette.setColor(role.AlternateBase, back.darker(120))
    palette.setColor(role.Light, back.lighter(150))
    palette.setColor(role.Mid, back.darker(130))
    palette.setColor(role.Dark, back.darker(150))
    palette.setColor(role.PlaceholderText, QColor(240, 240, 240, 128))
    palette.setColor(role.Highlight, QColor(48, 140, 198))
    return palette
