"""What the engine answers about the tools of servers and about rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyfob_desktop.answers import listed, mapped, text_in


@dataclass(frozen=True, slots=True)
class ToolShown:
    """One tool, with what holds for it and why."""

    name: str
    pin: str
    """approved, new, changed, rejected or unpinned."""
    pending: str
    own: str
    """What its own table says, or nothing."""
    access: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule, by its parts; an empty part means any."""

    id: str
    access: str
    client: str
    server: str
    group: str
    tool: str
    account: str
    annotations: tuple[str, ...]
    until: float | None
    is_pinned: bool


def tool_states_in(answer: object) -> tuple[ToolShown, ...]:
    """The answer of `tool.list` and of `tool.access`."""
    return tuple(_tool(mapped(each)) for each in listed(answer))


def rules_in(answer: object) -> tuple[RuleShown, ...]:
    """The answer of `rule.list`."""
    return tuple(_rule(mapped(each)) for each in listed(answer))


def _tool(told: Mapping[str, Any]) -> ToolShown:
    names = ("name", "pin", "pending", "own", "access", "decided_by")
    return ToolShown(*(text_in(told, name) for name in names))


def _rule(told: Mapping[str, Any]) -> RuleShown:
    names = ("id", "access", "client", "server", "group", "tool", "account")
    until = told.get("until")
    return RuleShown(
        *(text_in(told, name) for name in names),
        annotations=tuple(str(each) for each in listed(told.get("annotations") or ())),
        until=float(until) if isinstance(until, int | float) else None,
        is_pinned=bool(told.get("pin")),
    )
