from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from keyfob_core.errors import StoreLocked
from keyfob_core.states import AccountCondition
from keyfob_desktop.accounts.accounts_page import AccountsPage
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.provider_dialog import ProviderDialog
from keyfob_desktop.connect.risk import RiskMark
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.labels import PlainLabel
from keyfob_desktop.widgets.models import SUBTITLE_ROLE
from support.desktop import Running, opened, top_level, until
from support.fake_engine import EMPTY, account, server

LEFT = Qt.MouseButton.LeftButton
GITHUB = account(
    "github-work", provider="github", label="octocat", scope="repo delete_repo own:thing"
)
KEY = account("dd", method="api-key", provider="datadog", issuer=None, scope=None, renews=False)


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[AccountsPage]:
    page = AccountsPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    running.door.status_changed.connect(page.show_status)
    page.show_status(EMPTY)
    page.resize(900, 600)
    page.show()
    page.learn()
    await until(lambda: running.verbs() == ["provider.list"] and not page._tasks.busy)
    yield page
    assert running.failures == []


def rows(page: AccountsPage) -> list[tuple[str, str]]:
    model = page.list.model()
    indexes = [model.index(row, 0) for row in range(model.rowCount())]
    return [(index.data(), index.data(SUBTITLE_ROLE)) for index in indexes]


async def test_all_accounts_are_listed_those_of_a_provider_beside_one_another(
    running: Running, page: AccountsPage
) -> None:
    assert page.empty.isVisible()

    await running.tell(
        accounts=(
            account("z-plain"),
            GITHUB,
            KEY,
            account("github-home", provider="github", label="ada"),
        ),
        servers=(replace(server("github"), account="github-work"),),
    )

    assert rows(page) == [
        ("dd", "Datadog · API key"),
        ("github-home", "GitHub · ada"),
        ("github-work", "GitHub · octocat"),
        ("z-plain", "browser sign-in"),
    ]
    assert not page.empty.isVisible()


async def test_the_words_of_an_empty_page_have_all_of_it_to_stand_in(page: AccountsPage) -> None:
    page.resize(900, 700)

    await until(lambda: page.empty.height() > 600)


async def test_an_account_tells_whose_it_is_what_it_may_do_and_who_uses_it(
    running: Running, page: AccountsPage
) -> None:
    await running.tell(accounts=(GITHUB,), servers=(replace(server("gh"), account="github-work"),))
    details = page.details
    await until(lambda: "Delete repositories" in words(page))

    assert details.name.text() == "github-work"
    assert details.label.text() == "octocat"
    assert details.provider.text() == "GitHub"
    assert details.method.text() == "browser sign-in"
    assert details.servers.text() == "gh"
    assert details.renews.isVisible()
    assert not details.expires.isVisible()
    marks = [mark for mark in details.findChildren(RiskMark) if mark.isVisible()]
    assert [mark.findChildren(PlainLabel)[0].text() for mark in marks] == [
        "makes changes",
        "high risk",
        "not described",
    ]
    assert running.verbs() == ["provider.list", "provider.show"]


def words(page: AccountsPage) -> str:
    return "\n".join(label.text() for label in page.details.findChildren(QLabel))


async def test_a_key_expires_and_is_replaced(
    running: Running, page: AccountsPage, qtbot: QtBot
) -> None:
    await running.tell(accounts=(KEY,))

    assert page.details.expires.isVisible()
    assert not page.details.renews.isVisible()
    assert not page.details.refresh_button.isVisible()
    assert page.details.connect_button.text() == "Replace the key…"
    qtbot.mouseClick(page.details.connect_button, LEFT)
    dialog: ConnectDialog = await opened(ConnectDialog)
    assert dialog.form.api_key.isChecked()
    assert dialog.form.account.text() == "dd"
    await until(lambda: len(dialog.form.key.secrets) == 2)
    dialog.reject()
    await until(lambda: not top_level(ConnectDialog))


async def test_an_account_of_a_provider_without_a_server_is_added(
    running: Running, page: AccountsPage, qtbot: QtBot
) -> None:
    qtbot.mouseClick(page.add_button, LEFT)
    choice: ProviderDialog = await opened(ProviderDialog)
    qtbot.keyClicks(choice.search, "dataDO")
    assert choice.current is not None
    assert choice.current.name == "Datadog"
    qtbot.keyClick(choice.search, Qt.Key.Key_Return)
    dialog: ConnectDialog = await opened(ConnectDialog)
    await until(lambda: len(dialog.form.key.secrets) == 2)
    for field in dialog.form.key.secrets:
        qtbot.keyClicks(field, "secret")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)
    qtbot.mouseClick(dialog.go_button, LEFT)

    await until(lambda: page.list.current is not None)
    assert page.details.name.text() == "datadog"
    assert page.details.servers.text() == "no server"


async def test_a_second_account_of_a_provider_is_put_beside_the_first(
    running: Running, page: AccountsPage, qtbot: QtBot
) -> None:
    await running.tell(accounts=(account("datadog"), account("datadog-2")))
    qtbot.mouseClick(page.add_button, LEFT)
    choice: ProviderDialog = await opened(ProviderDialog)
    qtbot.keyClicks(choice.search, "datadog")
    qtbot.keyClick(choice.search, Qt.Key.Key_Return)
    dialog: ConnectDialog = await opened(ConnectDialog)
    await until(lambda: len(dialog.form.key.secrets) == 2)
    assert dialog.form.account.placeholderText() == "datadog-3"
    for field in dialog.form.key.secrets:
        qtbot.keyClicks(field, "secret")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    [args] = [args for verb, args, _ in running.engine.dispatched if verb == "connect"]
    assert (args["provider"], args["account"]) == ("datadog", "datadog-3")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: not top_level(ConnectDialog) and not page._tasks.busy)


async def test_a_search_that_finds_nothing_cannot_go_on(
    running: Running, page: AccountsPage, qtbot: QtBot
) -> None:
    qtbot.mouseClick(page.add_button, LEFT)
    choice: ProviderDialog = await opened(ProviderDialog)

    qtbot.keyClicks(choice.search, "no such provider")

    assert not choice.go_button.isEnabled()
    choice.reject()
    await until(lambda: not top_level(ProviderDialog))


@pytest.mark.parametrize("note", ["", "It is erased here, but the issuer was not told."])
async def test_disconnecting_asks_first_and_tells_when_the_issuer_was_not_reached(
    running: Running, page: AccountsPage, qtbot: QtBot, note: str
) -> None:
    await running.tell(accounts=(GITHUB,))
    if note:
        running.engine.notes["github-work"] = note

    qtbot.mouseClick(page.details.disconnect_button, LEFT)
    dialog: ConfirmDialog = await opened(ConfirmDialog)
    assert "account.disconnect" not in running.verbs()
    qtbot.mouseClick(dialog.go_button, LEFT)

    await until(lambda: page.details.condition.text() == "Not connected")
    await until(lambda: not page._tasks.busy)
    assert page.banner.isVisible() == bool(note)
    assert note in page.banner.words
    assert not page.details.disconnect_button.isVisible()


async def test_an_account_is_renewed_at_once_or_says_why_not(
    running: Running, page: AccountsPage, qtbot: QtBot
) -> None:
    failed = replace(GITHUB, condition=AccountCondition.FAILED, reason="It answers 503.")
    await running.tell(accounts=(failed,))
    assert page.details.reason.text() == "It answers 503."
    running.engine.failures["account.refresh"] = StoreLocked("It is locked.", "Unlock it.")
    assert page.details.refresh_button.text() == "Try again"

    qtbot.mouseClick(page.details.refresh_button, LEFT)
    await until(page.banner.isVisible)
    assert page.banner.words == "It is locked. Unlock it."

    del running.engine.failures["account.refresh"]
    qtbot.mouseClick(page.details.refresh_button, LEFT)
    await until(lambda: page.details.condition.text() == "Connected")
    assert not page.banner.isVisible()


async def test_an_account_that_nothing_leads_to_cannot_be_connected_from_here(
    running: Running, page: AccountsPage
) -> None:
    await running.tell(accounts=(account("lost"),))

    assert page.details.name.text() == "lost"
    assert not page.details.connect_button.isVisible()


async def test_nothing_that_a_provider_names_is_rich_text(
    running: Running, page: AccountsPage
) -> None:
    await running.tell(accounts=(account("a", label="<b>x</b>\u202e", scope="<i>s</i>"),))

    labels = [label for label in page.findChildren(QLabel) if label.text()]

    assert "<b>x</b>⟨U+202E⟩" in words(page)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
