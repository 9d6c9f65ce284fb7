from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from keyfob_core.model import Claims
from keyfob_core.prompts import Answer, Decision, Dismissed, Lasts, Prompt
from keyfob_core.providers.provider import Risk, ScopeWords
from keyfob_core.words.tool_warnings import Finding
from keyfob_desktop.connect.risk import RiskMark
from keyfob_desktop.prompts.kinds import (
    AccessDialog,
    ClientDialog,
    PairingDialog,
    WideningDialog,
    dialog_for,
)
from keyfob_desktop.prompts.passphrase_prompt import PassphraseDialog
from keyfob_desktop.prompts.prompt_dialog import PromptDialog
from keyfob_desktop.prompts.sign_in_prompt import SignInDialog
from keyfob_desktop.prompts.tool_prompts import ToolChangeDialog, ToolListDialog
from keyfob_desktop.widgets.labels import PlainLabel
from keyfob_desktop.widgets.parts import CodeView
from support.fake_engine import PASSPHRASE
from support.prompts import (
    POISONED,
    SAYS,
    SEARCH,
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

PROMPTS: tuple[Prompt, ...] = (
    access_prompt(),
    unlock_prompt(),
    widening_prompt(),
    client_prompt(),
    pairing_prompt(),
    sign_in_prompt(),
    step_up_prompt(),
    passphrase_prompt(),
    passphrase_prompt(new=True),
    tool_list_prompt(),
    tool_change_prompt(),
)


def _show(qtbot: QtBot, prompt: Prompt, guard_ms: int = 0) -> tuple[PromptDialog, list[Answer]]:
    dialog = dialog_for(prompt, guard_ms=guard_ms)
    qtbot.addWidget(dialog)
    answers: list[Answer] = []
    dialog.answered.connect(answers.append)
    dialog.show()
    if guard_ms == 0 and dialog.may_allow():
        qtbot.waitUntil(dialog.allow_button.isEnabled)
    return dialog, answers


def _words(dialog: PromptDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_an_access_prompt_says_who_asks_for_what_with_which_account(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, access_prompt())
    assert isinstance(dialog, AccessDialog)

    words = _words(dialog)

    for told in ("cursor", "known by the token", "/usr/share/cursor/cursor", "process 4711"):
        assert told in words
    for told in ("/usr/bin/bash", "github", "create_issue", "github-account"):
        assert told in words
    assert "cursor-vscode 1.0.0 · node" in words
    assert "claimed, not checked" in words
    assert "Create an issue — Creates a new issue" in words
    assert "may destroy something · reaches the outside world" in words
    assert dialog.arguments.toPlainText() == access_prompt().arguments


def test_a_tool_s_own_words_are_cut_and_marked_where_they_may_steer(qtbot: QtBot) -> None:
    finding = Finding("hides instructions", "description", "IMPORTANT")
    says = replace(SAYS, title="", description="x\u202e" * 2000, findings=(finding,))
    words = _words(_show(qtbot, access_prompt(says=says))[0])
    assert "may be meant to steer the model" in words
    assert "\u202e" not in words
    assert len(words) < 8000
    assert "It says of itself" not in _words(_show(qtbot, access_prompt(says=None))[0])


def test_a_client_over_http_is_an_unknown_process(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, access_prompt(peer=None, account=None, claimed=Claims(user_agent="x")))

    assert "unknown process" in _words(dialog)
    assert "without a credential" in _words(dialog)


def test_only_the_offered_durations_can_be_chosen(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, access_prompt(lasts=(Lasts.ONCE, Lasts.SESSION)))
    assert isinstance(dialog, AccessDialog)

    offered = [dialog.lasts.itemText(row) for row in range(dialog.lasts.count())]

    assert offered == ["just this once", "for this session"]


def test_arguments_show_what_would_be_invisible(qtbot: QtBot) -> None:
    dialog, _ = _show(
        qtbot, access_prompt(tool="rm\u202etxt", arguments='{"a":\n\t"\u200b\x1b[2J<b>x</b>"}')
    )
    assert isinstance(dialog, AccessDialog)

    assert dialog.arguments.toPlainText() == '{"a":\n\t"⟨U+200B⟩␛[2J<b>x</b>"}'
    assert "rm⟨U+202E⟩txt" in _words(dialog)


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_a_prompt_never_takes_the_focus_and_return_never_approves(
    qtbot: QtBot, prompt: Prompt
) -> None:
    dialog, answers = _show(qtbot, prompt)

    assert dialog.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert not dialog.isModal()
    dialog.allow_button.setFocus()
    for target in (dialog, dialog.allow_button, *dialog.findChildren(QPushButton)):
        qtbot.keyClick(target, Qt.Key.Key_Return)
        qtbot.keyClick(target, Qt.Key.Key_Enter)
    assert answers == []
    assert dialog.isVisible()


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_a_space_that_was_meant_for_elsewhere_presses_nothing(qtbot: QtBot, prompt: Prompt) -> None:
    dialog, answers = _show(qtbot, prompt)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    focused = dialog.focusWidget()
    assert not isinstance(focused, QPushButton)

    qtbot.keyClick(focused or dialog, Qt.Key.Key_Space)

    assert answers == []
    assert dialog.isVisible()


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_the_approving_button_stays_shut_for_a_moment(qtbot: QtBot, prompt: Prompt) -> None:
    dialog, answers = _show(qtbot, prompt, guard_ms=60_000)

    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(dialog.allow_button, Qt.Key.Key_Space)

    assert answers == []
    assert dialog.deny_button.isEnabled()
    dialog.close()
    assert answers == [Dismissed()]


def test_typing_does_not_open_the_approving_button_early(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, client_prompt(), guard_ms=60_000)
    assert isinstance(dialog, ClientDialog)

    qtbot.keyClicks(dialog.name, "x")

    assert not dialog.allow_button.isEnabled()


def test_the_approving_button_opens_when_the_moment_is_over(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, access_prompt(), guard_ms=50)

    assert not dialog.allow_button.isEnabled()
    qtbot.waitUntil(dialog.allow_button.isEnabled)


def test_the_name_a_person_types_is_the_clients_answer(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, client_prompt())
    assert isinstance(dialog, ClientDialog)
    assert dialog.name.text() == "cursor"
    dialog.name.clear()
    assert not dialog.allow_button.isEnabled()

    qtbot.keyClicks(dialog.name, "my editor")
    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)

    assert answers == [Decision(allow=True, lasts=Lasts.ALWAYS, text="my editor")]


def test_a_refused_client_gets_no_name(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, client_prompt())

    qtbot.mouseClick(dialog.deny_button, Qt.MouseButton.LeftButton)

    assert answers == [Decision(allow=False)]


def test_a_pairing_prompt_says_who_asks_where_the_answer_goes_and_what_it_opens(
    qtbot: QtBot,
) -> None:
    dialog, answers = _show(qtbot, pairing_prompt())
    assert isinstance(dialog, PairingDialog)

    words = _words(dialog)
    for told in ("Cursor", "claimed, not checked", "/usr/share/cursor/cursor", "process 4711"):
        assert told in words
    assert "cursor://anysphere.cursor-mcp/oauth/callback" in words
    assert "all of your servers" in words
    assert dialog.name.text() == "Cursor 2"
    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)

    assert answers == [Decision(allow=True, lasts=Lasts.ALWAYS, text="Cursor 2")]


def test_a_pairing_prompt_tells_an_unknown_process_and_one_that_has_ended(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, pairing_prompt(peer=None, executable=None, server="github"))
    assert "unknown process" in _words(dialog)
    assert "github" in _words(dialog)
    assert "all of your servers" not in _words(dialog)

    dialog, _ = _show(qtbot, pairing_prompt(peer=None))
    assert "/usr/share/cursor/cursor" in _words(dialog)
    assert "the program that registered" in _words(dialog)


def test_a_widening_prompt_shows_its_details_in_order(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, widening_prompt())
    assert isinstance(dialog, WideningDialog)

    words = _words(dialog)
    assert words.index("linear") < words.index("https://mcp.linear.app/mcp")
    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)

    assert answers == [Decision(allow=True)]


def test_a_sign_in_prompt_gives_its_reason(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, sign_in_prompt())
    assert isinstance(dialog, SignInDialog)

    assert "The sign-in of the account github-account has ended." in _words(dialog)
    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)

    assert answers == [Decision(allow=True)]


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_nothing_in_a_prompt_is_rich_text_or_unnamed(qtbot: QtBot, prompt: Prompt) -> None:
    dialog, _ = _show(qtbot, prompt)

    for label in dialog.findChildren(QLabel):
        assert isinstance(label, PlainLabel) or not label.text()
        assert label.textFormat() is Qt.TextFormat.PlainText or not label.text()
    for button in dialog.findChildren(QPushButton):
        assert button.text() or button.accessibleName()


def test_a_long_name_is_readable_to_its_end(qtbot: QtBot) -> None:
    long = "https://host.example/" + "a" * 900 + "/end"
    dialog, _ = _show(qtbot, access_prompt(tool=long))

    label = next(each for each in dialog.findChildren(PlainLabel) if each.text() == long)

    assert label.height() >= label.heightForWidth(label.width())
    assert label.heightForWidth(label.width()) > label.fontMetrics().height() * 5


def test_a_step_up_shows_what_is_asked_for_on_top_of_what_is_there(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, step_up_prompt())
    assert isinstance(dialog, SignInDialog)

    dialog.explain(
        {
            "repo": ScopeWords("read and change all your repositories", Risk.WRITE),
            "delete_repo": ScopeWords("delete repositories", Risk.ADMIN),
        }
    )

    words = _words(dialog)
    order = ("Asked for on top", "Delete repositories", "read:private_thing", "It has these")
    places = [words.rindex(each) for each in (*order, "Read and change", "read:org")]
    assert places == sorted(places)
    marks = [mark for mark in dialog.scopes.findChildren(RiskMark) if not mark.isHidden()]
    told = [mark.findChildren(PlainLabel)[0].text() for mark in marks]
    assert told[-4:] == ["high risk", "not described", "makes changes", "not described"]
    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)
    assert answers == [Decision(allow=True)]


def test_a_sign_in_that_asks_for_nothing_more_shows_no_scopes(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, sign_in_prompt())
    assert isinstance(dialog, SignInDialog)

    assert not dialog.scopes.isVisible()
    assert "on top" not in _words(dialog)


def test_return_in_the_passphrase_s_field_answers_and_nothing_is_shown_or_kept(
    qtbot: QtBot,
) -> None:
    dialog, answers = _show(qtbot, passphrase_prompt())
    assert isinstance(dialog, PassphraseDialog)
    field = dialog.fields.first
    qtbot.keyClicks(field, " two words ")
    assert "words" not in field.displayText()
    qtbot.waitUntil(dialog.allow_button.isEnabled)

    qtbot.keyClick(field, Qt.Key.Key_Return)

    assert answers == [Decision(allow=True, text=" two words ")]
    assert "words" not in repr(answers)
    assert field.text() == ""


def test_return_in_the_passphrase_s_field_waits_for_the_guard(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, passphrase_prompt(), guard_ms=60_000)
    assert isinstance(dialog, PassphraseDialog)
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)

    qtbot.keyClick(dialog.fields.first, Qt.Key.Key_Return)

    assert answers == []
    assert dialog.isVisible()


def test_a_new_passphrase_is_long_enough_and_typed_twice(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, passphrase_prompt(new=True))
    assert isinstance(dialog, PassphraseDialog)
    fields = dialog.fields
    assert "At least 8" in fields.hint.text()
    qtbot.keyClicks(fields.first, "short")
    qtbot.keyClicks(fields.again, "short")
    assert not fields.complete

    fields.forget()
    qtbot.keyClicks(fields.first, PASSPHRASE)
    assert "long" in fields.hint.text()
    qtbot.keyClicks(fields.again, PASSPHRASE[:-1])
    assert "not the same" in fields.hint.text()
    qtbot.keyClick(fields.again, Qt.Key.Key_Return)
    assert answers == []

    qtbot.keyClicks(fields.again, PASSPHRASE[-1])
    qtbot.waitUntil(dialog.allow_button.isEnabled)
    qtbot.keyClick(fields.again, Qt.Key.Key_Return)
    assert answers == [Decision(allow=True, text=PASSPHRASE)]


def test_return_in_a_new_passphrase_s_first_field_goes_to_the_second(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, passphrase_prompt(new=True))
    assert isinstance(dialog, PassphraseDialog)
    dialog.activateWindow()
    dialog.fields.first.setFocus()
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)

    qtbot.keyClick(dialog.fields.first, Qt.Key.Key_Return)

    qtbot.waitUntil(dialog.fields.again.hasFocus)
    assert answers == []


def test_a_passphrase_that_is_not_given_leaves_the_store_shut(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, passphrase_prompt())
    assert isinstance(dialog, PassphraseDialog)
    qtbot.keyClicks(dialog.fields.first, PASSPHRASE)

    qtbot.mouseClick(dialog.deny_button, Qt.MouseButton.LeftButton)

    assert answers == [Decision(allow=False)]


def _code(dialog: PromptDialog) -> dict[str, str]:
    return {
        view.accessibleName(): view.toPlainText()
        for view in dialog.findChildren(CodeView)
        if not view.isHidden()
    }


def test_a_list_of_tools_opens_at_the_first_that_a_person_should_look_at(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, tool_list_prompt())
    assert isinstance(dialog, ToolListDialog)

    assert [dialog.names.item(row).text() for row in range(2)] == ["search_issues", "⚠ add"]
    assert dialog.names.currentRow() == 1
    words = _words(dialog)
    assert "Let programs use the 2 tool(s) of sums?" in words
    assert "https://sums.example/mcp" in words
    assert "meant to steer the model" in words
    assert "⚠ asks for files or keys (description): " in words
    assert "</IMPORTANT>⟨U+200B⟩" in words
    assert "may destroy something · reaches the outside world" in words
    assert '"note"' in _code(dialog)["inputSchema"]

    dialog.names.setCurrentRow(0)
    assert "says that it only reads" in _words(dialog)
    qtbot.mouseClick(dialog.allow_button, Qt.MouseButton.LeftButton)
    assert answers == [Decision(allow=True)]


def test_tools_without_a_warning_are_shown_without_one(qtbot: QtBot) -> None:
    dialog, _ = _show(qtbot, tool_list_prompt(SEARCH))
    assert isinstance(dialog, ToolListDialog)

    assert dialog.warning.isHidden()
    assert dialog.names.currentRow() == 0


def test_a_change_shows_what_was_approved_beside_what_is_there_now(qtbot: QtBot) -> None:
    dialog, answers = _show(qtbot, tool_change_prompt())
    assert isinstance(dialog, ToolChangeDialog)

    code = _code(dialog)
    assert code["description, Approved"] == "Adds two numbers."
    assert "<IMPORTANT>" in code["description, Now"]
    assert '"note"' not in code["inputSchema, Approved"]
    assert '"note"' in code["inputSchema, Now"]
    assert not dialog.warning.isHidden()

    dialog.names.setCurrentRow(1)
    assert "was not there when you approved" in _words(dialog)
    qtbot.mouseClick(dialog.deny_button, Qt.MouseButton.LeftButton)
    assert answers == [Decision(allow=False)]


def test_two_thousand_tools_are_shown_as_fast_as_two(qtbot: QtBot) -> None:
    tools = [POISONED | {"name": f"tool{number}"} for number in range(2000)]
    dialog, _ = _show(qtbot, tool_list_prompt(*tools))
    assert isinstance(dialog, ToolListDialog)

    assert dialog.names.count() == 2000
    assert len(dialog.findChildren(CodeView)) < 5
    assert "and 1997 more" in _words(dialog)
