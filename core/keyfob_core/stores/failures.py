"""What a keychain's errors mean."""

from __future__ import annotations

from collections.abc import Iterator

from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.states import StoreCondition, StoreState
from keyfob_core.stores.backends import Backend

# By name: the classes exist only where the platform's packages are installed.
_LOCKED = frozenset({"KeyringLocked", "LockedException", "PromptDismissedException"})
_ERR_SEC_INTERACTION_NOT_ALLOWED = -25308
"""macOS over ssh: locked, and no screen to ask on; keyring calls it an unknown error."""
_NOTHING_TO_DELETE = frozenset({"NotFound"})


class KeychainFailed(Exception):
    """A keychain call failed; the cause is the backend's own error."""

    def __init__(self, condition: StoreCondition, reason: str) -> None:
        super().__init__(reason)
        self.condition = condition
        self.reason = reason


def failure_of(error: Exception) -> KeychainFailed:
    """What any error of a backend says of its keychain.

    The reason carries the error's kind and number, not its text, which might quote a secret.
    """
    for link in _chain(error):
        status: object = link.args[0] if link.args else None
        if type(link).__name__ in _LOCKED or status == _ERR_SEC_INTERACTION_NOT_ALLOWED:
            return KeychainFailed(StoreCondition.LOCKED, "It is locked.")
    if any(isinstance(link, TimeoutError) for link in _chain(error)):
        return KeychainFailed(StoreCondition.FROZEN, "It does not answer.")
    return KeychainFailed(StoreCondition.MISSING, f"It cannot be used ({_kind(error)}).")


def is_nothing_to_delete(error: Exception) -> bool:
    """Whether a failed delete only means that the item was gone already."""
    if type(error).__name__ != "PasswordDeleteError":
        return False
    # macOS wraps every failure in this class, and says which in the cause.
    return error.__cause__ is None or type(error.__cause__).__name__ in _NOTHING_TO_DELETE


def state_of(backend: Backend, condition: StoreCondition, reason: str | None = None) -> StoreState:
    """A condition with the platform's hint."""
    hint = {
        StoreCondition.READY: None,
        StoreCondition.LOCKED: backend.hints.locked,
        StoreCondition.MISSING: backend.hints.missing,
        StoreCondition.FROZEN: backend.hints.frozen,
    }[condition]
    return StoreState(name=backend.product, condition=condition, reason=reason, hint=hint)


def store_error(backend: Backend, failure: KeychainFailed) -> StoreLocked | StoreUnavailable:
    """The error that the rest of Keyfob understands."""
    state = state_of(backend, failure.condition)
    texts = {
        StoreCondition.LOCKED: f"The {backend.product} is locked.",
        StoreCondition.FROZEN: f"The {backend.product} does not answer.",
    }
    message = texts.get(
        failure.condition, f"The {backend.product} is not available: {failure.reason}"
    )
    kind = StoreLocked if failure.condition is StoreCondition.LOCKED else StoreUnavailable
    return kind(message, state.hint or "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _kind(error: Exception) -> str:
    # The system's own words for an error number, a D-Bus error's name, a missing module's name.
    named: object = getattr(error, "strerror", None) or getattr(error, "name", None)
    kind = type(error).__name__
    return f"{kind}: {named}" if named else kind
