"""How accounts are: what keeps their renewal up, and until when it is not tried again."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from keyfob_core.errors import (
    Error,
    OAuthFailed,
    SignInNeeded,
    StateUnavailable,
    UpstreamUnreachable,
)
from keyfob_core.model import Token
from keyfob_core.ports import Clock, Pause, PauseTable
from keyfob_core.renewals import is_lasting
from keyfob_core.states import AccountCondition

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
_SPREAD = 0.25
_UNKNOWN_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
_BELIEVED_REFUSALS = 2
_REFUSED_PAUSE = 20.0
"""Seconds in which an issuer that is being changed may come to know us again."""
_NOT_OF_THE_SIGN_IN = frozenset(
    {
        "bad_response",
        "insecure_url",
        "invalid_scope",
        "invalid_target",
        "unsupported_grant_type",
    }
)
"""What a captive portal or a broken issuer comes to: a new sign-in would be asked for in vain."""
_DOUBTED = "invalid_request"
"""What some issuers say of a dead refresh token as well; believed when it is said again."""


@dataclass(slots=True)
class _Health:
    condition: AccountCondition = AccountCondition.HEALTHY
    reason: str | None = None
    refused_generation: int = 0
    refused_until: float = 0.0
    dead_generation: int = 0
    doubted_generation: int = 0
    declined_generation: int = 0
    """What the issuer would not renew, for a reason that only a sign-in is known to help against.

    It is tried again all the same: not every issuer means that for good.
    """


class AccountHealth:
    """The conditions of accounts by name, and their pauses, which outlive a restart."""

    def __init__(self, pauses: PauseTable, clock: Clock, changed: Callable[[], None]) -> None:
        self._pauses = pauses
        self._clock = clock
        self._changed = changed
        self._accounts: dict[str, _Health] = {}

    def condition(self, account: str) -> tuple[AccountCondition, str | None]:
        """How the account is, and why."""
        health = self._of(account)
        pause = self._pauses.pause(account)
        if pause is not None and health.condition is AccountCondition.HEALTHY:
            return _condition(pause), pause.reason
        return health.condition, health.reason

    def fall(self, account: str, condition: AccountCondition, reason: str | None) -> None:
        """Note how the account is now."""
        health = self._of(account)
        health.condition, health.reason = condition, reason
        self._changed()

    def recover(self, account: str) -> None:
        """Note that the account has a new credential, or none: what was known is over."""
        self._accounts.pop(account, None)
        self._keep(account, None)

    def refuse(self, account: str, generation: int) -> None:
        """Note that the server refused a generation although it was fresh."""
        health = self._of(account)
        health.refused_generation = generation
        health.refused_until = self._clock() + _LONGEST_PAUSE
        self.fall(account, AccountCondition.FAILED, "The server refuses a fresh sign-in.")

    def is_refused(self, account: str, generation: int) -> bool:
        """Whether refreshing this generation again is no use yet: a server has bad minutes, too."""
        health = self._of(account)
        left = health.refused_until - self._clock()
        return health.refused_generation == generation and 0 < left <= _LONGEST_PAUSE

    def has_ended(self, account: str, generation: int) -> bool:
        """Whether only a person can renew this generation."""
        return self._of(account).dead_generation == generation

    def failed(self, account: str, token: Token, error: Error) -> Error:
        """Note that a renewal failed; what that means for those who wait for it.

        SignInNeeded where only a person can help. An issuer that does not know our client, or
        takes our request for a wrong one, is asked once more before it is believed: one mistake
        of its must not cost a sign-in.
        """
        code = error.oauth_code if isinstance(error, OAuthFailed) else None
        if code == "invalid_grant" and not _is_lasting(token):
            self._end(account, token.generation)
            return _ended(account)
        if code in _UNKNOWN_CLIENT:
            return self._refused_client(account, token)
        least = _REFUSED_PAUSE if code == _DOUBTED else 0.0
        self._back_off(account, error.message, least=least)
        if code is None or code in _NOT_OF_THE_SIGN_IN or self._is_doubted(account, token, code):
            return error
        if token.renewal is None:
            self._of(account).declined_generation = token.generation
            self.fall(account, AccountCondition.NEEDS_YOU, error.message)
        return _declined(error.message)

    def check(self, account: str, token: Token) -> None:
        """Raise what keeps a renewal from being tried now: SignInNeeded or UpstreamUnreachable."""
        if self.has_ended(account, token.generation):
            raise _ended(account)
        pause = self._pauses.pause(account)
        if pause is None or self._clock() >= self.paused_until(account):
            return
        if self.is_client_unknown(account):
            raise _client_unknown(token)
        if self._of(account).declined_generation == token.generation:
            raise _declined(pause.reason)
        raise UpstreamUnreachable(pause.reason, "Nothing is lost. Try again in a few minutes.")

    def is_client_unknown(self, account: str) -> bool:
        """Whether the issuer is believed not to know our client any more."""
        pause = self._pauses.pause(account)
        return pause is not None and pause.refusals >= _BELIEVED_REFUSALS

    def end_pause(self, account: str) -> None:
        """Let the account be renewed again at once; the next pause is the longer all the same."""
        pause = self._pauses.pause(account)
        if pause is not None:
            self._keep(account, replace(pause, not_before=0.0))

    def paused_until(self, account: str) -> float:
        """When its renewal may be tried again, in seconds since the epoch; 0 for now."""
        pause = self._pauses.pause(account)
        # A pause from beyond its longest was made under another clock.
        if pause is None or pause.not_before - self._clock() > _LONGEST_PAUSE * (1 + _SPREAD):
            return 0.0
        return pause.not_before

    def _end(self, account: str, generation: int) -> None:
        self._of(account).dead_generation = generation
        self.fall(account, AccountCondition.NEEDS_YOU, "Its sign-in has ended.")

    def _is_doubted(self, account: str, token: Token, code: str) -> bool:
        """Whether this may still be a mistake of the issuer's; that it was said is noted."""
        if code != _DOUBTED:
            return False
        health = self._of(account)
        first = health.doubted_generation != token.generation
        health.doubted_generation = token.generation
        return first or token.renewal is not None

    def _refused_client(self, account: str, token: Token) -> Error:
        before = self._pauses.pause(account)
        refusals = 1 + (before.refusals if before else 0)
        believed = refusals >= _BELIEVED_REFUSALS
        error = _client_unknown(token) if believed else _client_unknown_now(token)
        self._back_off(account, error.message, least=_REFUSED_PAUSE, refused=True)
        return error

    def _back_off(
        self, account: str, reason: str, *, least: float = 0.0, refused: bool = False
    ) -> None:
        """Begin a pause, twice as long as the last one."""
        before = self._pauses.pause(account) or Pause(0, 0.0, reason)
        failures = before.failures + 1
        seconds = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
        seconds = max(seconds, least)
        # The jitter keeps many accounts of one issuer from coming back at the same moment.
        seconds *= random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311
        pause = Pause(failures, self._clock() + seconds, reason, before.refusals + refused)
        self._keep(account, pause)
        self.fall(account, _condition(pause), reason)

    def _keep(self, account: str, pause: Pause | None) -> None:
        # The table remembers it without its disk, and a full disk must not cost a token.
        with contextlib.suppress(StateUnavailable):
            self._pauses.keep(account, pause)

    def _of(self, account: str) -> _Health:
        return self._accounts.setdefault(account, _Health())


def _condition(pause: Pause) -> AccountCondition:
    needs_you = pause.refusals >= _BELIEVED_REFUSALS
    return AccountCondition.NEEDS_YOU if needs_you else AccountCondition.FAILED


def _is_lasting(token: Token) -> bool:
    """Whether an `invalid_grant` may pass: what renews a service does not end by itself."""
    return token.renewal is not None and is_lasting(token.renewal)


def _ended(account: str) -> SignInNeeded:
    return SignInNeeded(f"The sign-in of the account {account} has ended.", "Connect it again.")


def _declined(reason: str) -> SignInNeeded:
    return SignInNeeded(reason, "Connect the account again.")


def _client_unknown_now(token: Token) -> UpstreamUnreachable:
    return UpstreamUnreachable(
        f"{token.issuer} does not know Keyfob's client just now.",
        "Nothing is lost: Keyfob asks it once more before it asks you.",
    )


def _client_unknown(token: Token) -> SignInNeeded:
    if token.renewal is None and token.registration.dynamic:
        return SignInNeeded(
            f"{token.issuer} no longer knows Keyfob as a client.",
            "Connect the account again: Keyfob then registers anew.",
        )
    return SignInNeeded(
        f"{token.issuer} no longer accepts your client ID with its secret or key.",
        "Look at it there, then connect the account again with what is good now.",
    )
