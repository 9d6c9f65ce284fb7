"""What a person's yes and no rest on, put together: rules, answers, sessions and the lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from keyfob_core.assembly.accounts import Holdings
from keyfob_core.assembly.ground import Ground
from keyfob_core.assembly.sessions import SessionParts, live_sessions
from keyfob_core.config import STORES
from keyfob_core.consent import Consent
from keyfob_core.control.lock_watch import LockWatch
from keyfob_core.control.locking import Locking
from keyfob_core.control.rules import Rules
from keyfob_core.control.store_choice import StoreMoves
from keyfob_core.control.undo import Undos
from keyfob_core.control.upkeep import Upkeep
from keyfob_core.control.widening import Widening
from keyfob_core.model import AuditEvent
from keyfob_core.own_keys import APPROVALS, CONFIG, SESSIONS, own_key
from keyfob_core.sessions.session_notes import Seal
from keyfob_core.sessions.upstream_sessions import Sessions
from keyfob_core.state.pins import PinRecords
from keyfob_core.stores.move import erase_moved, move_secrets
from keyfob_core.system.peers import person
from keyfob_core.tools.pinning import Pinning

_MOST_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """What decides, and what is kept of decisions."""

    upkeep: Upkeep
    widening: Widening
    undos: Undos
    rules: Rules
    consent: Consent
    pinning: Pinning
    sessions: Sessions
    stores: StoreMoves
    locking: Locking
    lock_watch: LockWatch


def post_guards(ground: Ground, holdings: Holdings, stack: AsyncExitStack) -> Guards:
    """Build them; what they hold is given back when the stack closes."""
    config, audit, clock = ground.config, ground.audit, ground.clock
    pins = PinRecords(ground.database, ground.marks)
    pinning = Pinning(
        config,
        pins,
        ground.questions,
        audit,
        clock,
        ground.news.tools_changed,
    )
    stack.push_async_callback(pinning.close)

    def check_pins(*, adopt: bool) -> tuple[str, ...]:
        gone = pins.check_marks(adopt=adopt)
        pinning.take_back(gone)
        return tuple(f"{pin.server} {pin.tool}" for pin in gone)

    upkeep = _upkeep(ground, holdings, check_pins, lambda: sessions.sweep())
    widening = Widening(ground.prompter, ground.questions, audit, upkeep.open_store)
    undos = Undos(config, widening, audit, clock)
    rules = Rules(config, widening, undos, audit, clock)
    consent = Consent(ground.questions, audit, rules.keep_answer)
    sessions = live_sessions(
        SessionParts(
            config=config,
            records=ground.session_records,
            notes=ground.session_notes,
            accounts=holdings.accounts,
            reach=holdings.reach,
            forget_answers=consent.end_session,
            audit=audit,
            clock=clock,
        ),
        stack,
    )
    stores = _store_moves(ground, upkeep)

    def on_lock() -> None:
        consent.lock()
        sessions.suspend()
        ground.session_notes.shut()

    locking = Locking(
        ground.latch,
        ground.questions,
        widening,
        ground.store,
        stores.unlock,
        holdings.accounts,
        upkeep.reopen,
        on_lock,
        audit,
        clock,
    )
    stack.push_async_callback(locking.close)
    return Guards(
        upkeep=upkeep,
        widening=widening,
        undos=undos,
        rules=rules,
        consent=consent,
        pinning=pinning,
        sessions=sessions,
        stores=stores,
        locking=locking,
        lock_watch=LockWatch(
            lambda: config().lock, ground.latch, locking.lock, ground.outside.watch_screen
        ),
    )


class CheckMarks(Protocol):
    """Takes back approvals that bear no mark of ours, or marks them all; answers their names."""

    def __call__(self, *, adopt: bool) -> tuple[str, ...]:
        """Raises StateUnavailable."""
        ...


def _upkeep(
    ground: Ground,
    holdings: Holdings,
    check_pins: CheckMarks,
    sweep_sessions: Callable[[], None],
) -> Upkeep:
    store = ground.store
    checks: tuple[tuple[str, CheckMarks], ...] = (
        ("clients", ground.clients.check_marks),
        ("tools", check_pins),
    )

    async def open_keys() -> tuple[AuditEvent, ...]:
        ground.session_notes.open(Seal(await own_key(store, SESSIONS), person()))
        is_new = await store.get(CONFIG) is None
        ground.config.open(await own_key(store, CONFIG), is_new=is_new)
        is_new = await store.get(APPROVALS) is None
        ground.marks.open(await own_key(store, APPROVALS))
        return tuple(
            AuditEvent(event="approvals_refused", details=_told(what, names))
            for what, check in checks
            if (names := check(adopt=is_new))
        )

    return Upkeep(
        ground.config,
        store,
        ground.audit,
        ground.refusals,
        holdings.accounts,
        holdings.timers,
        ground.latch,
        open_keys,
        sweep_sessions,
        ground.engine.changed,
        ground.clock,
    )


def _told(what: str, names: tuple[str, ...]) -> dict[str, str | int]:
    return {"what": what, "count": len(names), "names": ", ".join(names[:_MOST_NAMES])}


def _store_moves(ground: Ground, upkeep: Upkeep) -> StoreMoves:
    async def keys(kind: str) -> tuple[str, ...]:
        return ground.items.keys() if kind == "keychain" else await ground.encrypted.keys()

    return StoreMoves(
        ground.config,
        ground.store,
        ground.passphrases,
        keys,
        move_secrets,
        erase_moved,
        STORES,
        upkeep.open_store,
        ground.encrypted.accept_older,
        ground.audit,
    )
