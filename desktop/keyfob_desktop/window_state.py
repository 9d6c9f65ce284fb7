"""How the person left the window: its place, its size and its page, kept over restarts."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtWidgets import QTabWidget, QWidget

_LARGEST = 1 << 16
_FRAME = QSize(10, 40)
"""What a window manager puts around a window, about: it tells only once the window shows."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WindowState:
    """A window's geometry as Qt writes it, and the page that was shown."""

    geometry: bytes = b""
    page: str = ""


class WindowFile:
    """A small file with the state of the window; what cannot be read or written is no state."""

    def __init__(self, file: Path | None) -> None:
        """Without a file nothing is kept."""
        self._file = file

    def read(self) -> WindowState:
        """What was kept last; an empty state where that is nothing, or nothing valid."""
        if self._file is None:
            return WindowState()
        try:
            with self._file.open("rb") as file:
                told: Any = json.loads(file.read(_LARGEST))
            fields = cast("dict[str, str]", told)
            geometry = base64.b64decode(fields["geometry"], validate=True)
            return WindowState(geometry, str(fields["page"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError, binascii.Error):
            return WindowState()

    def write(self, state: WindowState) -> None:
        """Keep the state instead of the former."""
        if self._file is None:
            return
        told = {"geometry": base64.b64encode(state.geometry).decode(), "page": state.page}
        part = self._file.with_name(f"{self._file.name}.part")
        try:
            part.write_text(json.dumps(told), "utf-8")
            part.replace(self._file)
        except OSError as error:
            _log.info("The window's place is not kept: %s", error)


def state_of(window: QWidget, tabs: QTabWidget) -> WindowState:
    """How the window is now."""
    return WindowState(bytes(window.saveGeometry().data()), _name(tabs.currentWidget()))


def restore(state: WindowState, window: QWidget, tabs: QTabWidget) -> None:
    """Bring the window back to how it was, as far as that is valid here."""
    if state.geometry:
        _place(window, QByteArray(state.geometry))
    pages = (tabs.widget(number) for number in range(tabs.count()))
    page = next((each for each in pages if _name(each) == state.page), None)
    if page is not None:
        tabs.setCurrentWidget(page)


def size_within(wanted: QSize, room: QSize) -> QSize:
    """The size that a new window gets on a screen with this room, its frame included."""
    return wanted.boundedTo(room - _FRAME)


def _place(window: QWidget, geometry: QByteArray) -> None:
    before, least = window.geometry(), window.minimumSizeHint()
    window.restoreGeometry(geometry)
    # Qt reads what was cut off as zeros.
    if window.size() != window.size().expandedTo(least):
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.setGeometry(before)


def _name(page: QWidget | None) -> str:
    # Not its number: a later version may have another page in between.
    return type(page).__name__
