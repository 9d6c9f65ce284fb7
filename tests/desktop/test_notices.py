from __future__ import annotations

from pytestqt.qtbot import QtBot

from keyfob_desktop.notices import QUIET_SECONDS, Notice, Notices
from keyfob_desktop.standing import Need
from support.prompts import access_prompt

SIGN_IN = Need("Sign in to github again", server="github")
KEY = Need("The key of dd expires in 3 days", account="dd")
FAILED = Need("wiki is not working", server="wiki", for_person=False)
PROMPT = Need("cursor asks to use github", prompt=True)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _notices(clock: Clock | None = None) -> tuple[Notices, list[Notice]]:
    notices, told = Notices(clock or Clock(), gather_ms=5), list[Notice]()
    notices.told.connect(told.append)
    return notices, told


def test_what_begins_together_is_told_as_one(qtbot: QtBot) -> None:
    notices, told = _notices()
    notices.needs((SIGN_IN,))
    notices.needs((SIGN_IN, KEY, FAILED, PROMPT))
    qtbot.waitUntil(lambda: bool(told))
    assert [(each.text, each.need) for each in told] == [
        ("Sign in to github again, and 1 more", None)
    ]


def test_a_need_is_told_once_while_it_lasts_and_again_when_it_returns(qtbot: QtBot) -> None:
    notices, told = _notices()
    notices.needs((KEY,))
    qtbot.waitUntil(lambda: len(told) == 1)
    assert told[0].need == KEY
    tomorrow = Need("The key of dd expires in 2 days", account="dd")
    notices.needs((tomorrow,))
    qtbot.wait(20)
    assert len(told) == 1
    notices.needs(())
    notices.needs((KEY,))
    qtbot.waitUntil(lambda: len(told) == 2)


def test_what_is_over_before_it_is_told_is_not_told(qtbot: QtBot) -> None:
    notices, told = _notices()
    notices.needs((SIGN_IN,))
    notices.needs(())
    qtbot.wait(20)
    assert told == []


def test_what_does_not_need_the_person_is_not_told(qtbot: QtBot) -> None:
    notices, told = _notices()
    notices.needs((FAILED, PROMPT))
    qtbot.wait(20)
    assert told == []


def test_questions_in_a_row_are_told_once(qtbot: QtBot) -> None:
    clock = Clock()
    notices, told = _notices(clock)
    for _ in range(3):
        notices.question(access_prompt())
        clock.now += 1
    assert [each.text for each in told] == ["cursor asks to use github"]
    clock.now += QUIET_SECONDS
    notices.question(access_prompt())
    assert len(told) == 2
