"""Whether a client may call a tool: pure rules, no person."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from keyfob_core.config import Config, Levels, Rule
from keyfob_core.model import Verdict


class Ruling(NamedTuple):
    """A verdict and what it rests on."""

    verdict: Verdict
    decided_by: str


def judge(
    config: Config, *, client: str, server: str, tool: str | None, account: str | None, now: float
) -> Ruling:
    """The verdict on one tool, or on the server as such where `tool` is None.

    An explicit deny anywhere wins; then rules, tool, group, server, defaults, each
    client-specific first. A server as such is closed only by an explicit deny: its tools are
    judged one by one.
    """
    return deciding(
        rulings(config, client=client, server=server, tool=tool, account=account, now=now)
    )


def deciding(found: tuple[Ruling, ...]) -> Ruling:
    """The ruling that counts: an explicit deny wherever it stands, else the first.

    The last one is the default, which is nothing that anybody said of this tool.
    """
    for ruling in found[:-1]:
        if ruling.verdict is Verdict.DENY:
            return ruling
    return found[0]


def rulings(
    config: Config, *, client: str, server: str, tool: str | None, account: str | None, now: float
) -> tuple[Ruling, ...]:
    """All that is said of a tool, the strongest word first but for an explicit deny."""
    default = config.default_access if tool is not None else Verdict.ALLOW
    found = _rulings(config, client, server, tool, account, now)
    return (*found, Ruling(default, "defaults.access"))


def may_deny_a_tool(config: Config, *, client: str, server: str) -> bool:
    """Whether any tool of the server could be denied to the client, so that lists need a look."""
    if config.default_access is Verdict.DENY:
        return True
    if any(
        rule.access is Verdict.DENY and (rule.tool is not None or rule.group is not None)
        for rule in config.rules_for(server)
    ):
        return True
    return any(
        any(level.access is Verdict.DENY for level in levels.tools.values())
        or any(group.access is Verdict.DENY for group in levels.groups)
        for levels, _ in config.levels(client, server)
    )


def _rulings(
    config: Config, client: str, server: str, tool: str | None, account: str | None, now: float
) -> Iterator[Ruling]:
    levels = config.levels(client, server)
    for rule in config.rules_for(server):
        if _rule_holds(rule, client, tool, account, now) and _in_group(rule, levels, tool):
            yield Ruling(rule.access, f"rule {rule.id}")
    if tool is not None:
        for one, where in levels:
            own = one.tools.get(tool)
            if own is not None and own.access is not None:
                yield Ruling(own.access, f"{where}.tools.{tool}")
        for one, where in levels:
            yield from _group_ruling(one, where, tool)
    for one, where in levels:
        if one.access is not None:
            yield Ruling(one.access, where)


def _group_ruling(levels: Levels, where: str, tool: str) -> Iterator[Ruling]:
    group = levels.group_of(tool)
    if group is not None and group.access is not None:
        yield Ruling(group.access, f"{where}.groups.{group.name}")


def _in_group(rule: Rule, levels: tuple[tuple[Levels, str], ...], tool: str | None) -> bool:
    if rule.group is None:
        return True
    groups = (one.group_of(tool) for one, _ in levels) if tool is not None else ()
    return any(group is not None and group.name == rule.group for group in groups)


def _rule_holds(rule: Rule, client: str, tool: str | None, account: str | None, now: float) -> bool:
    return (
        (rule.until is None or now < rule.until)
        and (rule.client is None or rule.client == client)
        and (rule.account is None or rule.account == account)
        and (rule.tool is None if tool is None else _tool_matches(rule.tool, tool))
    )


def _tool_matches(selector: str | None, tool: str) -> bool:
    return selector is None or fnmatchcase(tool, selector)
