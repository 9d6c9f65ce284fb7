"""The window and its questions as a screen reader and a keyboard meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from keyfob_core.prompts import Prompt
from keyfob_core.states import AccountCondition, StoreCondition
from keyfob_desktop.clients.client_wizard import ClientWizard
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.provider_answers import ProviderName
from keyfob_desktop.connect.provider_dialog import ProviderDialog
from keyfob_desktop.connect.target import Target
from keyfob_desktop.prompts.kinds import dialog_for
from keyfob_desktop.servers.add_server_dialog import AddServerDialog
from keyfob_desktop.servers.token_dialog import TokenDialog
from keyfob_desktop.servers.tool_dialog import ToolDialog
from keyfob_desktop.settings.move_dialog import MoveDialog
from keyfob_desktop.settings.unlock_dialog import UnlockDialog
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.window import Window
from support.client_machine import ARGUED, GITHUB, TOKENS, Machine, plan
from support.desktop import Running, until
from support.fake_engine import account, server
from support.prompts import (
    access_prompt,
    client_prompt,
    pairing_prompt,
    passphrase_prompt,
    sign_in_prompt,
    step_up_prompt,
    tool_change_prompt,
    tool_list_prompt,
    unlock_prompt,
    widening_prompt,
)

PROMPTS = (
    access_prompt(),
    client_prompt(),
    pairing_prompt(),
    passphrase_prompt(),
    sign_in_prompt(),
    step_up_prompt(),
    tool_change_prompt(),
    tool_list_prompt(),
    unlock_prompt(),
    widening_prompt(),
)
_MOST_STOPS = 100
SILENT = {
    QAccessible.Role.Client,
    QAccessible.Role.Pane,
    QAccessible.Role.Grouping,
    QAccessible.Role.ScrollBar,
    QAccessible.Role.Splitter,
    QAccessible.Role.Grip,
    QAccessible.Role.Border,
    QAccessible.Role.Separator,
    QAccessible.Role.LayeredPane,
    QAccessible.Role.Window,
    QAccessible.Role.NoRole,
    QAccessible.Role.Cell,
}
"""What holds other things, or is passed over by a screen reader."""


def readout(found: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    """Everything that is there and can be seen, as a screen reader walks through it."""
    if found.state().invisible or not found.isValid():
        return
    yield found
    for number in range(found.childCount()):
        yield from readout(found.child(number))


def is_settled(window: Window) -> bool:
    """Whether the page that is shown has read what it shows."""
    looks = window.tabs.currentWidget() is window.diagnostics and not window.diagnostics.rows
    return not window.activity.is_reading and not looks


def nameless(widget: QWidget) -> list[str]:
    """What can be used, and says nothing of itself."""
    top = QAccessible.queryAccessibleInterface(widget)
    return [
        f"{found.role().name} {type(found.object()).__name__}"
        for found in readout(top)
        if found.state().focusable
        and found.role() not in SILENT
        and not found.text(QAccessible.Text.Name).strip()
    ]


def stops(qtbot: QtBot, widget: QWidget) -> list[QWidget]:
    """Where Tab goes from the first place on, until it comes round."""
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    found: list[QWidget] = []
    while len(found) < _MOST_STOPS:
        qtbot.keyClick(QApplication.focusWidget() or widget, Qt.Key.Key_Tab)
        each = QApplication.focusWidget()
        if each is None or each in found:
            break
        found.append(each)
    return found


def out_of_order(widget: QWidget, order: list[QWidget]) -> list[str]:
    """Neighbours within one part of which the second stands before the first.

    Above it, or beside it on its left.
    """
    wrong: list[str] = []
    for one, other in pairwise(order):
        if isinstance(other, QScrollArea) or one.parentWidget() is not other.parentWidget():
            continue
        first, second = (each.mapTo(widget, QPoint()) for each in (one, other))
        above = second.y() + other.height() <= first.y()
        before = abs(second.y() - first.y()) < one.height() / 2 and second.x() < first.x()
        if above or before:
            wrong.append(f"{named(one)} -> {named(other)}")
    return wrong


def named(widget: QWidget) -> str:
    found = QAccessible.queryAccessibleInterface(widget)
    return f"{type(widget).__name__} {found.text(QAccessible.Text.Name)!r}"


@pytest.fixture
async def window(running: Running, qtbot: QtBot) -> AsyncIterator[Window]:
    window = Window(running.door, running.failures.append)
    qtbot.addWidget(window)
    window.show()
    yield window
    assert running.failures == []


async def test_a_screen_reader_is_told_of_every_control_of_every_page(
    running: Running, window: Window
) -> None:
    await running.tell(
        servers=(server("github", AccountCondition.HEALTHY), server("notion")),
        accounts=(account("github-account"),),
    )
    told: list[str] = []
    for number in range(window.tabs.count()):
        window.tabs.setCurrentIndex(number)
        await until(lambda: is_settled(window))
        told += [f"{window.tabs.tabText(number)}: {each}" for each in nameless(window)]
    window.tabs.setCurrentWidget(window.servers)
    assert told == []
    tree = list(readout(QAccessible.queryAccessibleInterface(window)))
    roles = {each.role() for each in tree}
    assert {QAccessible.Role.Button, QAccessible.Role.PageTab} <= roles


async def test_tab_goes_through_every_page_as_it_is_read(
    running: Running, window: Window, qtbot: QtBot
) -> None:
    await running.tell(
        servers=(server("github", AccountCondition.HEALTHY), server("notion")),
        accounts=(account("github-account"),),
    )
    wrong: list[str] = []
    for number in range(window.tabs.count()):
        window.tabs.setCurrentIndex(number)
        await until(lambda: is_settled(window))
        order = stops(qtbot, window)
        wrong += [f"{window.tabs.tabText(number)}: {each}" for each in out_of_order(window, order)]
        assert len(order) > 3
    window.tabs.setCurrentWidget(window.servers)
    assert wrong == []


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_every_question_can_be_heard_and_answered_by_keys(qtbot: QtBot, prompt: Prompt) -> None:
    dialog = dialog_for(prompt)
    qtbot.addWidget(dialog)
    dialog.show()
    assert nameless(dialog) == []
    qtbot.waitUntil(lambda: dialog.allow_button.isEnabled() or not dialog.may_allow())
    order = stops(qtbot, dialog)
    assert out_of_order(dialog, order) == []
    assert dialog.deny_button in order
    heard = [
        each.text(QAccessible.Text.Name)
        for each in readout(QAccessible.queryAccessibleInterface(dialog))
    ]
    assert dialog.title.text() in heard
    dialog.withdraw()


def connecting(running: Running, provider: str | None = None, way: str = "browser") -> QDialog:
    target = Target(title="github", server="github", provider=provider)
    dialog = ConnectDialog(target, running.door, running.failures.append)
    getattr(dialog.form, way).click()
    if provider is None:
        for fold in (dialog.form.more, dialog.form.sign_in.more, dialog.form.key.where):
            fold.toggle.click()
    return dialog


def wizard(running: Running) -> QDialog:
    machine = Machine(running)
    machine.plans["cursor"] = plan("cursor", "Cursor", GITHUB, ARGUED, leftovers=(TOKENS,))
    dialog = ClientWizard(running.door, running.failures.append)
    dialog.begin()
    return dialog


def trying(running: Running) -> QDialog:
    dialog = ToolDialog("github", running.door, running.failures.append)
    dialog.begin()
    return dialog


def unlocking(running: Running, condition: StoreCondition) -> QDialog:
    return UnlockDialog(condition, running.door, running.failures.append)


DIALOGS: Mapping[str, Callable[[Running], QDialog]] = {
    "a server": lambda running: AddServerDialog(running.door, running.failures.append),
    "a sign-in": connecting,
    "a known sign-in": lambda running: connecting(running, "github"),
    "a key": lambda running: connecting(running, way="api_key"),
    "a known key": lambda running: connecting(running, "datadog", "api_key"),
    "a service account": lambda running: connecting(running, way="service"),
    "a provider": lambda _: ProviderDialog((ProviderName("linear", "Linear", confirmed=True),)),
    "a token": lambda running: TokenDialog("github", running.door, running.failures.append),
    "a tool": trying,
    "clients": wizard,
    "a move": lambda running: MoveDialog("encrypted-file", running.door, running.failures.append),
    "a locked store": lambda running: unlocking(running, StoreCondition.LOCKED),
    "a store that is gone": lambda running: unlocking(running, StoreCondition.GONE),
}
TYPED = {"a server", "a provider", "a token", "a move", "a locked store", "a store that is gone"}
"""Dialogs that begin with something to type."""


def as_read(widget: QWidget, order: list[QWidget]) -> list[QWidget]:
    """The same round, begun where reading begins."""
    places = [each.mapTo(widget, QPoint()) for each in order]
    first = min(range(len(order)), key=lambda number: (places[number].y(), places[number].x()))
    return [*order[first:], *order[:first]]


@pytest.mark.parametrize("name", DIALOGS)
async def test_every_dialog_can_be_heard_and_tab_goes_through_it_as_it_is_read(
    running: Running, qtbot: QtBot, name: str
) -> None:
    dialog = DIALOGS[name](running)
    qtbot.addWidget(dialog)
    dialog.show()
    tasks = dialog.findChildren(Tasks)
    await until(lambda: not any(each.busy for each in tasks))
    assert nameless(dialog) == []
    dialog.activateWindow()
    await until(dialog.isActiveWindow)
    assert isinstance(QApplication.focusWidget(), QLineEdit) or name not in TYPED
    order = as_read(dialog, stops(qtbot, dialog))
    areas = dialog.findChildren(QScrollArea)
    upward = [
        f"{named(one)} -> {named(other)}"
        for one, other in pairwise(order)
        if other.mapTo(dialog, other.rect().bottomLeft()).y() < one.mapTo(dialog, QPoint()).y()
        # What is scrolled may lie anywhere beside what is not.
        and all(area.isAncestorOf(one) == area.isAncestorOf(other) for area in areas)
    ]
    assert upward == []
    assert out_of_order(dialog, order) == []
    assert len(order) > 1
    dialog.close()
    assert running.failures == []
