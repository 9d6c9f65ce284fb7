from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from keyfob_core.identity.signers import known_by
from keyfob_core.latch import LatchRecord
from keyfob_core.model import KnownBy
from keyfob_core.ports import Pause, Written
from keyfob_core.sessions.session_life import Life
from keyfob_core.sessions.session_notes import Owner
from keyfob_core.sessions.upstream_sessions import SessionRow
from keyfob_core.setups.client_setups import Setup
from keyfob_core.states import ClientState
from keyfob_core.tools.approval_marks import ApprovalMarks
from keyfob_core.tools.pins import Pin


def marks(key: bytes = b"k" * 32) -> ApprovalMarks:
    """Marks by this key."""
    opened = ApprovalMarks()
    opened.open(key)
    return opened


class MemoryClients:
    """A ClientTable in memory, with the owner's side of `state.clients` too."""

    def __init__(self) -> None:
        self._rows: list[tuple[str | None, ClientState]] = []

    def by_digest(self, digest: str) -> ClientState | None:
        return next((state for key, state in self._rows if key == digest), None)

    def by_executable(self, executable: str) -> ClientState | None:
        return next((state for _, state in self._rows if state.executable == executable), None)

    def used(self, client: ClientState, at: float) -> None:
        same = (client.token_id, client.executable)
        self._rows = [
            (
                key,
                replace(state, last_used_at=at)
                if (state.token_id, state.executable) == same
                else state,
            )
            for key, state in self._rows
        ]

    def name_executable(
        self, executable: str, name: str, at: float, signer: str | None = None
    ) -> ClientState:
        self.remove_executable(executable)
        state = ClientState(
            name=name,
            known_by=known_by(executable, signer),
            created_at=at,
            last_used_at=None,
            executable=executable,
            signer=signer,
        )
        self._rows.append((None, state))
        return state

    def issue(self, name: str, digest: str, server: str | None, at: float) -> ClientState:
        state = ClientState(
            name=name,
            known_by=KnownBy.TOKEN,
            created_at=at,
            last_used_at=None,
            server=server,
            token_id=f"token of {digest}",
        )
        self._rows.append((digest, state))
        return state

    def add(self, digest: str, state: ClientState) -> None:
        """Have a client as it is."""
        self._rows.append((digest, state))

    def revoke(self, name: str) -> int:
        before = len(self._rows)
        self._rows = [row for row in self._rows if row[1].name != name]
        return before - len(self._rows)

    def revoke_token(self, token_id: str) -> bool:
        before = len(self._rows)
        self._rows = [row for row in self._rows if row[1].token_id != token_id]
        return before != len(self._rows)

    def remove_executable(self, executable: str) -> bool:
        before = len(self._rows)
        self._rows = [row for row in self._rows if row[1].executable != executable]
        return before != len(self._rows)

    def list(self) -> tuple[ClientState, ...]:
        states = [state for _, state in self._rows]
        return tuple(sorted(states, key=lambda state: (state.name, state.created_at)))


class MemorySessions:
    """A SessionLives in memory, which forgets nothing by itself; also a NoteTable."""

    def __init__(self) -> None:
        self._rows: dict[str, SessionRow] = {}
        self.notes: dict[tuple[str, str], bytes] = {}

    def owner(self, digest: str) -> tuple[str, str, str] | None:
        row = self._rows.get(digest)
        return row.owner if row else None

    def row(self, digest: str) -> SessionRow | None:
        return self._rows.get(digest)

    def live(self, digest: str, life: Life) -> None:
        if digest in self._rows:
            self._rows[digest] = self._rows[digest]._replace(life=life)

    def rows(self) -> Iterator[SessionRow]:
        return iter(tuple(self._rows.values()))

    def issue(self, digest: str, client: str, server: str, account: str, at: float) -> None:
        self._rows[digest] = SessionRow(digest, Owner(client, server, account), Life(at))

    def end(self, digest: str) -> None:
        self._rows.pop(digest, None)
        self.notes = {key: note for key, note in self.notes.items() if key[0] != digest}

    def end_of(
        self, *, client: str | None = None, server: str | None = None, account: str | None = None
    ) -> int:
        wanted = (client, server, account)
        if not any(wanted):
            raise ValueError("name a client, a server or an account")
        gone = [
            row.digest
            for row in self._rows.values()
            if all(want is None or want == has for want, has in zip(wanted, row.owner, strict=True))
        ]
        for digest in gone:
            self.end(digest)
        return len(gone)

    def note(self, digest: str, kind: str) -> bytes | None:
        return self.notes.get((digest, kind))

    def keep_note(self, digest: str, kind: str, sealed: bytes) -> None:
        self.notes[digest, kind] = sealed


class MemoryLatch:
    """A LatchTable in memory."""

    def __init__(self) -> None:
        self._record = LatchRecord()

    def latch(self) -> LatchRecord:
        return self._record

    def keep(self, record: LatchRecord) -> None:
        self._record = record


class MemoryStoreIndex:
    """A StoreIndex in memory."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._items: dict[tuple[str, int], int] = {}
        self._current: dict[str, int] = {}

    def current(self, key: str) -> int | None:
        return self._current.get(key)

    def next(self, key: str) -> int:
        self._last[key] = self._last.get(key, 0) + 1
        return self._last[key]

    def begin(self, key: str, generation: int, items: int) -> None:
        if not 0 < generation <= self._last.get(key, 0) or (key, generation) in self._items:
            raise ValueError(f"generation {generation} of {key} is not free")
        self._items[key, generation] = items

    def switch(self, key: str, generation: int | None) -> None:
        if generation is None:
            self._current.pop(key, None)
        elif (key, generation) in self._items:
            self._current[key] = generation
        else:
            raise ValueError(f"generation {generation} of {key} was not begun")

    def stale(self, key: str | None = None) -> tuple[tuple[str, int, int], ...]:
        return tuple(
            (name, generation, items)
            for (name, generation), items in sorted(self._items.items())
            if self._current.get(name) != generation and key in (None, name)
        )

    def erased(self, key: str, generation: int) -> None:
        if self._current.get(key) != generation:
            self._items.pop((key, generation), None)

    def keys(self) -> tuple[str, ...]:
        return tuple(sorted(self._current))


class MemoryWrites:
    """A WriteTable in memory; `failure` is what its disk says."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.written = Written(0, 0)

    def last(self) -> Written:
        return self.written

    def note(self, written: Written) -> None:
        if self.failure is not None:
            raise self.failure
        if written.number > self.written.number:
            self.written = written

    def accept(self, written: Written) -> None:
        if self.failure is not None:
            raise self.failure
        self.written = written


class MemoryPauses:
    """A PauseTable in memory; `failure` is what its disk says."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self._pauses: dict[str, Pause] = {}

    def pause(self, account: str) -> Pause | None:
        return self._pauses.get(account)

    def keep(self, account: str, pause: Pause | None) -> None:
        if pause is None:
            self._pauses.pop(account, None)
        else:
            self._pauses[account] = pause
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def unlocked(account: str) -> AsyncGenerator[None]:
    """An AccountLock for one process alone."""
    assert account
    yield


class MemoryPins:
    """A PinTable in memory."""

    def __init__(self) -> None:
        self._approved: dict[tuple[str, str, str], Pin] = {}
        self._waiting: dict[tuple[str, str, str], Pin] = {}

    def approved(self) -> tuple[Pin, ...]:
        return tuple(self._approved.values())

    def waiting(self) -> tuple[Pin, ...]:
        return tuple(self._waiting.values())

    def approve(self, pins: Sequence[Pin]) -> None:
        self.settle(pins)
        self._approved |= {pin.key: replace(pin, rejected=False) for pin in pins}

    def wait(self, pins: Sequence[Pin]) -> None:
        self._waiting |= {pin.key: pin for pin in pins}

    def settle(self, pins: Sequence[Pin]) -> None:
        for pin in pins:
            self._waiting.pop(pin.key, None)

    def forget(self, server: str) -> None:
        for kept in (self._approved, self._waiting):
            for key in [key for key in kept if key[0] == server]:
                del kept[key]


class MemorySetups:
    """What was written into clients' files."""

    def __init__(self) -> None:
        self._setups: dict[tuple[str, str], Setup] = {}

    def setups(self) -> tuple[Setup, ...]:
        return tuple(self._setups[key] for key in sorted(self._setups))

    def keep(self, setup: Setup) -> None:
        self._setups[setup.client, setup.path] = setup

    def forget(self, client: str, path: str) -> None:
        self._setups.pop((client, path), None)
