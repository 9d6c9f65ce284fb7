from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QRadioButton, QScrollArea
from pytestqt.qtbot import QtBot

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.target import Target
from support.desktop import Running, shows_all, until
from support.fake_engine import BAD_KEY, CALLBACK, DEVICE_STEPS, STEPS, server

LEFT = Qt.MouseButton.LeftButton
Open = Callable[[Target], ConnectDialog]


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


@pytest.fixture
async def dialog(show: Open) -> ConnectDialog:
    return show(Target(title="github", server="github"))


async def known(show: Open, running: Running, provider: str, **target: object) -> ConnectDialog:
    """The dialog for a provider's server, once the provider's entry is shown."""
    dialog = show(Target(title=provider, server="github", provider=provider, **target))  # pyright: ignore[reportArgumentType]
    await until(lambda: "provider.show" in running.verbs() and not dialog._tasks.busy)
    return dialog


def click(qtbot: QtBot, way: QRadioButton) -> None:
    qtbot.mouseClick(way, LEFT, pos=QPoint(8, way.height() // 2))


def connected(running: Running) -> dict[str, object]:
    """The arguments of the one `connect`."""
    (args,) = [args for verb, args, _ in running.engine.dispatched if verb == "connect"]
    return args


async def test_one_click_signs_in_and_tells_each_step(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    names: list[str] = []
    dialog.connected.connect(names.append)

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert dialog.steps.words == tuple(step.text for step in STEPS)
    assert dialog.steps.outcome.words == "Connected. The key is in Secret Service."
    (area,) = dialog.steps.findChildren(QScrollArea)
    bar = area.verticalScrollBar()
    await until(lambda: bar.value() == bar.maximum())
    assert names == ["github"]
    assert running.engine.dispatched[1:] == [
        ("connect", {"server": "github", "method": "oauth", "scopes": []}, True)
    ]
    qtbot.mouseClick(dialog.go_button, LEFT)
    assert not dialog.isVisible()


async def test_the_sign_in_address_can_be_copied_while_the_browser_is_awaited(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.link.isVisible)

    assert dialog.steps.link.text == "https://login.example/authorize?state=x1&scope=read"
    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(dialog.steps.outcome.isVisible)
    assert not dialog.steps.link.isVisible()


async def test_a_browser_elsewhere_is_answered_by_pasting_where_it_ended(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.paste.isVisible)
    paste = dialog.steps.paste
    assert not paste.address.isVisible()
    qtbot.mouseClick(paste.more.toggle, LEFT)
    assert not paste.use_button.isEnabled()

    qtbot.keyClicks(paste.address, "http://127.0.0.1/wrong")
    assert "wrong" not in paste.address.displayText()
    qtbot.keyClick(paste.address, Qt.Key.Key_Return)
    await until(paste.complaint.isVisible)
    assert paste.address.text() == ""
    assert "not the answer" in paste.complaint.text()

    qtbot.keyClicks(paste.address, CALLBACK)
    qtbot.mouseClick(paste.use_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert not paste.isVisible()
    assert [args for verb, args, _ in running.engine.dispatched if verb == "connect.paste"] == [
        {"account": "github", "address": "http://127.0.0.1/wrong"},
        {"account": "github", "address": CALLBACK},
    ]
    assert not any(CALLBACK in words for words in dialog.steps.words)


async def test_cancelling_ends_the_sign_in_at_once(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.link.isVisible)

    qtbot.mouseClick(dialog.cancel_button, LEFT)

    assert not dialog.isVisible()
    await until(lambda: running.engine.cancelled == ["connect"])


async def test_a_failure_is_one_sentence_with_its_hint_and_folded_details(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.failures["connect"] = OAuthFailed(
        "access_denied", "You did not allow it.", "Try again and allow it."
    )

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.failure.isVisible)

    told = "You did not allow it. Try again and allow it. Nothing was stored."
    assert dialog.steps.failure.words == told
    assert not dialog.steps.details_text.isVisible()
    qtbot.mouseClick(dialog.steps.details.toggle, LEFT)
    assert dialog.steps.details_text.toPlainText() == "access_denied: You did not allow it."

    del running.engine.failures["connect"]
    qtbot.mouseClick(dialog.back_button, LEFT)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)
    assert not dialog.steps.failure.isVisible()


async def test_a_failure_of_many_words_is_shown_to_its_end(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.failures["connect"] = UpstreamUnreachable(
        "https://mcp.example cannot be reached: [Errno -2] Name or service not known",
        "Check the network, then try again.",
    )

    qtbot.mouseClick(dialog.go_button, LEFT)
    failure = dialog.steps.failure
    await until(failure.isVisible)

    await until(lambda: failure.height() == failure.heightForWidth(failure.width()))


async def test_a_code_is_shown_large_with_its_address_and_ends_by_itself(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")
    qtbot.mouseClick(dialog.form.sign_in.more.toggle, LEFT)
    assert dialog.form.sign_in.own_app.redirect.isVisible()
    click(qtbot, dialog.form.device)
    assert not dialog.form.sign_in.own_app.redirect.isVisible()

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.device.isVisible)
    page = dialog.steps.device

    assert page.code.text() == "WDJB-MJHT"
    assert page.code.font().pointSizeF() >= 2 * dialog.font().pointSizeF()
    qtbot.mouseClick(page.copy_button, LEFT)
    assert QGuiApplication.clipboard().text() == "WDJB-MJHT"
    qtbot.mouseClick(page.link.open_button, LEFT)
    await until(lambda: running.browser.opened == ["https://login.example/device"])
    assert page.qr.isVisible()
    assert "more" in page.left.text()
    await until(lambda: shows_all(dialog))

    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(dialog.steps.outcome.isVisible)
    assert not page.isVisible()
    assert dialog.steps.words == tuple(step.text for step in DEVICE_STEPS)
    assert connected(running) == {"server": "github", "method": "device-code", "scopes": []}


async def test_a_page_that_no_browser_opens_can_still_be_copied(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.browser.works = False
    running.engine.held.add("connect")
    click(qtbot, dialog.form.device)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.device.isVisible)

    qtbot.mouseClick(dialog.steps.device.link.open_button, LEFT)
    await until(dialog.link_banner.isVisible)
    qtbot.mouseClick(dialog.steps.device.link.field.button, LEFT)

    assert QGuiApplication.clipboard().text() == "https://login.example/device"


async def test_cancelling_a_code_ends_it_in_the_engine_too(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")
    click(qtbot, dialog.form.device)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.device.isVisible)

    qtbot.mouseClick(dialog.cancel_button, LEFT)

    await until(lambda: running.engine.cancelled == ["connect"])


async def test_an_api_key_is_hidden_checked_and_then_forgotten(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.held.add("connect")
    click(qtbot, dialog.form.api_key)
    (secret,) = dialog.form.key.secrets
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(secret, "sk-marked")
    assert "sk-marked" not in secret.displayText()

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: dialog.steps.words == ("Asking github whether it takes the key.",))
    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(dialog.steps.outcome.isVisible)

    assert connected(running) == {"server": "github", "method": "api-key", "secret": "sk-marked"}
    assert secret.text() == ""


async def test_a_refused_key_says_so_and_that_nothing_was_stored(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    click(qtbot, dialog.form.api_key)
    qtbot.keyClicks(dialog.form.key.secrets[0], BAD_KEY)

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.failure.isVisible)

    assert dialog.steps.failure.words.startswith("The server refuses the key.")
    assert dialog.steps.failure.words.endswith("Nothing was stored.")
    assert BAD_KEY not in dialog.steps.details_text.toPlainText()
    status = running.door.status
    assert status is not None
    assert status.accounts == ()


async def test_a_key_can_be_sent_elsewhere_expire_and_go_unchecked(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    key = dialog.form.key
    click(qtbot, dialog.form.api_key)
    qtbot.keyClicks(key.secrets[0], "sk-marked")
    qtbot.mouseClick(key.where.toggle, LEFT)
    key.place.name.clear()
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(key.place.name, "X-Api-Key")
    key.place.template.clear()
    qtbot.keyClicks(key.place.template, "{key}")
    assert not key.days.isEnabled()
    qtbot.mouseClick(key.expires, LEFT, pos=QPoint(8, key.expires.height() // 2))
    key.days.setValue(30)
    qtbot.mouseClick(key.check, LEFT, pos=QPoint(8, key.check.height() // 2))

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert connected(running) == {
        "server": "github",
        "method": "api-key",
        "secret": "sk-marked",
        "placement": {"kind": "header", "template": "{key}", "name": "X-Api-Key"},
        "expires_days": 30,
        "check_key": False,
    }
    assert dialog.steps.words == ("The server takes the key.",)


async def test_basic_authentication_asks_for_the_user_name(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    key = dialog.form.key
    click(qtbot, dialog.form.api_key)
    qtbot.mouseClick(key.where.toggle, LEFT)
    qtbot.keyClicks(key.secrets[0], "sk-marked")
    assert not key.username.isVisible()

    qtbot.keyClick(key.place.kind, Qt.Key.Key_End)

    assert key.username.isVisible()
    assert not key.place.name.isVisible()
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(key.username, "ada")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)
    assert connected(running)["placement"] == {
        "kind": "basic",
        "template": "{username}:{key}",
        "username": "ada",
    }


async def test_a_provider_s_keys_are_asked_for_by_their_labels(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = await known(show, running, "datadog")
    key = dialog.form.key

    assert dialog.form.api_key.isChecked()
    assert [each.accessibleName() for each in key.secrets] == ["API key", "Application key"]
    assert not key.where.isVisible()
    qtbot.keyClicks(key.secrets[0], "first")
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(key.secrets[1], "second")
    qtbot.mouseClick(key.page.open_button, LEFT)
    await until(lambda: running.browser.opened)
    assert running.browser.opened[0].startswith("https://app.datadoghq.com/")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    args = connected(running)
    assert args["secret"] == "first"
    assert args["placement"] == {"kind": "header", "template": "{key}", "name": "DD_API_KEY"}
    assert args["parts"] == [
        {
            "kind": "header",
            "template": "{key}",
            "name": "DD_APPLICATION_KEY",
            "secret": "second",
        }
    ]


async def test_a_known_provider_suggests_its_way_and_asks_for_the_app_that_it_needs(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = await known(show, running, "github")
    app = dialog.form.sign_in.own_app

    assert dialog.form.device.isChecked()
    assert "(suggested)" in dialog.form.device.text()
    assert app.client_id.isVisible()
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(app.client_id, "Iv1.mine")
    click(qtbot, dialog.form.browser)
    qtbot.mouseClick(app.copy_button, LEFT)
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1/callback"
    qtbot.keyClicks(app.secret, "app-secret")
    assert "app-secret" not in app.secret.displayText()
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert connected(running) == {
        "server": "github",
        "method": "oauth",
        "client_id": "Iv1.mine",
        "secret": "app-secret",
        "scopes": [],
    }
    assert app.secret.text() == ""


async def test_an_account_that_has_its_way_and_its_app_keeps_both(
    running: Running, show: Open
) -> None:
    dialog = await known(show, running, "github", account="work", method="oauth")

    assert dialog.form.browser.isChecked()
    assert dialog.go_button.isEnabled()
    assert dialog.form.account.text() == "work"


async def test_a_way_that_the_person_chose_is_not_taken_back(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = show(Target(title="x", server="github", provider="github"))
    click(qtbot, dialog.form.service)

    await until(lambda: "provider.show" in running.verbs() and not dialog._tasks.busy)

    assert dialog.form.service.isChecked()


async def test_a_secret_without_its_client_cannot_be_sent(
    dialog: ConnectDialog, qtbot: QtBot
) -> None:
    qtbot.mouseClick(dialog.form.sign_in.more.toggle, LEFT)

    qtbot.keyClicks(dialog.form.sign_in.own_app.secret, "app-secret")

    assert not dialog.go_button.isEnabled()


async def test_a_callback_of_the_person_s_own_is_sent(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    app = dialog.form.sign_in.own_app
    qtbot.mouseClick(dialog.form.sign_in.more.toggle, LEFT)
    app.redirect.clear()
    qtbot.keyClicks(app.redirect, "http://localhost:3118/callback")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert connected(running)["profile"] == {"callback": "http://localhost:3118/callback"}


async def test_scopes_are_chosen_in_plain_words_beginning_with_what_only_reads(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = await known(show, running, "github")
    panel, form = dialog.form.sign_in, dialog.form.sign_in.scope_list
    click(qtbot, dialog.form.browser)
    qtbot.keyClicks(panel.own_app.client_id, "mine")
    qtbot.mouseClick(panel.may.toggle, LEFT)
    click(qtbot, form.as_ticked)
    assert form.boxes["read:org"].isChecked()
    assert not form.boxes["delete_repo"].isChecked()
    assert form.boxes["delete_repo"].accessibleName() == "Delete repositories, high risk"

    for box in form.boxes.values():
        if box.isChecked():
            box.click()
    assert not dialog.go_button.isEnabled()
    form.boxes["repo"].click()
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert connected(running)["scopes"] == ["repo"]


async def test_what_the_account_may_do_already_is_ticked(running: Running, show: Open) -> None:
    dialog = await known(show, running, "github", account="a", method="oauth", had=("repo",))

    boxes = dialog.form.sign_in.scope_list.boxes

    assert [name for name, box in boxes.items() if box.isChecked()] == ["repo"]


async def test_an_account_of_a_provider_without_a_server_is_connected(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = show(Target(title="Datadog", provider="datadog"))
    await until(lambda: len(dialog.form.key.secrets) == 2)
    assert not dialog.form.key.check.isVisible()
    for field in dialog.form.key.secrets:
        qtbot.keyClicks(field, "key")
    qtbot.keyClicks(dialog.form.account, "dd-work")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    args = connected(running)
    assert args["provider"] == "datadog"
    assert args["account"] == "dd-work"
    assert "server" not in args
    assert not dialog.tool_button.isVisible()


async def test_choosing_the_chosen_way_again_keeps_it(
    running: Running, show: Open, qtbot: QtBot
) -> None:
    dialog = await known(show, running, "github", account="a", method="oauth")
    form = dialog.form
    scopes = form.sign_in.scope_list

    click(qtbot, form.browser)
    qtbot.mouseClick(form.sign_in.may.toggle, LEFT)
    click(qtbot, scopes.as_ticked)
    click(qtbot, scopes.as_ticked)

    assert form.method == "oauth"
    assert scopes.as_ticked.isChecked()
    assert not scopes.as_asked.isChecked()


async def test_after_connecting_a_tool_can_be_tried(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.tool_button.isVisible)

    with qtbot.waitSignal(dialog.tool_wanted) as wanted:
        qtbot.mouseClick(dialog.tool_button, LEFT)

    assert wanted.args == ["github"]


async def test_an_unexpected_failure_is_not_shown_as_success(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    running.engine.failures["connect"] = RuntimeError("a bug")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: running.failures)

    assert not dialog.steps.outcome.isVisible()
    assert dialog.cancel_button.isVisible()
    running.failures.clear()
