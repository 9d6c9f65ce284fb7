from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from keyfob_core.errors import RequestRefused
from keyfob_core.sessions.session_notes import (
    TRANSLATED,
    UPSTREAM,
    Owner,
    Seal,
    SealBroken,
    SessionNotes,
)
from keyfob_core.sessions.upstream_sessions import Sessions, session_digest
from keyfob_core.state.database import open_database
from keyfob_core.state.sessions import SessionRecords
from support.audit_log import SetClock

KEY = bytes(range(32))
OWNER = Owner("cursor", "github", "work")
TEXTS = st.text(max_size=12)


def test_a_record_opens_for_its_own_session() -> None:
    seal = Seal(KEY, "ada")
    record = seal.seal(OWNER, "d1", UPSTREAM, b"content")
    assert b"content" not in record
    assert Seal(KEY, "ada").open(OWNER, "d1", UPSTREAM, record) == b"content"


@pytest.mark.parametrize(
    ("seal", "owner", "digest", "kind"),
    [
        (Seal(KEY, "ada"), OWNER, "d2", UPSTREAM),
        (Seal(KEY, "ada"), OWNER, "d1", TRANSLATED),
        (Seal(KEY, "ada"), OWNER._replace(client="zed"), "d1", UPSTREAM),
        (Seal(KEY, "ada"), OWNER._replace(server="notion"), "d1", UPSTREAM),
        (Seal(KEY, "ada"), OWNER._replace(account="home"), "d1", UPSTREAM),
        (Seal(KEY, "eve"), OWNER, "d1", UPSTREAM),
        (Seal(bytes(32), "ada"), OWNER, "d1", UPSTREAM),
    ],
    ids=["session", "kind", "client", "server", "account", "user", "installation"],
)
def test_a_record_opened_under_anothers_key_fails(
    seal: Seal, owner: Owner, digest: str, kind: str
) -> None:
    record = Seal(KEY, "ada").seal(OWNER, "d1", UPSTREAM, b"content")
    with pytest.raises(SealBroken):
        seal.open(owner, digest, kind, record)


@given(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS, TEXTS))
def test_no_two_owners_and_sessions_open_each_others_records(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    seal = Seal(KEY, "ada")
    record = seal.seal(Owner(*one[:3]), one[3], UPSTREAM, b"x")
    if one == other:
        assert seal.open(Owner(*other[:3]), other[3], UPSTREAM, record) == b"x"
    else:
        with pytest.raises(SealBroken):
            seal.open(Owner(*other[:3]), other[3], UPSTREAM, record)


@given(st.binary(max_size=80))
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(SealBroken):
        Seal(KEY, "ada").open(OWNER, "d1", UPSTREAM, data)


WHO = st.sampled_from(range(4))
OWNERS = (
    Owner("cursor", "github", "work"),
    Owner("cursor", "github", "home"),
    Owner("zed", "github", "work"),
    Owner("zed", "notion", ""),
)


class TwoSessions(RuleBasedStateMachine):
    """Sessions of several owners on one state.db, used, mixed up, moved and restarted.

    Whatever is done, what is read for a session is what was last written for it. This guards
    against mix-ups of ours (a wrong row, a wrong owner, a record moved in state.db); it says
    nothing of code inside the engine that holds the installation's key and means harm.
    """

    @initialize()
    def begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._database = open_database(Path(self._folder.name) / "state.db")
        self._clock = SetClock()
        self._written: dict[int, dict[str, Any]] = {}
        self._live: set[int] = set()
        self._count = 0
        self._open()

    def _open(self) -> None:
        self._records = SessionRecords(self._database, self._clock)
        self._notes = SessionNotes(self._records)
        self._notes.open(Seal(KEY, "ada"))
        self._sessions = Sessions(self._records, self._clock, notes=self._notes)

    @rule(who=WHO)
    def issue(self, who: int) -> None:
        client, server, account = OWNERS[who]
        self._sessions.issue(f"s{who}", client, server, account or None)
        self._live.add(who)

    @rule(who=WHO)
    def write(self, who: int) -> None:
        if who in self._live:
            self._count += 1
            note = {"of": who, "number": self._count}
            self._notes.keep(OWNERS[who], session_digest(f"s{who}"), TRANSLATED, note)
            self._written[who] = note

    @rule(who=WHO, of=WHO)
    def use(self, who: int, of: int) -> None:
        client, server, account = OWNERS[who]
        if who == of and who in self._live:
            self._sessions.check(f"s{of}", client, server, account or None)
        else:
            with pytest.raises(RequestRefused):
                self._sessions.check(f"s{of}", client, server, account or None)

    @rule(one=WHO, other=WHO)
    def move_a_record_in_the_database(self, one: int, other: int) -> None:
        if one == other or one not in self._written:
            return
        sealed = self._records.note(session_digest(f"s{one}"), TRANSLATED)
        if sealed is not None and other in self._live:
            self._records.keep_note(session_digest(f"s{other}"), TRANSLATED, sealed)
            self._written.pop(other, None)

    @rule(who=WHO)
    def end(self, who: int) -> None:
        self._sessions.end(f"s{who}")
        self._live.discard(who)
        self._written.pop(who, None)

    @rule()
    def restart(self) -> None:
        self._records.close()
        self._open()

    @rule()
    def suspend(self) -> None:
        self._sessions.suspend()

    @invariant()
    def each_reads_its_own_and_nobody_elses(self) -> None:
        if not hasattr(self, "_notes"):
            return
        for owner in OWNERS:
            for who in range(len(OWNERS)):
                found = self._notes.find(owner, session_digest(f"s{who}"), TRANSLATED)
                if owner == OWNERS[who]:
                    assert found == self._written.get(who)
                else:
                    assert found is None

    def teardown(self) -> None:
        if hasattr(self, "_database"):
            self._database.close()
            self._folder.cleanup()


TwoSessions.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_no_sequence_of_operations_yields_anothers_value = TwoSessions.TestCase
