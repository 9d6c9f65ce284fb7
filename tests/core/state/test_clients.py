from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from keyfob_core.identity.pairings import TokenDigests
from keyfob_core.model import KnownBy
from keyfob_core.state.clients import ClientRecords
from keyfob_core.state.database import Database, open_database
from keyfob_core.states import ClientState
from support.tables import MemoryClients, marks

Clients = ClientRecords | MemoryClients


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(tmp_path / "state.db")
    yield database
    database.close()


@pytest.fixture(params=["memory", "sqlite"])
def clients(request: pytest.FixtureRequest, database: Database) -> Clients:
    return MemoryClients() if request.param == "memory" else ClientRecords(database, marks())


def test_a_token_is_found_by_its_digest_alone(clients: Clients) -> None:
    issued = clients.issue("cursor", "d" * 64, None, 10.0)
    found = clients.by_digest("d" * 64)
    assert found == issued
    assert found is not None
    assert found.known_by is KnownBy.TOKEN
    assert found.token_id
    assert found.server is None
    assert clients.by_digest("e" * 64) is None
    assert clients.by_executable("d" * 64) is None


def test_a_token_for_one_server_says_so(clients: Clients) -> None:
    clients.issue("cursor", "d" * 64, "github", 10.0)
    found = clients.by_digest("d" * 64)
    assert found is not None
    assert found.server == "github"


def test_two_tokens_of_one_client_have_ids_of_their_own(clients: Clients) -> None:
    first = clients.issue("cursor", "a" * 64, None, 1.0)
    second = clients.issue("cursor", "b" * 64, None, 2.0)
    assert first.token_id != second.token_id
    assert clients.list() == (first, second)


def test_a_revoked_client_is_unknown_at_once(clients: Clients) -> None:
    clients.issue("cursor", "a" * 64, None, 1.0)
    clients.issue("cursor", "b" * 64, "github", 2.0)
    clients.name_executable("/usr/bin/cursor", "cursor", 3.0)
    kept = clients.issue("zed", "c" * 64, None, 4.0)
    assert clients.revoke("cursor") == 3
    assert clients.by_digest("a" * 64) is None
    assert clients.by_digest("b" * 64) is None
    assert clients.by_executable("/usr/bin/cursor") is None
    assert clients.list() == (kept,)
    assert clients.revoke("cursor") == 0


def test_an_executable_keeps_the_last_name_it_was_given(clients: Clients) -> None:
    clients.name_executable("/usr/bin/zed", "editor", 1.0)
    named = clients.name_executable("/usr/bin/zed", "zed", 2.0)
    assert clients.by_executable("/usr/bin/zed") == named
    assert named.known_by is KnownBy.PROCESS
    assert clients.list() == (named,)


def test_a_removed_executable_is_asked_about_again(clients: Clients) -> None:
    clients.name_executable("/usr/bin/zed", "zed", 1.0)
    assert clients.remove_executable("/usr/bin/zed")
    assert clients.by_executable("/usr/bin/zed") is None
    assert not clients.remove_executable("/usr/bin/zed")


def test_a_used_client_shows_when(clients: Clients) -> None:
    token = clients.issue("cursor", "a" * 64, None, 1.0)
    program = clients.name_executable("/usr/bin/zed", "zed", 2.0)
    clients.used(token, 30.0)
    clients.used(program, 31.0)
    clients.used(token, 32.0)
    assert clients.list() == (
        replace(token, last_used_at=32.0),
        replace(program, last_used_at=31.0),
    )


def test_noting_the_use_of_a_revoked_client_does_not_bring_it_back(clients: Clients) -> None:
    token = clients.issue("cursor", "a" * 64, None, 1.0)
    clients.revoke("cursor")
    clients.used(token, 5.0)
    assert clients.by_digest("a" * 64) is None
    assert clients.list() == ()


def test_the_name_of_a_token_removes_no_executable(clients: Clients) -> None:
    token = clients.issue("cursor", "a" * 64, None, 1.0)
    assert not clients.remove_executable(token.token_id or "")
    assert clients.by_digest("a" * 64) == token


def test_clients_survive_a_restart(database: Database) -> None:
    clients = ClientRecords(database, marks())
    token = clients.issue("cursor", "a" * 64, "github", 1.0)
    program = clients.name_executable("/usr/bin/zed", "zed", 2.0)
    again = ClientRecords(database, marks())
    assert again.by_digest("a" * 64) == token
    assert again.by_executable("/usr/bin/zed") == program


def test_last_use_is_written_at_most_once_a_minute_and_at_the_end(database: Database) -> None:
    def written() -> float | None:
        return database.rows("SELECT last_used_at FROM clients")[0][0]

    clients = ClientRecords(database, marks())
    token = clients.issue("cursor", "a" * 64, None, 1.0)
    clients.used(token, 100.0)
    assert written() == 100.0
    clients.used(token, 130.0)
    clients.used(token, 159.0)
    assert written() == 100.0
    clients.used(token, 160.0)
    assert written() == 160.0
    clients.used(token, 170.0)
    clients.close()
    assert written() == 170.0


def test_a_date_that_cannot_be_written_fails_no_call_and_is_written_later(
    database: Database, tmp_path: Path
) -> None:
    clients = ClientRecords(database, marks())
    token = clients.issue("cursor", "a" * 64, None, 1.0)
    database.rows("PRAGMA query_only = 1")
    clients.used(token, 100.0)
    database.rows("PRAGMA query_only = 0")
    clients.close()
    assert database.rows("SELECT last_used_at FROM clients") == [(100.0,)]


def test_no_token_is_kept_by_more_than_its_digest(database: Database) -> None:
    ClientRecords(database, marks()).issue("cursor", "a" * 64, None, 1.0)
    columns = [row[1] for row in database.rows("PRAGMA table_info(clients)")]
    assert "token" not in columns
    assert "digest" in columns


NAMES = st.sampled_from(["cursor", "zed", "goose"])
PATHS = st.sampled_from(["/bin/a", "/bin/b"])
TIMES = st.floats(0, 1e9, allow_nan=False)


class ClientsAgree(RuleBasedStateMachine):
    """The real table, reopened at any time, says what the naive one says."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "state.db"
        self._database = open_database(self._path)
        self._real = ClientRecords(self._database, marks())
        self._model = MemoryClients()
        self._digests = 0

    @rule(name=NAMES, server=st.none() | st.just("github"), at=TIMES)
    def issue(self, name: str, server: str | None, at: float) -> None:
        self._digests += 1
        self._real.issue(name, f"{self._digests:064}", server, at)
        self._model.issue(name, f"{self._digests:064}", server, at)

    @rule(path=PATHS, name=NAMES, at=TIMES)
    def name_executable(self, path: str, name: str, at: float) -> None:
        self._real.name_executable(path, name, at)
        self._model.name_executable(path, name, at)

    @rule(name=NAMES)
    def revoke(self, name: str) -> None:
        assert self._real.revoke(name) == self._model.revoke(name)

    @rule(path=PATHS)
    def remove_executable(self, path: str) -> None:
        assert self._real.remove_executable(path) == self._model.remove_executable(path)

    @rule(number=st.integers(1, 5), at=TIMES)
    def use_a_token(self, number: int, at: float) -> None:
        real = self._real.by_digest(f"{number:064}")
        model = self._model.by_digest(f"{number:064}")
        assert (real is None) == (model is None)
        if real and model:
            self._real.used(real, at)
            self._model.used(model, at)

    @rule()
    def restart(self) -> None:
        self._real.close()
        self._database.close()
        self._database = open_database(self._path)
        self._real = ClientRecords(self._database, marks())

    @invariant()
    def the_same_clients_are_known(self) -> None:
        for number in range(1, self._digests + 1):
            digest = f"{number:064}"
            assert _same(self._real.by_digest(digest)) == _same(self._model.by_digest(digest))
        for path in ("/bin/a", "/bin/b"):
            assert self._real.by_executable(path) == self._model.by_executable(path)
        assert sorted(map(repr, map(_same, self._real.list()))) == sorted(
            map(repr, map(_same, self._model.list()))
        )

    def teardown(self) -> None:
        self._database.close()
        self._folder.cleanup()


def _same(state: ClientState | None) -> ClientState | None:
    return None if state is None else replace(state, token_id=state.token_id and "random")


ClientsAgree.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, database=None
)
test_the_real_table_and_the_naive_one_agree_after_any_use = ClientsAgree.TestCase


def _tokens(number: int, at: float = 0.0) -> TokenDigests:
    return TokenDigests(
        access=f"access {number}",
        access_ends_at=at + 10,
        refresh=f"refresh {number}",
        ends_at=at + 90,
    )


def test_a_pairing_and_its_latest_tokens_outlive_a_restart(database: Database) -> None:
    clients = ClientRecords(database, marks())
    pairing = clients.pair("cursor", "kfc_1", "github", "family", _tokens(1), 5.0)
    clients.renew(pairing, _tokens(2, at=100.0))
    for known in (clients, ClientRecords(database, marks())):
        assert known.by_digest("access 1") is None
        found = known.by_digest("access 2")
        assert found is not None
        assert (found.name, found.known_by, found.server) == ("cursor", KnownBy.PAIRING, "github")
        assert (found.created_at, found.expires_at, found.ends_at) == (5.0, 110.0, 190.0)
        assert known.pairing("family") == replace(pairing, tokens=_tokens(2, at=100.0))
        assert known.pairings() == (known.pairing("family"),)


@pytest.mark.parametrize("by", ["name", "pairing"])
def test_a_pairing_that_ended_is_gone_with_all_of_its_tokens(database: Database, by: str) -> None:
    clients = ClientRecords(database, marks())
    pairing = clients.pair("cursor", "kfc_1", None, "family", _tokens(1), 5.0)
    clients.issue("other", "d" * 64, None, 5.0)
    if by == "name":
        assert clients.revoke("cursor") == 1
    else:
        clients.end(pairing)
        clients.end(pairing)
    for known in (clients, ClientRecords(database, marks())):
        assert known.pairing("family") is None
        assert [client.name for client in known.list()] == ["other"]
