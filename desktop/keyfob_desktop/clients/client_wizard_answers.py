"""What the engine tells the client wizard; what has another shape is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from keyfob_core.errors import EngineUnreachable
from keyfob_core.setups.client_imports import Imported, ImportPlan, Leftover, ServerPlan
from keyfob_core.setups.client_setups import SetupState, Standing

T = TypeVar("T")
_converter = make_converter()

_BROKEN = frozenset({Standing.CHANGED, Standing.GONE, Standing.OUTDATED, Standing.REVOKED})


@dataclass(frozen=True, slots=True)
class FoundClient:
    """A client on this computer, its files, and what could be done with them."""

    id: str
    label: str
    states: tuple[SetupState, ...]
    plan: ImportPlan | None
    """None where its files cannot be edited."""
    problem: str = ""

    @property
    def movable(self) -> tuple[ServerPlan, ...]:
        """The servers that can be moved into Keyfob."""
        return tuple(one for one in self.plan.servers if one.server) if self.plan else ()

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Files of other programs in which tokens lie."""
        return self.plan.leftovers if self.plan else ()

    @property
    def can_put_back(self) -> bool:
        """Whether Keyfob keeps what was moved out of its files."""
        return self.plan is not None and self.plan.can_put_back

    @property
    def is_waiting(self) -> bool:
        """Whether it could be pointed at Keyfob, or its secrets moved."""
        return self.plan is not None and (bool(self.movable) or not self.is_connected)

    @property
    def secrets(self) -> int:
        """How many secrets lie in plain text in its files, movable or not."""
        return sum(len(one.secrets) for one in self.plan.servers) if self.plan else 0

    @property
    def is_connected(self) -> bool:
        """Whether Keyfob's entry stands in each of its files."""
        return all(state.standing is Standing.STANDS for state in self.states)

    @property
    def is_broken(self) -> bool:
        """Whether an entry of Keyfob's is no longer as it was written."""
        return any(state.standing in _BROKEN for state in self.states)

    @property
    def was_written(self) -> bool:
        """Whether there is something to take out."""
        return any(state.standing is not Standing.NONE for state in self.states)


def states_in(answer: object) -> dict[str, tuple[SetupState, ...]]:
    """The answer of `client.list`: the files of each client, by its id."""
    found: dict[str, tuple[SetupState, ...]] = {}
    for row in _listed(answer):
        states = _listed(cast("Mapping[str, object]", row).get("setups", ()))
        for state in states:
            one = _is(state, SetupState)
            if one not in found.get(one.client, ()):
                found[one.client] = (*found.get(one.client, ()), one)
    return found


def plan_in(answer: object) -> ImportPlan:
    """The answer of `client.import` with `dry_run`."""
    return _is(answer, ImportPlan)


def imported_in(answer: object) -> Imported:
    """The answer of `client.import`."""
    return _is(answer, Imported)


def _listed(answer: object) -> tuple[object, ...]:
    if not isinstance(answer, list | tuple):
        raise EngineUnreachable("Keyfob's engine answered something else than was asked.")
    return tuple(cast("tuple[object, ...]", answer))


def _is(answer: object, kind: type[T]) -> T:
    """The answer itself, or what it was before it crossed from the engine's process as JSON."""
    if isinstance(answer, kind):
        return answer
    try:
        return _converter.structure(answer, kind)
    except BaseValidationError as error:
        raise EngineUnreachable(
            "Keyfob's engine answered something else than was asked."
        ) from error
