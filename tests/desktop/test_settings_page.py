from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from keyfob_core.errors import EngineUnreachable, StoreUnavailable
from keyfob_core.states import StoreCondition, StoreState
from keyfob_desktop.settings.move_dialog import MoveDialog
from keyfob_desktop.settings.settings_fields import LineField, NumberField, SwitchField
from keyfob_desktop.settings.settings_page import SettingsPage
from keyfob_desktop.settings.unlock_dialog import UnlockDialog
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from support.desktop import Running, opened, shows_all, top_level, until
from support.fake_engine import PASSPHRASE

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def page(running: Running, qtbot: QtBot) -> AsyncIterator[SettingsPage]:
    page = SettingsPage(running.door, running.failures.append)
    qtbot.addWidget(page)
    running.door.status_changed.connect(page.show_status)
    page.show()
    page.look()
    await until(lambda: page.store.text())
    yield page
    assert running.failures == []


def asked(running: Running, verb: str) -> list[dict[str, object]]:
    return [args for name, args, _ in running.engine.dispatched if name == verb]


async def test_the_store_in_use_is_named_with_its_state(
    running: Running, page: SettingsPage
) -> None:
    assert page.store.text() == "Your keys are in Secret Service."
    assert not page.unlock_button.isVisible()

    await running.tell(
        store=StoreState("Secret Service", StoreCondition.LOCKED, None, "Unlock your keychain.")
    )

    await until(page.unlock_button.isVisible)
    assert page.store.text() == "Secret Service is locked."
    assert page.hint.text() == "Unlock your keychain."


async def test_a_keychain_is_unlocked_in_its_own_way(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    await running.tell(store=StoreState("Secret Service", StoreCondition.LOCKED))
    await until(page.unlock_button.isVisible)

    qtbot.mouseClick(page.unlock_button, LEFT)

    await until(lambda: not page.unlock_button.isVisible())
    assert asked(running, "store.unlock") == [{}]


async def test_the_encrypted_file_is_unlocked_once_the_passphrase_is_right(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    running.engine.store_kind = "encrypted-file"
    await running.tell(store=StoreState("Encrypted file", StoreCondition.LOCKED))
    await until(page.unlock_button.isVisible)
    qtbot.mouseClick(page.unlock_button, LEFT)
    dialog: UnlockDialog = await opened(UnlockDialog)
    assert not dialog.go_button.isEnabled()

    qtbot.keyClicks(dialog.fields.first, "wrong")
    qtbot.keyClick(dialog.fields.first, Qt.Key.Key_Return)
    await until(dialog.banner.isVisible)
    assert dialog.banner.words.startswith("The passphrase does not open the file.")
    await until(dialog.go_button.isEnabled)
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)
    qtbot.mouseClick(dialog.go_button, LEFT)

    await until(lambda: not top_level(UnlockDialog))
    await until(lambda: page.store.text() == "Your keys are in Encrypted file.")
    assert asked(running, "store.unlock")[-1] == {"passphrase": PASSPHRASE}


@pytest.mark.parametrize(
    ("condition", "button", "said"),
    [
        (StoreCondition.OUTDATED, "Use the older one…", "older"),
        (StoreCondition.GONE, "Begin a new one…", "gone"),
    ],
)
async def test_going_on_with_another_file_than_the_last_one_is_the_person_s_own_click(
    running: Running,
    page: SettingsPage,
    qtbot: QtBot,
    condition: StoreCondition,
    button: str,
    said: str,
) -> None:
    running.engine.store_kind = "encrypted-file"
    await running.tell(store=StoreState("Encrypted file", condition, f"It is {said}.", "Put back."))
    await until(page.unlock_button.isVisible)
    assert said in page.store.text()
    assert page.hint.text() == f"It is {said}. Put back."
    assert page.unlock_button.text() == button

    qtbot.mouseClick(page.unlock_button, LEFT)
    dialog: UnlockDialog = await opened(UnlockDialog)
    assert dialog.go_button.text() == button.rstrip("…")
    assert dialog.fields.again.isVisible() is (condition is StoreCondition.GONE)
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)
    if condition is StoreCondition.GONE:
        assert not dialog.go_button.isEnabled()
        qtbot.keyClicks(dialog.fields.again, PASSPHRASE)
    await until(lambda: shows_all(dialog))
    qtbot.mouseClick(dialog.go_button, LEFT)

    await until(lambda: page.store.text() == "Your keys are in Encrypted file.")
    assert asked(running, "store.unlock") == [{"passphrase": PASSPHRASE, "accept_older": True}]
    assert not page.unlock_button.isVisible()


async def test_secrets_are_moved_into_a_file_with_a_passphrase_and_each_step_is_told(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    qtbot.mouseClick(page.move_button, LEFT)
    dialog: MoveDialog = await opened(MoveDialog)
    await until(lambda: shows_all(dialog))
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)
    qtbot.keyClicks(dialog.fields.again, PASSPHRASE)
    running.engine.held.add("store.move")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: dialog.steps.words == ("Copied 7 secrets.",))
    assert dialog.steps.bar.isVisible()
    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(dialog.steps.outcome.isVisible)

    assert dialog.steps.outcome.words == "7 secret(s) were moved."
    assert len(dialog.steps.words) == 3
    assert asked(running, "store.move") == [{"to": "encrypted-file", "passphrase": PASSPHRASE}]
    assert dialog.fields.text == ""
    qtbot.mouseClick(dialog.cancel_button, LEFT)
    await until(lambda: page.store.text() == "Your keys are in Encrypted file.")


async def test_secrets_move_back_to_the_keychain_without_a_passphrase(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    running.engine.store_kind = "encrypted-file"
    await running.tell(store=StoreState("Encrypted file", StoreCondition.READY))
    await until(lambda: "Encrypted" in page.store.text())

    qtbot.mouseClick(page.move_button, LEFT)
    dialog: MoveDialog = await opened(MoveDialog)
    assert not dialog.fields.isVisible()
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert asked(running, "store.move") == [{"to": "keychain"}]
    dialog.reject()
    await until(lambda: not top_level(MoveDialog))


async def test_a_move_that_fails_says_why_and_that_nothing_was_lost(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    running.engine.failures["store.move"] = StoreUnavailable("The disk is full.", "Make room.")
    qtbot.mouseClick(page.move_button, LEFT)
    dialog: MoveDialog = await opened(MoveDialog)
    for field in (dialog.fields.first, dialog.fields.again):
        qtbot.keyClicks(field, PASSPHRASE)

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.failure.isVisible)

    assert dialog.steps.failure.words == "The disk is full. Make room. Nothing was lost."
    assert dialog.cancel_button.text() == "Close"
    dialog.reject()
    await until(lambda: not top_level(MoveDialog))


async def test_starting_at_login_is_turned_where_the_system_has_a_place_for_it(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    await until(page.form.start.isVisible)
    start = page.form.start
    assert start.value is False
    qtbot.mouseClick(start.box, LEFT)
    await until(lambda: asked(running, "autostart.set") == [{"enabled": True}])
    running.engine.autostart_place = ""
    page.look()
    await until(lambda: not start.isVisible())


async def test_a_setting_that_is_wrong_says_so_and_others_go_on(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    await until(lambda: asked(running, "store.show"))
    field = page.form.fields["audit.syslog"]
    assert isinstance(field, LineField)
    field.box.setFocus()
    qtbot.keyClicks(field.box, "nonsense")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)
    await until(lambda: not field.error.isHidden())
    assert field.error.text() == "'nonsense' is no syslog server. Use local."
    other = page.form.fields["lock.screen"]
    assert isinstance(other, SwitchField)
    qtbot.mouseClick(other.box, LEFT)
    await until(lambda: running.engine.settings["lock.screen"] is False)
    assert field.box.text() == "nonsense"
    assert not field.error.isHidden()


async def test_a_number_that_is_being_typed_is_left_alone(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    field = page.form.fields["sessions.max_age_days"]
    assert isinstance(field, NumberField)
    await until(lambda: field.value == 30)
    field.box.setFocus()
    await until(field.box.hasFocus)
    field.box.selectAll()
    qtbot.keyClicks(field.box, "4")

    field.show_value(30)
    qtbot.keyClicks(field.box, "5")
    qtbot.keyClick(field.box, Qt.Key.Key_Return)

    await until(lambda: running.engine.settings["sessions.max_age_days"] == 45)
    field.show_value(1)
    assert field.box.text() == "1 day(s)"


async def test_what_gives_up_much_is_asked_about_first(
    running: Running, page: SettingsPage, qtbot: QtBot
) -> None:
    await until(lambda: asked(running, "store.show"))
    pinning = page.form.fields["defaults.pinning"]
    assert isinstance(pinning, SwitchField)
    await until(pinning.box.isChecked)
    qtbot.mouseClick(pinning.box, LEFT)
    dialog: ConfirmDialog = await opened(ConfirmDialog)
    qtbot.mouseClick(dialog.stay_button, LEFT)
    await until(pinning.box.isChecked)
    assert asked(running, "settings.set") == []
    await until(lambda: not top_level(ConfirmDialog))
    qtbot.mouseClick(pinning.box, LEFT)
    dialog = await opened(ConfirmDialog)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: running.engine.settings["defaults.pinning"] == "off")
    assert not pinning.box.isChecked()


async def test_what_could_not_be_read_is_taken_back_once_it_can(
    running: Running, page: SettingsPage
) -> None:
    gone = EngineUnreachable("The engine has ended.", "Repeat this in a moment.")
    running.engine.failures = {"store.show": gone, "settings.show": gone}
    page.look()
    await until(page.banner.isVisible)

    running.engine.failures = {}
    page.look()

    await until(lambda: not page.banner.isVisible())
