"""The rules of `keyfob doctor`: from how things are to sentences, without looking at anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from keyfob_core.diagnosis.findings import Finding, Fix, Outcome, Premises
from keyfob_core.setups.client_setups import SetupState, Standing
from keyfob_core.states import (
    AccountCondition,
    AccountState,
    LatchCondition,
    ServerState,
    Status,
    StoreCondition,
)
from keyfob_core.words.plain import visible

_MEBIBYTE = 1 << 20
_LITTLE, _NONE_LEFT = 500 * _MEBIBYTE, 50 * _MEBIBYTE
_CLOCK_SECONDS = 300.0
_DAY = 86400.0
_BROKEN_QT = "6.12"
_STANDINGS = {
    Standing.CHANGED: "it was changed",
    Standing.GONE: "it is gone",
    Standing.UNREADABLE: "the file cannot be read",
    Standing.OUTDATED: "it leads where Keyfob was before",
    Standing.REVOKED: "its token was revoked",
}


def premises_findings(premises: Premises) -> Iterator[Finding]:
    """What the machine says."""
    yield _versions(premises)
    yield from _folders(premises)
    yield _disk(premises)
    if premises.held_port is not None:
        yield Finding(
            rule="port",
            outcome=Outcome.BAD,
            sentence=f"Another program holds port {premises.held_port}, where clients expect "
            "Keyfob.",
            hint="It may have received client tokens: end it or choose another port, then make "
            "new ones with `keyfob client token NAME`.",
        )
    if premises.leftovers:
        count = len(premises.leftovers)
        yield Finding(
            rule="leftovers",
            outcome=Outcome.NOTE,
            sentence=f"A crash has left {count} half-written file{'s' if count > 1 else ''}.",
            hint=f"They may be removed: {', '.join(premises.leftovers[:5])}",
        )


def status_findings(status: Status, now: float, *, listens: bool) -> Iterator[Finding]:
    """What the engine says of itself; `listens` is False for one that lives for one command."""
    yield _store(status)
    yield from _latch(status)
    yield _listening(status) if listens else _not_running()
    for account in status.accounts:
        # One that is connected seems not to be while its secret cannot be read.
        if status.store.condition is StoreCondition.READY:
            yield _account(account, now)
    for server in status.servers:
        yield _server(server)
    yield _edits(status)


def entries_finding(states: Sequence[SetupState]) -> Finding:
    """Keyfob's entries in the files of clients, which an update or a person may have rewritten."""
    written = [one for one in states if one.standing is not Standing.NONE]
    broken = [one for one in written if one.standing is not Standing.STANDS]
    if not broken:
        count = len({one.client for one in written})
        said = f"Keyfob's entry stands in the files of {count} client{'s' if count != 1 else ''}."
        return _good("entries", said if count else "No client's file has an entry of Keyfob's.")
    told = "; ".join(f"{visible(one.label)}: {_STANDINGS[one.standing]}" for one in broken)
    name = broken[0].client
    return Finding(
        rule="entries",
        outcome=Outcome.WARNING,
        sentence=f"Keyfob's entry no longer stands as it was written. {told}.",
        hint=f"Write it anew by `keyfob client add {name}`, or let it be by `keyfob client undo "
        f"{name}`.",
        fix=Fix(words="Show", verb="show", args={"page": "clients"}),
    )


def pending_finding(tools: int, servers: tuple[str, ...]) -> Finding:
    """Tools that wait for a person."""
    if not tools:
        return _good("tools", "No tool waits for your approval.")
    return Finding(
        rule="tools",
        outcome=Outcome.NOTE,
        sentence=f"{tools} tool{'s wait' if tools > 1 else ' waits'} for your approval, of "
        f"{', '.join(servers)}.",
        hint="Clients neither see nor call them before: `keyfob tool pending`.",
        fix=Fix(words="Show", verb="show", args={"page": "servers", "name": servers[0]}),
    )


def unreachable_finding(server: str, reason: str | None) -> Finding:
    """Whether a server's machine can be reached at all."""
    if reason is None:
        return _good("reach", f"{server} can be reached.", server)
    return Finding(
        rule="reach",
        outcome=Outcome.BAD,
        sentence=f"{server} cannot be reached: {reason}.",
        hint="Check the network, a proxy in [network], and the server's address.",
        about=server,
    )


def audit_finding(
    *, count: int, problem: str | None, where: str | None, last: str, now: float
) -> Iterator[Finding]:
    """Whether the log is whole, and whether the clock agrees with it.

    `last` is the moment of its last event, in ISO 8601.
    """
    if problem is None:
        yield _good("audit", f"The audit log is whole: {count} events.")
    else:
        yield Finding(
            rule="audit",
            outcome=Outcome.BAD,
            sentence=f"The audit log is not whole: {problem}{f' ({where})' if where else ''}.",
            hint="Keep a copy of the audit folder as it is; somebody or something changed it.",
        )
    yield clock_finding(last, now)


def clock_finding(last: str, now: float) -> Finding:
    """Whether the clock has gone back behind what was recorded."""
    try:
        ahead = datetime.fromisoformat(last).timestamp() - now
    except ValueError:
        ahead = 0.0
    if ahead > _CLOCK_SECONDS:
        return Finding(
            rule="clock",
            outcome=Outcome.WARNING,
            sentence=f"The clock is {round(ahead / 60)} minutes behind the audit log's last event.",
            hint="Set the computer's clock: sign-ins go by it.",
        )
    return _good("clock", "The clock agrees with the audit log.")


def shut_log_finding(reason: str) -> Finding:
    """A log whose key is out of reach."""
    return Finding(
        rule="audit",
        outcome=Outcome.NOTE,
        sentence=f"The audit log could not be verified: {reason}",
        hint="Unlock the keychain, then look again.",
    )


def large_log_finding(mebibytes: int) -> Finding:
    """A log that takes long to verify."""
    return Finding(
        rule="audit",
        outcome=Outcome.NOTE,
        sentence=f"The audit log is large ({mebibytes} MiB) and was not verified now.",
        hint="Verify it with `keyfob audit verify`, or on the page Activity.",
        fix=Fix(words="Show", verb="show", args={"page": "activity"}),
    )


def config_finding(problem: str | None, hint: str = "") -> Finding:
    """Whether config.toml can be read, every key of it."""
    if problem is None:
        return _good("config", "config.toml is in order.")
    return Finding(
        rule="config",
        outcome=Outcome.BAD,
        sentence=f"config.toml is not in force as it is: {problem}",
        hint=hint or "Correct what it names; until then the last good one holds.",
    )


def engine_finding(problem: str, hint: str) -> Finding:
    """Why no engine could be asked."""
    return Finding(rule="engine", outcome=Outcome.BAD, sentence=problem, hint=hint)


def _good(rule: str, sentence: str, about: str | None = None) -> Finding:
    return Finding(rule=rule, outcome=Outcome.GOOD, sentence=sentence, about=about)


def _versions(premises: Premises) -> Finding:
    qt = f", Qt {premises.qt}" if premises.qt else ", without a window"
    told = f"Keyfob {premises.keyfob}, Python {premises.python}{qt}, {premises.system}."
    old = tuple(map(int, premises.python.split(".")[:2])) < (3, 12)
    if old and premises.qt is not None and premises.qt.startswith(_BROKEN_QT):
        return Finding(
            rule="versions",
            outcome=Outcome.BAD,
            sentence=told,
            hint="PySide6 6.12 crashes on this Python: install 6.11, or Python 3.12 or newer.",
        )
    return _good("versions", told)


def _folders(premises: Premises) -> Iterator[Finding]:
    wrong = [one for one in premises.folders if not one.is_ours or one.mode & 0o077]
    if not wrong:
        yield _good("folders", "Keyfob's folders and sockets are closed to others.")
    for one in wrong:
        if not one.is_ours:
            yield Finding(
                rule="folders",
                outcome=Outcome.BAD,
                sentence=f"{one.path} belongs to another user.",
                hint="Remove it, or set KEYFOB_HOME to a folder of your own.",
                about=one.path,
            )
            continue
        yield Finding(
            rule="folders",
            outcome=Outcome.BAD,
            sentence=f"{one.path} can be opened by others ({one.mode:03o}).",
            hint=f"Close it: chmod {'700' if one.mode & 0o100 else '600'} {one.path}",
            about=one.path,
            fix=Fix(words="Close it to others", verb="doctor.close"),
        )


def _disk(premises: Premises) -> Finding:
    free, audit = premises.free // _MEBIBYTE, premises.audit // _MEBIBYTE
    told = f"{free:,} MiB are free on the disk; the audit log has {audit:,} MiB."
    if premises.free >= _LITTLE:
        return _good("disk", told)
    return Finding(
        rule="disk",
        outcome=Outcome.BAD if premises.free < _NONE_LEFT else Outcome.WARNING,
        sentence=told,
        hint="Make room: nothing is forwarded while the log cannot be written.",
    )


def _store(status: Status) -> Finding:
    store = status.store
    if store.condition is StoreCondition.READY:
        return _good("store", f"Your secrets are in {store.name}, and it is open.")
    words = {
        StoreCondition.LOCKED: f"{store.name} is locked.",
        StoreCondition.MISSING: "There is no keychain that Keyfob can use.",
        StoreCondition.FROZEN: f"{store.name} does not answer.",
        StoreCondition.OUTDATED: "The file with your secrets is an older one.",
        StoreCondition.GONE: "The file with your secrets is gone.",
    }
    reason = f" {store.reason}" if store.reason else ""
    can_open = store.condition is StoreCondition.LOCKED
    return Finding(
        rule="store",
        outcome=Outcome.BAD,
        sentence=f"{words[store.condition]}{reason}",
        hint=store.hint or "",
        fix=Fix(words="Unlock…", verb="show", args={"page": "settings", "then": "unlock"})
        if can_open
        else Fix(words="Show", verb="show", args={"page": "settings"}),
    )


def _latch(status: Status) -> Iterator[Finding]:
    if status.latch.condition is LatchCondition.LOCKED:
        yield Finding(
            rule="lock",
            outcome=Outcome.NOTE,
            sentence="Keyfob is locked: no call passes.",
            hint="Unlock it. What locks it by itself stands on the page Settings.",
            fix=Fix(words="Unlock…", verb="unlock"),
        )
    elif status.latch.condition is LatchCondition.PAUSED:
        yield Finding(
            rule="lock",
            outcome=Outcome.NOTE,
            sentence="Keyfob is paused: no call passes.",
            hint="`keyfob resume` lets calls pass again.",
            fix=Fix(words="Let calls pass", verb="resume"),
        )


def _listening(status: Status) -> Finding:
    if status.url is not None and status.socket is not None:
        return _good("port", f"Clients reach Keyfob at {status.url} and by its socket.")
    return Finding(
        rule="port",
        outcome=Outcome.BAD,
        sentence=visible(status.problem or "Clients cannot reach Keyfob."),
        hint="Make new tokens for your clients if another program held the port.",
        fix=Fix(words="Show", verb="show", args={"page": "clients"}),
    )


def _not_running() -> Finding:
    return Finding(
        rule="engine",
        outcome=Outcome.NOTE,
        sentence="Keyfob is not running.",
        hint="Start it with `keyfob`, or without a window with `keyfob serve`.",
    )


def _account(account: AccountState, now: float) -> Finding:
    name, why = account.name, f" {account.reason}" if account.reason else ""
    show = Fix(words="Show", verb="show", args={"page": "accounts", "name": name})
    match account.condition:
        case AccountCondition.NEEDS_YOU:
            return Finding(
                rule="account",
                outcome=Outcome.BAD,
                sentence=f"The sign-in of {name} has ended.{why}",
                hint="Sign in again.",
                about=name,
                fix=show,
            )
        case AccountCondition.FAILED:
            return Finding(
                rule="account",
                outcome=Outcome.WARNING,
                sentence=f"{name} cannot be renewed now.{why}",
                hint="Keyfob tries again by itself.",
                about=name,
                fix=Fix(words="Try again", verb="account.refresh", args={"name": name}),
            )
        case AccountCondition.NOT_CONNECTED:
            return Finding(
                rule="account",
                outcome=Outcome.NOTE,
                sentence=f"{name} is not connected.",
                hint="Connect it, or remove its table from config.toml.",
                about=name,
                fix=show,
            )
        case AccountCondition.UNREAD:
            told = f"{name} cannot be read now.{why}"
            return Finding(rule="account", outcome=Outcome.NOTE, sentence=told, about=name)
        case AccountCondition.HEALTHY | AccountCondition.REFRESHING:
            if account.remind_at is not None and now >= account.remind_at:
                days = max(0, int(((account.expires_at or now) - now) // _DAY))
                return Finding(
                    rule="account",
                    outcome=Outcome.WARNING,
                    sentence=f"The key of {name} ends within {days + 1} days.",
                    hint="Make a new one, then replace it.",
                    about=name,
                    fix=show,
                )
            return _good("account", f"{name} is connected.", name)


def _server(server: ServerState) -> Finding:
    if server.reason and server.account_condition in (
        None,
        AccountCondition.HEALTHY,
        AccountCondition.REFRESHING,
    ):
        return Finding(
            rule="server",
            outcome=Outcome.WARNING,
            sentence=f"{server.name}: {visible(server.reason)}",
            about=server.name,
            fix=Fix(words="Show", verb="show", args={"page": "servers", "name": server.name}),
        )
    if server.needs_account and server.account is None:
        return Finding(
            rule="server",
            outcome=Outcome.NOTE,
            sentence=f"{server.name} has no account yet.",
            hint=f"Connect it: `keyfob connect {server.name}`.",
            about=server.name,
            fix=Fix(words="Show", verb="show", args={"page": "servers", "name": server.name}),
        )
    speaks = " and ".join(server.eras) if server.eras else "nothing yet: no client has asked"
    return _good("server", f"{server.name} speaks {speaks}.", server.name)


def _edits(status: Status) -> Finding:
    if not status.unaccepted:
        return _good("edits", "No edit of config.toml waits for your yes.")
    many = len(status.unaccepted)
    one = "One edit of config.toml allows more and waits for your yes."
    return Finding(
        rule="edits",
        outcome=Outcome.WARNING,
        sentence=one
        if many == 1
        else f"{many} edits of config.toml allow more and wait for your yes.",
        hint="`keyfob config check` shows them, `keyfob config accept` puts them in force.",
        fix=Fix(words="Look…", verb="config.accept"),
    )
