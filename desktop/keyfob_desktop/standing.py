"""What a status means for the person, in words: the tray, the banners and the lists agree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from keyfob_core.prompts import (
    AccessPrompt,
    ClientPrompt,
    Lasts,
    PairingPrompt,
    PassphrasePrompt,
    Prompt,
    SignInPrompt,
    ToolChangePrompt,
    ToolListPrompt,
    UnlockPrompt,
    WideningPrompt,
)
from keyfob_core.states import (
    AccountCondition,
    AccountState,
    LatchCondition,
    LatchState,
    LockedBy,
    ServerState,
    Status,
    StoreCondition,
    StoreState,
)
from keyfob_core.words.plain import visible
from keyfob_desktop.core_words import said

_DAY = 86400.0
_TROUBLE = frozenset({AccountCondition.NEEDS_YOU, AccountCondition.FAILED})


class Standing(StrEnum):
    """How Keyfob as a whole is; the values name the tray's icons."""

    HEALTHY = "keyfob"
    WORKING = "keyfob-working"
    NEEDS_YOU = "keyfob-needs-you"
    PAUSED = "keyfob-paused"
    LOCKED = "keyfob-locked"


class NextStep(StrEnum):
    """What helps a server most."""

    CONNECT = "connect"
    SIGN_IN = "sign in"
    RETRY = "retry"
    TRY_TOOL = "try a tool"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for the person."""

    text: str
    server: str | None = None
    """Set where a sign-in helps."""
    prompt: bool = False
    """Whether a prompt waits."""
    account: str | None = None
    """Set where the account's page helps."""
    for_person: bool = True
    """Whether nothing comes of it until the person acts."""


def standing_of(status: Status) -> Standing:
    """How Keyfob is, the worst first."""
    if is_locked(status) or status.store.condition is not StoreCondition.READY:
        return Standing.LOCKED
    if status.latch.condition is LatchCondition.PAUSED:
        return Standing.PAUSED
    if needs_of(status):
        return Standing.NEEDS_YOU
    working = any(s.account_condition is AccountCondition.REFRESHING for s in status.servers)
    return Standing.WORKING if working else Standing.HEALTHY


def is_locked(status: Status) -> bool:
    """Whether Keyfob itself is locked, whatever the keychain is."""
    return status.latch.condition is LatchCondition.LOCKED


def latch_words(latch: LatchState) -> str:
    """Why no call passes, in one sentence; nothing while they do."""
    translate = QCoreApplication.translate
    if latch.condition is LatchCondition.PAUSED:
        return translate("Standing", "Keyfob is paused: no call passes.")
    match latch.locked_by:
        case None:
            return ""
        case LockedBy.PERSON:
            return translate("Standing", "You have locked Keyfob.")
        case LockedBy.SCREEN:
            return translate("Standing", "Keyfob was locked together with the screen.")
        case LockedBy.IDLE:
            return translate("Standing", "Keyfob was locked after a time without calls.")


def standing_words(standing: Standing, latch: LatchState) -> str:
    """The standing in a few words, for tool tips."""
    translate = QCoreApplication.translate
    if standing is Standing.LOCKED and latch.condition is LatchCondition.LOCKED:
        return translate("Standing", "Keyfob is locked")
    match standing:
        case Standing.PAUSED:
            return translate("Standing", "Keyfob is paused")
        case Standing.HEALTHY:
            return translate("Standing", "Keyfob: all is well")
        case Standing.WORKING:
            return translate("Standing", "Keyfob: renewing a sign-in")
        case Standing.NEEDS_YOU:
            return translate("Standing", "Keyfob needs you")
        case Standing.LOCKED:
            return translate("Standing", "Keyfob cannot reach its keys")


def needs_of(status: Status) -> tuple[Need, ...]:
    """What waits for the person, the most pressing first."""
    needs = [Need(prompt_words(p.prompt), prompt=True) for p in status.waiting]
    if is_locked(status):
        # Nothing else can be done before that, and no account can be looked at.
        return tuple(needs)
    if status.store.condition is not StoreCondition.READY:
        needs.append(Need(store_words(status.store)))
    if status.problem:
        needs.append(Need(visible(said(status.problem))))
    if status.unaccepted:
        words = QCoreApplication.translate("Standing", "config.toml was edited and waits for you")
        needs.append(Need(words))
    needs += [
        Need(_need_words(s), server=s.name, for_person=_only_person(s.account_condition))
        for s in status.servers
        if s.account_condition in _TROUBLE
    ]
    served = {s.account for s in status.servers}
    needs += [
        Need(_account_words(a), account=a.name, for_person=_only_person(a.condition))
        for a in status.accounts
        if a.name not in served and a.condition in _TROUBLE
    ]
    return tuple(needs)


def all_needs(status: Status, now: float) -> tuple[Need, ...]:
    """What waits for the person, and of what they should be reminded where they can act."""
    reminders = () if is_locked(status) else reminders_of(status, now)
    return (*needs_of(status), *reminders)


def reminders_of(status: Status, now: float) -> tuple[Need, ...]:
    """The keys that a person should soon make anew, the most pressing first."""
    due = [a for a in status.accounts if a.remind_at is not None and now >= a.remind_at]
    due.sort(key=lambda a: a.expires_at or 0.0)
    return tuple(Need(_reminder_words(a, now), account=a.name) for a in due)


def prompt_words(prompt: Prompt) -> str:
    """A prompt in one line, from names the person gave."""
    translate = QCoreApplication.translate
    match prompt:
        case AccessPrompt():
            text = translate("Standing", "{client} asks to use {server}")
            return text.format(client=visible(prompt.client.name), server=visible(prompt.server))
        case SignInPrompt():
            more = translate("Standing", "{server} asks for more rights")
            text = (
                more
                if prompt.more_scopes
                else translate("Standing", "{server} waits for a sign-in")
            )
            return text.format(server=visible(prompt.server))
        case ClientPrompt():
            return translate("Standing", "A new program asks to use Keyfob")
        case PairingPrompt():
            return translate("Standing", "A program asks to pair with Keyfob")
        case WideningPrompt():
            return translate("Standing", "A command asks to allow more")
        case ToolListPrompt():
            text = translate("Standing", "{server} has tools that you have not seen yet")
            return text.format(server=visible(prompt.server))
        case ToolChangePrompt():
            text = translate("Standing", "{server} has changed its tools")
            return text.format(server=visible(prompt.server))
        case PassphrasePrompt():
            return translate("Standing", "Your secrets wait for their passphrase")
        case UnlockPrompt():
            return translate("Standing", "A call waits for Keyfob to be unlocked")


def store_words(store: StoreState) -> str:
    """The store's condition in one sentence."""
    translate = QCoreApplication.translate
    name = visible(said(store.name))
    match store.condition:
        case StoreCondition.READY:
            return translate("Standing", "Your keys are in {store}.").format(store=name)
        case StoreCondition.LOCKED:
            return translate("Standing", "{store} is locked.").format(store=name)
        case StoreCondition.MISSING:
            return translate("Standing", "This desktop has no keychain that Keyfob can use.")
        case StoreCondition.FROZEN:
            return translate("Standing", "{store} does not answer.").format(store=name)
        case StoreCondition.OUTDATED:
            return translate("Standing", "The file with your secrets is an older one.")
        case StoreCondition.GONE:
            return translate("Standing", "The file with your secrets is gone.")


def store_step(condition: StoreCondition) -> str:
    """What a person can press to open the store, or nothing."""
    translate = QCoreApplication.translate
    match condition:
        case StoreCondition.LOCKED:
            return translate("Standing", "Unlock…")
        case StoreCondition.OUTDATED:
            return translate("Standing", "Use the older one…")
        case StoreCondition.GONE:
            return translate("Standing", "Begin a new one…")
        case _:
            return ""


def condition_words(condition: AccountCondition | None) -> str:
    """A condition as the lists show it."""
    translate = QCoreApplication.translate
    match condition:
        case AccountCondition.HEALTHY:
            return translate("Standing", "Connected")
        case AccountCondition.REFRESHING:
            return translate("Standing", "Renewing the sign-in")
        case AccountCondition.NEEDS_YOU:
            return translate("Standing", "Sign-in has ended")
        case AccountCondition.FAILED:
            return translate("Standing", "Not working")
        case AccountCondition.NOT_CONNECTED | None:
            return translate("Standing", "Not connected")
        case AccountCondition.UNREAD:
            return translate("Standing", "Cannot be read now")


def condition_icon(condition: AccountCondition | None) -> str:
    """The name of a condition's picture."""
    match condition:
        case AccountCondition.HEALTHY:
            return "state-healthy"
        case AccountCondition.REFRESHING:
            return "state-working"
        case AccountCondition.NEEDS_YOU:
            return "state-needs-you"
        case AccountCondition.FAILED:
            return "state-failed"
        case AccountCondition.NOT_CONNECTED | None:
            return "state-not-connected"
        case AccountCondition.UNREAD:
            return "keyfob-locked"


def server_words(server: ServerState) -> str:
    """How a server is, as the lists show it."""
    return condition_words(server.account_condition) if server.needs_account else _no_account()


def all_server_words() -> tuple[str, ...]:
    """Every way in which a server can be, as the lists show it."""
    return (*map(condition_words, AccountCondition), _no_account())


def server_icon(server: ServerState) -> str:
    """The name of the picture of how a server is."""
    if not server.needs_account:
        return condition_icon(AccountCondition.HEALTHY)
    return condition_icon(server.account_condition)


def next_step(server: ServerState) -> NextStep:
    """What the server's first button does."""
    if not server.needs_account:
        return NextStep.TRY_TOOL
    return step_for(server.account_condition)


def step_for(condition: AccountCondition | None) -> NextStep:
    """What helps in a condition."""
    match condition:
        case AccountCondition.HEALTHY | AccountCondition.REFRESHING | AccountCondition.UNREAD:
            return NextStep.TRY_TOOL
        case AccountCondition.NEEDS_YOU:
            return NextStep.SIGN_IN
        case AccountCondition.FAILED:
            return NextStep.RETRY
        case AccountCondition.NOT_CONNECTED | None:
            return NextStep.CONNECT


def method_words(method: str) -> str:
    """A way in, as people call it."""
    translate = QCoreApplication.translate
    words = {
        "oauth": translate("Standing", "browser sign-in"),
        "device-code": translate("Standing", "sign-in with a code"),
        "api-key": translate("Standing", "API key"),
        "service-account": translate("Standing", "service account"),
    }
    return words.get(method, method)


def again_words(method: str) -> str:
    """What a button says that connects an account of this method again."""
    translate = QCoreApplication.translate
    words = {
        "api-key": translate("Standing", "Replace the key…"),
        "service-account": translate("Standing", "Connect again…"),
    }
    return words.get(method, translate("Standing", "Sign in again…"))


def lasts_choices(lasts: tuple[Lasts, ...]) -> tuple[tuple[str, Lasts, int | None], ...]:
    """The durations on offer, as words, duration and hours."""
    translate = QCoreApplication.translate
    words = {
        Lasts.ONCE: ((translate("Standing", "just this once"), None),),
        Lasts.SESSION: ((translate("Standing", "for this session"), None),),
        Lasts.UNTIL_LOCK: ((translate("Standing", "until Keyfob is locked"), None),),
        Lasts.HOURS: (
            (translate("Standing", "for one hour"), 1),
            (translate("Standing", "for eight hours"), 8),
        ),
        Lasts.ALWAYS: ((translate("Standing", "always, until changed"), None),),
    }
    return tuple((text, each, hours) for each in lasts for text, hours in words[each])


def _no_account() -> str:
    return QCoreApplication.translate("Standing", "Needs no account")


def _only_person(condition: AccountCondition | None) -> bool:
    # What fails is tried again.
    return condition is AccountCondition.NEEDS_YOU


def _account_words(account: AccountState) -> str:
    translate = QCoreApplication.translate
    name = visible(account.name)
    if account.condition is AccountCondition.NEEDS_YOU:
        return translate("Standing", "The account {account} needs a sign-in").format(account=name)
    return translate("Standing", "The account {account} is not working").format(account=name)


def _reminder_words(account: AccountState, now: float) -> str:
    translate = QCoreApplication.translate
    days = math.ceil(((account.expires_at or now) - now) / _DAY)
    name = visible(account.name)
    if days <= 0:
        return translate("Standing", "The key of {account} has expired").format(account=name)
    if days == 1:
        return translate("Standing", "The key of {account} expires within a day").format(
            account=name
        )
    text = translate("Standing", "The key of {account} expires in {days} days")
    return text.format(account=name, days=days)


def _need_words(server: ServerState) -> str:
    translate = QCoreApplication.translate
    name = visible(server.name)
    if server.account_condition is AccountCondition.NEEDS_YOU:
        return translate("Standing", "Sign in to {server} again").format(server=name)
    return translate("Standing", "{server} is not working").format(server=name)
