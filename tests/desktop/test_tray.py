from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from keyfob_core.prompts import PendingPrompt
from keyfob_core.states import AccountCondition, LatchCondition, LatchState, LockedBy
from keyfob_desktop.answers import Happening
from keyfob_desktop.recent import recent_lines
from keyfob_desktop.standing import standing_of, standing_words
from keyfob_desktop.tray import Entry, EntryKind, Tray, entries_for
from support.fake_engine import EMPTY, account, server
from support.prompts import access_prompt

pytestmark = pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)
BUSY = replace(
    EMPTY,
    servers=(server("github", AccountCondition.HEALTHY), server("R&D", AccountCondition.NEEDS_YOU)),
    waiting=(PendingPrompt("p", access_prompt(), 0.0),),
)


class Panel:
    """A desktop whose tray can come and go."""

    def __init__(self) -> None:
        self.shown = False

    def __call__(self) -> bool:
        return self.shown


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.fixture
def tray(qtbot: QtBot, panel: Panel) -> Iterator[Tray]:
    tray = Tray(panel, poll_ms=1)
    yield tray
    tray.close()


def _actions(tray: Tray) -> list[QAction]:
    return [each for each in tray.menu.actions() if not each.isSeparator()]


def test_what_needs_the_person_comes_first_then_the_servers_then_open_and_quit(
    tray: Tray,
) -> None:
    entries = entries_for(BUSY)

    assert [(each.kind, each.text) for each in entries] == [
        (EntryKind.PROMPT, "cursor asks to use github"),
        (EntryKind.SIGN_IN, "Sign in to R&D again"),
        (EntryKind.SEPARATOR, ""),
        (EntryKind.SERVER, "github: Connected"),
        (EntryKind.SERVER, "R&D: Sign-in has ended"),
        (EntryKind.SEPARATOR, ""),
        (EntryKind.ACTIVITY, "Recent activity"),
        (EntryKind.SEPARATOR, ""),
        (EntryKind.PAUSE, "Pause all calls"),
        (EntryKind.LOCK, "Lock Keyfob"),
        (EntryKind.SEPARATOR, ""),
        (EntryKind.OPEN, "Open Keyfob"),
        (EntryKind.QUIT, "Quit"),
    ]


def test_the_menu_has_its_ends_before_the_first_status(tray: Tray) -> None:
    assert [each.text() for each in _actions(tray)] == ["Open Keyfob", "Quit"]


def test_the_accounts_are_told_with_whose_they_are_and_what_has_none(tray: Tray) -> None:
    status = replace(
        EMPTY,
        servers=(server("github", AccountCondition.HEALTHY), server("notion")),
        accounts=(
            account("github-account", label="octocat"),
            account("old", AccountCondition.NEEDS_YOU),
        ),
    )

    entries = [each for each in entries_for(status) if each.target]

    assert [(each.kind, each.text) for each in entries] == [
        (EntryKind.ACCOUNT, "The account old needs a sign-in"),
        (EntryKind.ACCOUNT, "github-account (octocat): Connected"),
        (EntryKind.ACCOUNT, "old: Sign-in has ended"),
        (EntryKind.SERVER, "notion: Not connected"),
    ]


def test_more_accounts_than_a_menu_holds_are_left_to_the_window(tray: Tray) -> None:
    status = replace(EMPTY, accounts=tuple(account(f"a{number}") for number in range(20)))

    entries = entries_for(status)

    assert [each.text for each in entries[6:8]] == ["a6: Connected", "13 more…"]
    assert entries[7].kind is EntryKind.OPEN


def test_the_last_calls_stand_in_the_menu_the_newest_first(tray: Tray) -> None:
    tray.show_status(BUSY)
    events = [
        Happening(f"2026-11-26T10:{minute:02}:00+00:00", event, "cursor", "R&D", tool, outcome)
        for minute, (event, tool, outcome) in enumerate(
            [
                ("outcome", "one", "ok"),
                ("forwarding", "two", ""),
                ("outcome", "two", "failed"),
                ("refused", "", ""),
                ("outcome", "three", "denied"),
                ("outcome", "four\u202e", "waiting"),
                ("engine_stopped", "", ""),
                ("outcome", "five", "cancelled"),
            ]
        )
    ]

    tray.show_recent(recent_lines(events))

    texts = [each.text().split("  ")[-1] for each in tray.recent_menu.actions()]
    assert texts == [
        "cursor → R&&D · five: cancelled",
        "cursor → R&&D · four⟨U+202E⟩: waits for you",
        "cursor → R&&D · three: denied",
        "cursor → R&&D: refused",
        "cursor → R&&D · two: failed",
        "",
        "Show all activity",
    ]
    before = tray.recent_menu.actions()
    tray.show_recent(recent_lines(events))
    assert tray.recent_menu.actions() == before


def test_a_look_at_the_menu_is_told_so_that_the_last_calls_are_the_last(
    qtbot: QtBot, tray: Tray
) -> None:
    with qtbot.waitSignal(tray.looked):
        tray.menu.aboutToShow.emit()
    with qtbot.waitSignal(tray.looked):
        tray.recent_menu.aboutToShow.emit()


def test_names_cannot_make_shortcuts(tray: Tray) -> None:
    tray.show_status(BUSY)

    assert "R&&D: Sign-in has ended" in [each.text() for each in _actions(tray)]


def test_a_click_tells_the_entry(tray: Tray) -> None:
    chosen: list[Entry] = []
    tray.chosen.connect(chosen.append)
    tray.show_status(BUSY)

    for action in _actions(tray):
        action.trigger()
    tray.recent_menu.actions()[-1].trigger()

    assert [each.kind for each in chosen] == [
        EntryKind.PROMPT,
        EntryKind.SIGN_IN,
        EntryKind.SERVER,
        EntryKind.SERVER,
        EntryKind.PAUSE,
        EntryKind.LOCK,
        EntryKind.OPEN,
        EntryKind.QUIT,
        EntryKind.ACTIVITY,
    ]
    assert chosen[1].target == "R&D"


def test_an_unchanged_status_leaves_the_entries_that_a_panel_shows(tray: Tray) -> None:
    tray.show_status(BUSY)
    before = _actions(tray)

    tray.show_status(replace(BUSY, version="2"))
    tray.menu.aboutToShow.emit()

    assert _actions(tray) == before


def test_an_icon_is_made_when_a_tray_appears_and_anew_when_it_returns(
    qtbot: QtBot, tray: Tray, panel: Panel
) -> None:
    changes: list[bool] = []
    tray.available_changed.connect(changes.append)
    tray.start()
    assert not tray.available
    tray.notify("nobody", "sees this")

    for shown in (True, False, True):
        panel.shown = shown
        qtbot.waitUntil(lambda shown=shown: tray.available is shown)

    assert changes == [True, False, True]


@pytest.mark.parametrize(
    ("condition", "offered", "told"),
    [
        (LatchCondition.OPEN, ["Pause all calls", "Lock Keyfob"], "Keyfob: all is well"),
        (LatchCondition.PAUSED, ["Let calls pass again", "Lock Keyfob"], "Keyfob is paused"),
        (LatchCondition.LOCKED, ["Unlock Keyfob…"], "Keyfob is locked"),
    ],
)
def test_the_menu_locks_and_opens_keyfob(
    tray: Tray, condition: LatchCondition, offered: list[str], told: str
) -> None:
    by = LockedBy.PERSON if condition is LatchCondition.LOCKED else None
    status = replace(EMPTY, latch=LatchState(condition=condition, locked_by=by))

    tray.show_status(status)

    texts = [each.text() for each in _actions(tray)]
    assert [each for each in texts if each in offered] == offered
    assert len(texts) == len(offered) + 3
    assert standing_words(standing_of(status), status.latch) == told
