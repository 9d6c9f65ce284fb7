"""The folded part of the connect dialog: how a sign-in server differs from others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox
from pytestqt.qtbot import QtBot

from keyfob_desktop.connect.advanced import Advanced
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.target import Target
from support.desktop import Running, shows_all, until
from support.fake_engine import server

LEFT = Qt.MouseButton.LeftButton
Open = Callable[[Target], ConnectDialog]
NEW = Target(title="github", server="github")
KNOWN = Target(title="github", server="github", account="work", method="oauth")


@pytest.fixture
async def show(running: Running, qtbot: QtBot) -> AsyncIterator[Open]:
    await running.tell(servers=(server("github"),))

    def show(target: Target) -> ConnectDialog:
        dialog = ConnectDialog(target, running.door, running.failures.append)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    yield show
    assert running.failures == []


def unfolded(dialog: ConnectDialog, qtbot: QtBot) -> Advanced:
    qtbot.mouseClick(dialog.form.more.toggle, LEFT)
    assert dialog.form.advanced.isVisible()
    return dialog.form.advanced


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, LEFT, pos=QPoint(8, button.height() // 2))


def pick(qtbot: QtBot, box: QComboBox, value: object) -> None:
    """Choose with the keyboard, as a person does who sees the words."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.findData(value)):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == value


async def connected(running: Running, dialog: ConnectDialog, qtbot: QtBot) -> dict[str, object]:
    """Press Connect; the arguments that the engine was called with."""
    assert dialog.go_button.isEnabled()
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)
    (args,) = [args for verb, args, _ in running.engine.dispatched if verb == "connect"]
    return args


async def test_it_is_folded_and_says_nothing_where_nothing_is_filled_in(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = show(NEW)
    assert not dialog.form.advanced.isVisible()
    unfolded(dialog, qtbot)
    await until(lambda: shows_all(dialog))

    args = await connected(running, dialog, qtbot)

    assert args == {"server": "github", "method": "oauth", "scopes": []}


async def test_every_difference_is_sent_by_its_name(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = show(NEW)
    advanced = unfolded(dialog, qtbot)
    pick(qtbot, advanced.resource, "omit")
    pick(qtbot, advanced.token_auth, "client_secret_post")
    qtbot.keyClicks(advanced.parameters, "access_type=offline")
    qtbot.keyClick(advanced.parameters, Qt.Key.Key_Return)
    qtbot.keyClicks(advanced.parameters, "prompt = consent")
    click(qtbot, advanced.dpop)
    click(qtbot, advanced.assume_s256)
    await until(lambda: shows_all(dialog))

    args = await connected(running, dialog, qtbot)

    assert args["profile"] == {
        "resource": "omit",
        "token_auth": "client_secret_post",
        "authorize_params": {"access_type": "offline", "prompt": "consent"},
        "dpop": True,
        "assume_s256": True,
    }
    assert "register_again" not in args


async def test_another_resource_needs_its_address(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = show(NEW)
    advanced = unfolded(dialog, qtbot)
    assert not advanced.resource_value.isVisible()
    pick(qtbot, advanced.resource, "custom")
    assert advanced.resource_value.isVisible()
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(advanced.resource_value, "https://api.example.org/")

    args = await connected(running, dialog, qtbot)

    assert args["profile"] == {"resource": "https://api.example.org/"}


@pytest.mark.parametrize("text", ["prompt", "=consent", "prompt=", "a=1\na=2"])
async def test_a_line_that_is_no_parameter_cannot_be_sent(
    show: Open, qtbot: QtBot, text: str
) -> None:
    dialog = show(NEW)
    advanced = unfolded(dialog, qtbot)
    advanced.parameters.setPlainText(text)
    assert not dialog.go_button.isEnabled()
    advanced.parameters.setPlainText("prompt=consent\n\n")
    assert dialog.go_button.isEnabled()


async def test_only_what_means_something_for_the_way_is_offered(show: Open, qtbot: QtBot) -> None:
    dialog = show(NEW)
    advanced = unfolded(dialog, qtbot)

    def offered() -> list[bool]:
        fields = (advanced.resource, advanced.token_auth, advanced.parameters, advanced.assume_s256)
        return [field.isVisible() for field in (*fields, advanced.dpop)]

    assert offered() == [True, True, True, True, True]
    click(qtbot, dialog.form.device)
    assert offered() == [True, True, False, False, True]
    click(qtbot, dialog.form.service)
    assert offered() == [True, False, False, False, True]
    click(qtbot, dialog.form.api_key)
    assert not dialog.form.more.isVisible()
    assert not advanced.register_again.isVisible()


async def test_what_was_filled_in_for_another_way_is_not_sent(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = show(NEW)
    advanced = unfolded(dialog, qtbot)
    qtbot.keyClicks(advanced.parameters, "no pair")
    pick(qtbot, advanced.token_auth, "none")
    pick(qtbot, advanced.resource, "send")
    click(qtbot, dialog.form.device)

    args = await connected(running, dialog, qtbot)

    assert args["profile"] == {"resource": "send", "token_auth": "none"}


async def test_an_account_s_own_differences_are_shown_and_only_a_change_is_sent(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    running.engine.own = {
        "client_id": "mine",
        "profile": {
            "resource": "https://api.example.org/",
            "authorize_params": {"prompt": "consent"},
            "callback": "http://localhost:3118/callback",
            "dpop": True,
        },
    }
    dialog = show(KNOWN)
    advanced = dialog.form.advanced
    await until(advanced.isVisible)
    assert advanced.resource_value.value == "https://api.example.org/"
    assert advanced.parameters.toPlainText() == "prompt=consent"
    assert advanced.dpop.isChecked()
    own_app = dialog.form.sign_in.own_app
    assert own_app.client_id.value == "mine"
    assert own_app.redirect.value == "http://localhost:3118/callback"
    click(qtbot, advanced.dpop)
    advanced.parameters.clear()
    qtbot.mouseClick(dialog.form.sign_in.more.toggle, LEFT)
    own_app.redirect.clear()

    args = await connected(running, dialog, qtbot)

    assert args["profile"] == {"dpop": None, "authorize_params": None, "callback": None}
    assert args["client_id"] == "mine"


async def test_an_account_that_is_left_as_it_is_keeps_what_it_says(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    running.engine.own = {"profile": {"resource": "omit", "callback": "http://localhost:1/cb"}}
    dialog = show(KNOWN)
    await until(dialog.form.advanced.isVisible)

    args = await connected(running, dialog, qtbot)

    assert "profile" not in args


async def test_keyfob_registers_anew_where_the_person_ticks_it(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    assert show(NEW).form.advanced.register_again.isHidden()
    dialog = show(KNOWN)
    await until(lambda: "account.show" in running.verbs() and not dialog._tasks.busy)
    advanced = unfolded(dialog, qtbot)
    click(qtbot, advanced.register_again)

    args = await connected(running, dialog, qtbot)

    assert args["register_again"] is True
    assert "profile" not in args
