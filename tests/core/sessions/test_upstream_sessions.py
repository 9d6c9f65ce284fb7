from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.errors import RequestRefused
from keyfob_core.sessions.upstream_sessions import Sessions, session_digest
from support.audit_log import SetClock
from support.tables import MemorySessions

NAMES = st.sampled_from(["a", "b"])
TRIPLES = st.tuples(NAMES, NAMES, st.none() | NAMES)


@given(
    st.lists(
        st.tuples(st.sampled_from(["issue", "check", "end"]), st.sampled_from("xyz"), TRIPLES),
        max_size=40,
    ),
    st.none() | NAMES,
)
def test_a_session_is_honoured_only_from_the_three_it_was_issued_to(
    steps: list[tuple[str, str, tuple[str, str, str | None]]], usual: str | None
) -> None:
    sessions = Sessions(MemorySessions(), SetClock())
    owners: dict[str, tuple[str, str, str | None]] = {}
    for step, session, triple in steps:
        if step == "issue":
            sessions.issue(session, *triple)
            owners.setdefault(session, triple)
        elif step == "end":
            sessions.end(session)
            owners.pop(session, None)
        elif owners.get(session) == triple:
            assert sessions.check(session, *triple, lambda: usual) == ""
        elif session in owners and owners[session] == (*triple[:2], usual):
            assert sessions.check(session, *triple, lambda: usual) == session_digest(session)
        else:
            with pytest.raises(RequestRefused) as caught:
                sessions.check(session, *triple, lambda: usual)
            assert caught.value.status == 404


def test_a_session_id_is_not_kept() -> None:
    table = MemorySessions()
    Sessions(table, SetClock()).issue("opens-a-session", "a", "b", None)
    assert "opens-a-session" not in repr(vars(table))
    assert table.owner(session_digest("opens-a-session")) == ("a", "b", "")
