from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from keyfob_core.control.tool_access import ToolState
from keyfob_core.errors import StoreLocked
from keyfob_core.model import Verdict
from keyfob_core.states import AccountCondition, ServerState
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.servers.add_server_dialog import AddServerDialog
from keyfob_desktop.servers.servers_page import ServersPage
from keyfob_desktop.servers.token_dialog import TokenDialog
from keyfob_desktop.servers.tool_dialog import ToolDialog
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from support.desktop import Running, opened, shows_all, top_level, until
from support.fake_engine import EMPTY, account, server

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[ServersPage]:
    page = ServersPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    running.door.status_changed.connect(page.show_status)
    page.show_status(EMPTY)
    page.resize(900, 600)
    page.show()
    yield page
    assert running.failures == []


async def test_a_server_is_added_and_chosen(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    qtbot.mouseClick(page.welcome.add_button, LEFT)
    dialog: AddServerDialog = await opened(AddServerDialog)
    assert not dialog.add_button.isEnabled()

    qtbot.keyClicks(dialog.name, "github")
    qtbot.keyClicks(dialog.url, "https://github.example/mcp")
    qtbot.keyClick(dialog.url, Qt.Key.Key_Return)

    await until(lambda: not top_level(AddServerDialog))
    await until(lambda: page.list.current and page.list.current.name == "github")
    assert running.engine.dispatched[1] == (
        "server.add",
        {"name": "github", "url": "https://github.example/mcp"},
        True,
    )
    connecting: ConnectDialog = await opened(ConnectDialog)
    connecting.reject()
    assert page.details.name.text() == "github"
    assert page.details.step_button.text() == "Connect…"


async def test_an_error_names_its_field_and_the_dialog_stays(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    page.add_server()
    dialog: AddServerDialog = await opened(AddServerDialog)
    qtbot.keyClicks(dialog.name, "wiki")
    address = "ftp://wiki/" + "a" * 300
    dialog.url.setText(address)

    qtbot.mouseClick(dialog.add_button, LEFT)

    await until(dialog.url_error.isVisible)
    assert (
        dialog.url_error.text()
        == f"'{address}' is not a web address. Give one like https://host/mcp."
    )
    assert not dialog.name_error.isVisible()
    await until(lambda: shows_all(dialog))
    qtbot.keyClicks(dialog.url, "x")
    assert not dialog.url_error.isVisible()
    assert dialog.add_button.isEnabled()
    dialog.reject()


async def test_an_error_without_a_field_is_a_banner(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    running.engine.failures["server.add"] = StoreLocked("The keychain is locked.", "Unlock it.")
    page.add_server()
    dialog: AddServerDialog = await opened(AddServerDialog)
    qtbot.keyClicks(dialog.name, "wiki")
    qtbot.keyClicks(dialog.url, "https://wiki.example")

    qtbot.mouseClick(dialog.add_button, LEFT)

    await until(dialog.banner.isVisible)
    assert dialog.banner.words == "The keychain is locked. Unlock it."
    dialog.reject()


async def test_the_pane_tells_account_issuer_scopes_and_address(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    await running.tell(
        servers=(server("github", AccountCondition.HEALTHY),),
        accounts=(account("github-account"),),
    )

    details = page.details
    assert details.condition.text() == "Connected"
    assert details.account.text() == "github-account (browser sign-in)"
    assert details.issuer.text() == "https://login.example"
    assert details.scopes.text() == "read write"
    assert details.until.text() != ""
    assert details.address.text == "http://127.0.0.1:7332/s/github/mcp"
    assert details.step_button.text() == "Try a tool…"


async def test_the_choice_stays_when_servers_come_and_go(
    running: Running, page: ServersPage
) -> None:
    await running.tell(servers=(server("a"), server("b"), server("c")))
    page.choose("b")

    await running.tell(servers=(server("a"), server("b", AccountCondition.FAILED, "It is down.")))
    assert page.details.name.text() == "b"
    assert page.details.reason.text() == "It is down."

    await running.tell(servers=(server("a"),))
    assert page.details.name.text() == "a"


async def test_a_failed_account_is_tried_again_without_a_sign_in(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    await running.tell(
        servers=(server("github", AccountCondition.FAILED),),
        accounts=(account("github-account", AccountCondition.FAILED),),
    )

    qtbot.mouseClick(page.details.step_button, LEFT)

    await until(lambda: page.details.condition.text() == "Connected")
    assert running.verbs() == ["account.refresh"]


async def test_disconnecting_asks_first_and_removing_can_be_undone(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    await running.tell(
        servers=(server("github", AccountCondition.HEALTHY),),
        accounts=(account("github-account"),),
    )

    qtbot.mouseClick(page.details.disconnect_button, LEFT)
    dialog: ConfirmDialog = await opened(ConfirmDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: not top_level(ConfirmDialog))
    assert running.verbs() == []

    qtbot.mouseClick(page.details.disconnect_button, LEFT)
    qtbot.mouseClick((await opened(ConfirmDialog)).go_button, LEFT)
    await until(lambda: page.details.condition.text() == "Not connected")
    await until(lambda: not top_level(ConfirmDialog))

    qtbot.mouseClick(page.details.remove_button, LEFT)
    await until(page.welcome.isVisible)
    assert running.verbs() == ["account.disconnect", "server.remove"]
    await until(page.undo_banner.isVisible)
    assert page.undo_banner.words == "Removed the server github."
    qtbot.mouseClick(page.undo_banner.button, LEFT)
    await until(lambda: not page.welcome.isVisible())
    await until(lambda: not page.undo_banner.isVisible())


async def test_a_double_click_removes_one_server_and_not_the_next_one_too(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    await running.tell(servers=(server("a"), server("b"), server("c")))
    button = page.details.remove_button

    qtbot.mouseClick(button, LEFT)
    await until(lambda: page.details.name.text() == "b")
    spot = QPointF(button.rect().center())
    second = QMouseEvent(
        QEvent.Type.MouseButtonDblClick,
        spot,
        button.mapToGlobal(spot),
        LEFT,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(button, second)
    qtbot.mouseRelease(button, LEFT)
    await page._door.refresh()

    assert running.verbs() == ["server.remove"]
    qtbot.mouseClick(button, LEFT)
    await until(lambda: running.verbs() == ["server.remove", "server.remove"])


async def test_what_the_engine_refuses_is_told_on_the_page(
    running: Running, page: ServersPage
) -> None:
    running.engine.failures["account.refresh"] = StoreLocked("It is locked.", "Unlock it.")
    await running.tell(servers=(server("github", AccountCondition.FAILED),))

    page.details.step_button.click()

    await until(page.banner.isVisible)
    assert page.banner.words == "It is locked. Unlock it."


@pytest.mark.parametrize(
    ("button", "kind"), [("token_button", TokenDialog), ("step_button", ToolDialog)]
)
async def test_the_panes_buttons_open_their_dialogs(
    running: Running,
    page: ServersPage,
    qtbot: QtBot,
    button: str,
    kind: type[TokenDialog | ToolDialog],
) -> None:
    await running.tell(servers=(server("github", AccountCondition.HEALTHY),))

    pressed: QPushButton = getattr(page.details, button)
    qtbot.mouseClick(pressed, LEFT)

    dialog = await opened(kind)
    dialog.reject()
    await until(lambda: not top_level(kind))


async def test_signing_in_again_keeps_the_accounts_method(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    await running.tell(servers=(server("github", AccountCondition.NEEDS_YOU),))
    assert page.details.step_button.text() == "Sign in again…"

    qtbot.mouseClick(page.details.step_button, LEFT)

    dialog: ConnectDialog = await opened(ConnectDialog)
    assert dialog.form.browser.isChecked()
    assert dialog.form.account.text() == "github-account"
    dialog.reject()
    await until(lambda: not top_level(ConnectDialog))


async def test_a_key_is_replaced_and_not_signed_in_again(
    running: Running, page: ServersPage
) -> None:
    keyed = account("github-account", method="api-key")
    await running.tell(servers=(server("github", keyed.condition),), accounts=(keyed,))
    assert page.details.sign_in_button.isVisible()
    assert page.details.sign_in_button.text() == "Replace the key…"

    keyed = account("github-account", AccountCondition.NEEDS_YOU, method="api-key")
    await running.tell(servers=(server("github", keyed.condition),), accounts=(keyed,))
    assert page.details.step_button.text() == "Replace the key…"


async def test_a_program_is_added_by_its_command_and_shown_as_one(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    page.add_server()
    dialog: AddServerDialog = await opened(AddServerDialog)
    assert not dialog.command.isVisible()
    qtbot.mouseClick(dialog.is_program, LEFT)
    assert (dialog.url.isVisible(), dialog.command.isVisible()) == (False, True)
    assert "your files" in dialog.risk.text()
    await until(lambda: shows_all(dialog))
    qtbot.keyClicks(dialog.name, "files")
    dialog.command.setText("npx -y 'a b' C:\\x")

    qtbot.mouseClick(dialog.add_button, LEFT)

    await until(lambda: page.list.current and page.list.current.name == "files")
    assert running.engine.dispatched[1][1] == {
        "name": "files",
        "command": ["npx", "-y", "a b", "C:\\x"],
    }
    assert page.details.url.text() == "npx -y 'a b' 'C:\\x'"
    assert page.details.condition.text() == "Needs no account"
    assert page.details.step_button.text() == "Try a tool…"
    assert not page.details.sign_in_button.isVisible()


async def test_a_program_s_errors_stand_at_their_fields(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    page.add_server()
    dialog: AddServerDialog = await opened(AddServerDialog)
    dialog.is_program.setChecked(True)
    dialog.name.setText("files")
    dialog.command.setText("npx 'a")
    qtbot.mouseClick(dialog.add_button, LEFT)
    await until(dialog.command_error.isVisible)
    assert dialog.command_error.text() == "has a quote that is never closed. Close it."
    assert "server.add" not in running.verbs()
    dialog.command.setText("npx a")
    dialog.variable.setText("PATH")
    qtbot.mouseClick(dialog.add_button, LEFT)
    await until(dialog.variable_error.isVisible)
    assert "steers which code runs" in dialog.variable_error.text()
    dialog.reject()


async def test_a_program_s_secrets_are_asked_for_and_nothing_else(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    wanting = ServerState(
        name="files",
        url="",
        account=None,
        account_condition=AccountCondition.NOT_CONNECTED,
        kind="program",
        command=("npx",),
        variables=("A", "B"),
        secrets_wanted=2,
        running=1,
    )
    await running.tell(servers=(wanting,))
    assert page.details.variables.text() == "A, B"
    assert page.details.running.text() == "1 process(es)"
    qtbot.mouseClick(page.details.step_button, LEFT)
    dialog: ConnectDialog = await opened(ConnectDialog)
    form = dialog.form
    assert (form.method, form.browser.isVisible(), form.key.check.isVisible()) == (
        "api-key",
        False,
        False,
    )
    assert not form.key.where.isVisible()
    for field, text in zip(form.key.secrets, ("one", "two"), strict=True):
        field.setText(text)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: bool(running.engine.dispatched))
    verb, args, _ = running.engine.dispatched[0]
    assert (verb, args) == (
        "connect",
        {"server": "files", "method": "api-key", "secret": "one", "parts": [{"secret": "two"}]},
    )
    dialog.reject()


async def test_a_tool_that_was_refused_can_be_reviewed_again(
    running: Running, page: ServersPage, qtbot: QtBot
) -> None:
    running.engine.tools = (
        ToolState(
            name="whoami",
            pin="rejected",
            pending="t1",
            own=None,
            access=Verdict.ASK,
            decided_by="defaults.access",
        ),
    )
    running.engine.more["tool.approve"] = lambda _: []
    await running.tell(servers=(server("github"),))
    await until(lambda: "whoami" in page.tools.rows)

    await until(page.tools.rows["whoami"].review_button.isVisible)
    qtbot.mouseClick(page.tools.rows["whoami"].review_button, LEFT)

    await until(lambda: ("tool.approve", {"ids": ["t1"]}, False) in running.engine.dispatched)
