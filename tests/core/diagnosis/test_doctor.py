from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob_core.diagnosis.doctor import (
    audit_finding,
    clock_finding,
    config_finding,
    entries_finding,
    pending_finding,
    premises_findings,
    status_findings,
    unreachable_finding,
)
from keyfob_core.diagnosis.findings import Finding, Folder, Outcome, Premises, is_well
from keyfob_core.setups.client_setups import SetupState, Standing
from keyfob_core.states import (
    AccountCondition,
    AccountState,
    Era,
    LatchCondition,
    LatchState,
    ServerState,
    Status,
    StoreCondition,
    StoreState,
)

NOW = 1_800_000_000.0
FINE = Premises(
    keyfob="0.1.0",
    python="3.11.7",
    qt="6.11.3",
    system="Linux 6",
    folders=(Folder(path="~/keyfob", is_ours=True, mode=0o700),),
    free=10 << 30,
    audit=1 << 20,
    leftovers=(),
)
WELL = Status(
    version="0.1.0",
    url="http://127.0.0.1:7332",
    problem=None,
    store=StoreState("Secret Service", StoreCondition.READY),
    servers=(
        ServerState(
            name="notes",
            url="https://notes.example",
            account="work",
            account_condition=AccountCondition.HEALTHY,
            eras=(Era.MODERN,),
        ),
    ),
    accounts=(AccountState(name="work", method="oauth", condition=AccountCondition.HEALTHY),),
    clients=(),
    waiting=(),
    socket="/run/relay.sock",
)


def of_status(**changes: object) -> list[Finding]:
    return list(status_findings(replace(WELL, **changes), NOW, listens=True))  # pyright: ignore


def wrong(findings: list[Finding]) -> list[tuple[str, Outcome]]:
    return [(one.rule, one.outcome) for one in findings if one.outcome is not Outcome.GOOD]


def test_nothing_is_found_where_all_is_well() -> None:
    findings = [*premises_findings(FINE), *of_status(), config_finding(None)]
    assert wrong(findings) == []
    assert is_well(findings)


@pytest.mark.parametrize(
    ("changes", "rule", "outcome"),
    [
        ({"folders": (Folder(path="~/k", is_ours=True, mode=0o755),)}, "folders", Outcome.BAD),
        ({"folders": (Folder(path="~/k", is_ours=False, mode=0o700),)}, "folders", Outcome.BAD),
        ({"free": 100 << 20}, "disk", Outcome.WARNING),
        ({"free": 10 << 20}, "disk", Outcome.BAD),
        ({"qt": "6.12.0"}, "versions", Outcome.BAD),
        ({"leftovers": ("~/.config-x.toml",)}, "leftovers", Outcome.NOTE),
        ({"held_port": 7332}, "port", Outcome.BAD),
    ],
)
def test_what_is_wrong_with_the_machine_is_found(
    changes: dict[str, object], rule: str, outcome: Outcome
) -> None:
    assert wrong(list(premises_findings(replace(FINE, **changes)))) == [(rule, outcome)]  # pyright: ignore


@pytest.mark.parametrize(
    ("changes", "rule", "outcome", "verb"),
    [
        (
            {"store": StoreState("Secret Service", StoreCondition.LOCKED, None, "Unlock it.")},
            *("store", Outcome.BAD, "show"),
        ),
        (
            {
                "store": StoreState("Secret Service", StoreCondition.LOCKED, None, "Unlock it."),
                "accounts": (replace(WELL.accounts[0], condition=AccountCondition.NEEDS_YOU),),
            },
            *("store", Outcome.BAD, "show"),
        ),
        (
            {"store": StoreState("Secret Service", StoreCondition.MISSING)},
            *("store", Outcome.BAD, "show"),
        ),
        (
            {"latch": LatchState(condition=LatchCondition.LOCKED)},
            *("lock", Outcome.NOTE, "unlock"),
        ),
        (
            {"latch": LatchState(condition=LatchCondition.PAUSED)},
            *("lock", Outcome.NOTE, "resume"),
        ),
        ({"url": None, "problem": "Another program holds it."}, "port", Outcome.BAD, "show"),
        ({"unaccepted": ("lock: later",)}, "edits", Outcome.WARNING, "config.accept"),
        (
            {"accounts": (replace(WELL.accounts[0], condition=AccountCondition.NEEDS_YOU),)},
            *("account", Outcome.BAD, "show"),
        ),
        (
            {"accounts": (replace(WELL.accounts[0], condition=AccountCondition.FAILED),)},
            *("account", Outcome.WARNING, "account.refresh"),
        ),
        (
            {"accounts": (replace(WELL.accounts[0], remind_at=1.0, expires_at=NOW + 90_000),)},
            *("account", Outcome.WARNING, "show"),
        ),
        (
            {"servers": (replace(WELL.servers[0], reason="Its document is gone."),)},
            *("server", Outcome.WARNING, "show"),
        ),
        (
            {"servers": (replace(WELL.servers[0], account=None),)},
            *("server", Outcome.NOTE, "show"),
        ),
    ],
)
def test_each_state_that_needs_a_person_is_found_with_what_mends_it(
    changes: dict[str, object], rule: str, outcome: Outcome, verb: str
) -> None:
    findings = of_status(**changes)
    assert wrong(findings) == [(rule, outcome)]
    (found,) = (one for one in findings if one.outcome is not Outcome.GOOD)
    assert found.fix is not None
    assert found.fix.verb == verb
    assert is_well(findings) is (outcome is Outcome.NOTE)


def test_one_edit_that_waits_and_several_are_told_in_their_own_grammar() -> None:
    def told(*edits: str) -> list[str]:
        return [one.sentence for one in of_status(unaccepted=edits) if one.rule == "edits"]

    assert told("a") == ["One edit of config.toml allows more and waits for your yes."]
    assert told("a", "b") == ["2 edits of config.toml allow more and wait for your yes."]


def test_an_engine_of_one_command_says_that_keyfob_does_not_run() -> None:
    findings = list(status_findings(replace(WELL, url=None), NOW, listens=False))
    assert wrong(findings) == [("engine", Outcome.NOTE)]


def test_a_log_that_was_changed_and_a_clock_that_went_back_are_found() -> None:
    found = list(
        audit_finding(count=7, problem="this line was changed", where="1, line 8", last="", now=NOW)
    )
    assert wrong(found) == [("audit", Outcome.BAD)]
    assert "line 8" in found[0].sentence
    behind = clock_finding("2027-01-15T09:00:00.000Z", NOW)
    assert behind.outcome is Outcome.WARNING
    assert clock_finding("2027-01-15T08:01:00.000Z", NOW).outcome is Outcome.GOOD


def test_what_waits_and_what_cannot_be_reached_is_named() -> None:
    assert pending_finding(0, ()).outcome is Outcome.GOOD
    assert "2 tools wait" in pending_finding(2, ("notes",)).sentence
    assert unreachable_finding("notes", None).outcome is Outcome.GOOD
    assert unreachable_finding("notes", "no answer").outcome is Outcome.BAD
    assert config_finding("lock.idle: is wrong").outcome is Outcome.BAD


@pytest.mark.parametrize(
    ("standing", "outcome", "says"),
    [
        (Standing.NONE, Outcome.GOOD, "No client's file has"),
        (Standing.STANDS, Outcome.GOOD, "of 1 client."),
        (Standing.CHANGED, Outcome.WARNING, "Cursor: it was changed"),
        (Standing.GONE, Outcome.WARNING, "Cursor: it is gone"),
        (Standing.OUTDATED, Outcome.WARNING, "leads where Keyfob was before"),
        (Standing.REVOKED, Outcome.WARNING, "its token was revoked"),
        (Standing.UNREADABLE, Outcome.WARNING, "cannot be read"),
    ],
)
def test_an_entry_that_no_longer_stands_is_named_with_its_repair(
    standing: Standing, outcome: Outcome, says: str
) -> None:
    state = SetupState(
        client="cursor",
        label="Cursor",
        path="/home/ada/.cursor/mcp.json",
        installed=True,
        form=None,
        written_at=None,
        standing=standing,
    )
    found = entries_finding([state])
    assert (found.outcome, says in found.sentence) == (outcome, True)
    assert outcome is Outcome.GOOD or "keyfob client add cursor" in found.hint
