from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob_core.prompts import Lasts, PendingPrompt
from keyfob_core.states import AccountCondition, LatchState, StoreCondition, StoreState
from keyfob_desktop.standing import (
    NextStep,
    Standing,
    condition_icon,
    condition_words,
    lasts_choices,
    needs_of,
    next_step,
    reminders_of,
    standing_of,
    standing_words,
    store_words,
)
from support.fake_engine import EMPTY, account, server
from support.prompts import (
    access_prompt,
    client_prompt,
    pairing_prompt,
    passphrase_prompt,
    sign_in_prompt,
    step_up_prompt,
    unlock_prompt,
    widening_prompt,
)

NOW, DAY = 1_790_000_000.0, 86400.0
STORES = {each: replace(EMPTY, store=StoreState("Keychain", each)) for each in StoreCondition}


def test_an_empty_keyfob_is_well() -> None:
    assert standing_of(EMPTY) is Standing.HEALTHY
    assert needs_of(EMPTY) == ()


@pytest.mark.parametrize("condition", [c for c in StoreCondition if c is not StoreCondition.READY])
def test_a_store_out_of_reach_outweighs_all_else(condition: StoreCondition) -> None:
    status = replace(STORES[condition], servers=(server("github", AccountCondition.NEEDS_YOU),))

    assert standing_of(status) is Standing.LOCKED
    assert needs_of(status)[0].text == store_words(status.store)


def test_nobody_is_sent_to_sign_in_where_only_the_store_is_shut() -> None:
    unread = server("github", AccountCondition.UNREAD)
    status = replace(STORES[StoreCondition.LOCKED], servers=(unread,))

    assert [need.text for need in needs_of(status)] == [store_words(status.store)]
    assert next_step(unread) is not NextStep.SIGN_IN


@pytest.mark.parametrize("condition", [AccountCondition.NEEDS_YOU, AccountCondition.FAILED])
def test_a_server_in_trouble_needs_the_person_and_is_named(condition: AccountCondition) -> None:
    status = replace(EMPTY, servers=(server("wiki", AccountCondition.HEALTHY), server("github")))
    assert standing_of(status) is Standing.HEALTHY

    status = replace(EMPTY, servers=(server("github", condition),))

    assert standing_of(status) is Standing.NEEDS_YOU
    assert needs_of(status)[0].server == "github"
    assert "github" in needs_of(status)[0].text


def test_questions_come_before_everything_that_needs_the_person() -> None:
    prompts = (
        access_prompt(),
        unlock_prompt(),
        widening_prompt(),
        client_prompt(),
        pairing_prompt(),
        sign_in_prompt(),
        step_up_prompt(),
        passphrase_prompt(),
    )
    waiting = tuple(PendingPrompt(str(n), p, 0.0) for n, p in enumerate(prompts))
    status = replace(EMPTY, waiting=waiting, problem="Port 7332 is taken.")

    needs = needs_of(status)

    assert [each.prompt for each in needs] == [True] * 8 + [False]
    assert len({each.text for each in needs}) == 9
    assert needs[0].text == "cursor asks to use github"


def test_a_refresh_shows_as_work() -> None:
    status = replace(EMPTY, servers=(server("github", AccountCondition.REFRESHING),))

    assert standing_of(status) is Standing.WORKING


def test_every_condition_has_words_and_a_picture_of_its_own() -> None:
    assert len({condition_words(each) for each in AccountCondition}) == len(AccountCondition)
    assert len({condition_icon(each) for each in AccountCondition}) == len(AccountCondition)
    assert condition_words(None) == condition_words(AccountCondition.NOT_CONNECTED)
    assert len({standing_words(each, LatchState()) for each in Standing}) == len(Standing)
    assert len({store_words(each.store) for each in STORES.values()}) == len(STORES)


@pytest.mark.parametrize(
    ("condition", "step"),
    [
        (None, NextStep.CONNECT),
        (AccountCondition.NOT_CONNECTED, NextStep.CONNECT),
        (AccountCondition.NEEDS_YOU, NextStep.SIGN_IN),
        (AccountCondition.FAILED, NextStep.RETRY),
        (AccountCondition.HEALTHY, NextStep.TRY_TOOL),
        (AccountCondition.REFRESHING, NextStep.TRY_TOOL),
        (AccountCondition.UNREAD, NextStep.TRY_TOOL),
    ],
)
def test_each_condition_has_the_step_that_helps(
    condition: AccountCondition | None, step: NextStep
) -> None:
    assert next_step(server("github", condition)) is step


def test_hours_are_offered_with_their_number_and_nothing_else_has_one() -> None:
    choices = lasts_choices(tuple(Lasts))

    assert [(lasts, hours) for _, lasts, hours in choices] == [
        (Lasts.ONCE, None),
        (Lasts.SESSION, None),
        (Lasts.UNTIL_LOCK, None),
        (Lasts.HOURS, 1),
        (Lasts.HOURS, 8),
        (Lasts.ALWAYS, None),
    ]
    assert lasts_choices((Lasts.ONCE,)) == (choices[0],)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (0.0, ()),
        (NOW, ("The key of work expires in 5 days",)),
        (NOW + 4.5 * DAY, ("The key of work expires within a day",)),
        (NOW + 6 * DAY, ("The key of work has expired",)),
    ],
)
def test_a_key_that_ends_soon_is_told_once_it_is_time(now: float, told: tuple[str, ...]) -> None:
    key = account("work", method="api-key", remind_at=NOW - DAY, expires_at=NOW + 5 * DAY)
    status = replace(EMPTY, accounts=(account("other"), key))

    reminders = reminders_of(status, now)

    assert tuple(each.text for each in reminders) == told
    assert {each.account for each in reminders} <= {"work"}
    assert standing_of(status) is Standing.HEALTHY


def test_an_account_without_a_server_needs_the_person_too() -> None:
    broken = account("robot", AccountCondition.FAILED)

    assert needs_of(replace(EMPTY, accounts=(broken,)))[0].account == "robot"
    served = replace(server("one", AccountCondition.FAILED), account="robot")
    needs = needs_of(replace(EMPTY, accounts=(broken,), servers=(served,)))
    assert [each.server for each in needs] == ["one"]
