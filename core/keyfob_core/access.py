"""Whether a client may call a tool: pure rules, no person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    first: Ruling | None = None
    for ruling in _rulings(config, client, server, tool, account, now):
        if ruling.verdict is Verdict.DENY:
            return ruling
        first = first or ruling
    return first or Ruling(Verdict.ALLOW if tool is None else config.default_access, "defaults")


def may_deny_a_tool(config: Config, *, client: str, server: str) -> bool:
    """Whether any tool of the server could be denied to the client, so that lists need a look."""
    if config.default_access is Verdict.DENY:
        return True
    if any(
        rule.access is Verdict.DENY and rule.tool is not None for rule in config.rules_for(server)
    ):
        return True
    return any(
        Verdict.DENY in levels.tools.values()
        or any(group.access is Verdict.DENY for group in levels.groups)
        for levels, _ in _levels(config, client, server)
    )


def _rulings(
    config: Config, client: str, server: str, tool: str | None, account: str | None, now: float
) -> Iterator[Ruling]:
    for rule in config.rules_for(server):
        if _rule_holds(rule, client, tool, account, now):
            yield Ruling(rule.access, f"rule {rule.id}")
    levels = _levels(config, client, server)
    if tool is not None:
        for one, where in levels:
            if tool in one.tools:
                yield Ruling(one.tools[tool], f"{where}.tools.{tool}")
        for one, where in levels:
            yield from _group_ruling(one, where, tool)
    for one, where in levels:
        if one.access is not None:
            yield Ruling(one.access, where)


def _group_ruling(levels: Levels, where: str, tool: str) -> Iterator[Ruling]:
    for group in levels.groups:
        if any(fnmatchcase(tool, pattern) for pattern in group.tools):
            if group.access is not None:
                yield Ruling(group.access, f"{where}.groups.{group.name}")
            return


def _levels(config: Config, client: str, server: str) -> tuple[tuple[Levels, str], ...]:
    own: Mapping[str, Levels] = config.clients.get(client, {})
    found = [(own[server], f"clients.{client}.servers.{server}")] if server in own else []
    if server in config.servers:
        found.append((config.servers[server].levels, f"servers.{server}"))
    return tuple(found)


def _rule_holds(rule: Rule, client: str, tool: str | None, account: str | None, now: float) -> bool:
    return (
        (rule.until is None or now < rule.until)
        and (rule.client is None or rule.client == client)
        and (rule.account is None or rule.account == account)
        and (rule.tool is None if tool is None else _tool_matches(rule.tool, tool))
    )


def _tool_matches(selector: str | None, tool: str) -> bool:
    return selector is None or fnmatchcase(tool, selector)
