"""All secrets from one store to another, and no moment at which one is in neither."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from keyfob_core.errors import StoreUnavailable
from keyfob_core.ports import Progress, SecretStore
from keyfob_core.steps import Step

_ROUNDS = 3


class Doing(StrEnum):
    """What a move is at."""

    COPYING = "copying"
    CHECKING = "checking"
    ERASING = "erasing"


@dataclass(frozen=True, slots=True)
class Moving:
    """How far a move is: the key it is at, and its number among all of them from 1 on."""

    doing: Doing
    key: str
    number: int
    of: int


MoveProgress = Callable[[Moving], None]
"""Told each step of a move before it is done."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What the target holds as well as the source, each read back from it and found the same."""

    keys: tuple[str, ...]


async def copy(
    source: SecretStore, target: SecretStore, keys: Iterable[str], *, progress: MoveProgress
) -> Copied:
    """Copy the secrets and read each back; the source is left as it is.

    The source counts: what lies in the target under these keys is replaced. Nothing else may
    write the source meanwhile. Stopped anywhere, it can be begun again. Raises StoreLocked or
    StoreUnavailable, and then nothing has been switched.
    """
    names = tuple(dict.fromkeys(keys))
    await _copy_all(source, target, names, progress)
    for _ in range(_ROUNDS):
        changed = await _differing(source, target, names, progress)
        if not changed:
            return Copied(names)
        await _copy_all(source, target, changed, progress)
    raise StoreUnavailable(
        "The secrets read back from the new store are not the ones that were written.",
        "Nothing has changed: the old store is still in use. Look at the new one, then try again.",
    )


async def erase_source(
    source: SecretStore, target: SecretStore, copied: Copied, *, progress: MoveProgress
) -> None:
    """Erase from the source what the target holds; only after the switch is on the disk.

    May be begun again after a stop; the target's secrets may have been renewed since. Raises
    StoreUnavailable, with nothing erased, where the target lacks one that the source has.
    """
    left = [key for key in copied.keys if await source.reread(key) is not None]
    for key in left:
        if await target.reread(key) is None:
            raise StoreUnavailable(
                f"The new store does not hold {key}, so nothing was erased from the old one.",
                "Move again, from the old store to the new one.",
            )
    for number, key in enumerate(left, 1):
        progress(Moving(Doing.ERASING, key, number, len(left)))
        await source.erase(key)


async def move(
    source: SecretStore,
    target: SecretStore,
    keys: Iterable[str],
    *,
    switch: Callable[[Copied], Awaitable[None]],
    progress: MoveProgress,
) -> Copied:
    """Copy, let the caller switch to the target, and erase the source, in this order.

    `switch` must have made the target the chosen store for good when it returns: from then on the
    source is erased. After a stop, `move` again if it had not returned, else `erase_source`.
    Raises StoreLocked, StoreUnavailable and what `switch` raises.
    """
    copied = await copy(source, target, keys, progress=progress)
    await switch(copied)
    await erase_source(source, target, copied, progress=progress)
    return copied


async def move_secrets(
    source: SecretStore,
    target: SecretStore,
    keys: Iterable[str],
    switch: Callable[[], Awaitable[None]],
    progress: Progress,
) -> int:
    """Move as `move` does, told in words, and answer how many secrets were moved."""

    async def switched(_: Copied) -> None:
        await switch()

    moved = await move(source, target, keys, switch=switched, progress=_teller(progress))
    return len(moved.keys)


async def erase_moved(
    source: SecretStore, target: SecretStore, keys: tuple[str, ...], progress: Progress
) -> int:
    """Finish a move that was stopped after its switch, told in words; answers how many keys."""
    await erase_source(source, target, Copied(keys), progress=_teller(progress))
    return len(keys)


def _teller(progress: Progress) -> MoveProgress:
    def tell(moving: Moving) -> None:
        if moving.number == moving.of:
            progress(Step(moving.doing.value, _done(moving.doing, moving.of)))

    return tell


def _done(doing: Doing, secrets: int) -> str:
    match doing:
        case Doing.COPYING:
            return f"Copied {secrets} secrets."
        case Doing.CHECKING:
            return f"Read {secrets} secrets back and compared them."
        case Doing.ERASING:
            return f"Erased {secrets} secrets from the old store."


async def _copy_all(
    source: SecretStore, target: SecretStore, keys: tuple[str, ...], progress: MoveProgress
) -> None:
    for number, key in enumerate(keys, 1):
        progress(Moving(Doing.COPYING, key, number, len(keys)))
        secret = await source.reread(key)
        if secret is not None:
            await target.put(key, secret)
        else:
            # One left there by an earlier attempt must not come back to life.
            await target.erase(key)


async def _differing(
    source: SecretStore, target: SecretStore, keys: tuple[str, ...], progress: MoveProgress
) -> tuple[str, ...]:
    found: list[str] = []
    for number, key in enumerate(keys, 1):
        progress(Moving(Doing.CHECKING, key, number, len(keys)))
        if await target.reread(key) != await source.reread(key):
            found.append(key)
    return tuple(found)
