from __future__ import annotations

import pytest
import segno
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from keyfob_desktop.connect.device_page import DevicePage
from keyfob_desktop.connect.qr import QUIET_MODULES, QrCode

URI = "https://login.example/device"
DETAILS = {"user_code": "WDJB-MJHT", "verification_uri": URI, "expires_at": "1000"}


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def _show(qtbot: QtBot, now: float = 100.0, **more: str) -> tuple[DevicePage, Clock]:
    clock = Clock(now)
    page = DevicePage(clock)
    qtbot.addWidget(page)
    page.show()
    page.show_code({**DETAILS, **more})
    return page, clock


def _modules(qr: QrCode) -> list[list[bool]]:
    """The code's dark modules as painted."""
    image = qr.grab().toImage()
    count = len(tuple(segno.make_qr(URI, error="m").matrix_iter(border=QUIET_MODULES)))
    side = image.width() / count
    return [
        [
            image.pixelColor(int((x + 0.5) * side), int((y + 0.5) * side)) == QColor("black")
            for x in range(count)
        ]
        for y in range(count)
    ]


def test_the_qr_code_is_the_one_of_its_address_dark_on_light_with_a_quiet_zone(
    qtbot: QtBot,
) -> None:
    qr = QrCode()
    qtbot.addWidget(qr)
    qr.setStyleSheet("background: black; color: white")
    qr.show_text(URI)

    painted = _modules(qr)

    code = segno.make_qr(URI, error="m")
    assert painted == [[bool(each) for each in row] for row in code.matrix_iter(border=4)]
    assert not any(any(row) for row in painted[:QUIET_MODULES])
    assert qr.grab().toImage().pixelColor(1, 1) == QColor("white")


@pytest.mark.parametrize("text", ["", "https://login.example/" + "a" * 2000])
def test_what_no_phone_reads_is_not_drawn(qtbot: QtBot, text: str) -> None:
    qr = QrCode()
    qtbot.addWidget(qr)

    qr.show_text(text)

    assert qr.isHidden()


def test_the_code_can_be_selected_and_is_as_wide_as_it_is_long(qtbot: QtBot) -> None:
    page, _ = _show(qtbot, user_code="W" * 20)

    page.code.setFocus()
    qtbot.keyClick(page.code, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)

    assert page.code.selectedText() == "W" * 20
    assert page.code.isReadOnly()
    assert page.code.width() >= page.code.fontMetrics().horizontalAdvance("W" * 20)


def test_the_time_that_is_left_counts_down_to_nothing(qtbot: QtBot) -> None:
    page, clock = _show(qtbot, now=100.0)
    assert page.left.text() == "The code is good for 15:00 more."

    clock.now = 935.0
    qtbot.waitUntil(lambda: page.left.text() == "The code is good for 1:05 more.")
    clock.now = 1000.0

    qtbot.waitUntil(lambda: "run out" in page.left.text())


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "file:///etc/passwd", "http://login.example/device"]
)
def test_an_address_that_is_not_safe_is_neither_opened_nor_drawn(qtbot: QtBot, uri: str) -> None:
    page, _ = _show(qtbot, verification_uri=uri)
    wanted: list[str] = []
    page.open_wanted.connect(wanted.append)

    qtbot.mouseClick(page.link.open_button, Qt.MouseButton.LeftButton)

    assert not page.link.open_button.isEnabled()
    assert wanted == []
    assert page.qr.isHidden()


def test_signs_that_nobody_sees_are_made_visible_in_the_code(qtbot: QtBot) -> None:
    page, _ = _show(qtbot, user_code="AB\u202eCD")

    assert page.code.text() == "AB⟨U+202E⟩CD"
