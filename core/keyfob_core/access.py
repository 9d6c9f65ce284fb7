"""Whether a client may call a tool: pure rules, no person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase
from math import inf
from typing import NamedTuple

from keyfob_core.config import Config, Levels, Rule
from keyfob_core.model import Verdict
from keyfob_core.tools.pins import Facts
from keyfob_core.traits import UNSAID, Trait


class Ruling(NamedTuple):
    """A verdict and what it rests on."""

    verdict: Verdict
    decided_by: str


def judge(
    config: Config,
    *,
    client: str,
    server: str,
    tool: str | None,
    account: str | None,
    now: float,
    facts: Facts | None = None,
) -> Ruling:
    """The verdict on one tool, or on the server as such where `tool` is None.

    An explicit deny anywhere wins; then rules, tool, group, server, defaults, each
    client-specific first. A server as such is closed only by an explicit deny: its tools are
    judged one by one. `facts` are what is known of the tool as it was approved.
    """
    return deciding(
        rulings(
            config,
            client=client,
            server=server,
            tool=tool,
            account=account,
            now=now,
            facts=facts,
        )
    )


class Judge:
    """Answers verdicts; remembers each until the intent changes or a rule's time is over."""

    def __init__(self, config: Callable[[], Config], clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._read_from: Config | None = None
        self._since, self._until = inf, -inf
        self._known: dict[tuple[str, str, str | None, str | None, Facts | None], Ruling] = {}

    def ruling(
        self,
        client: str,
        server: str,
        tool: str | None,
        account: str | None,
        facts: Facts | None = None,
    ) -> Ruling:
        """What `judge` says now."""
        config, now = self._config(), self._clock()
        if config is not self._read_from or not self._since <= now < self._until:
            self._known.clear()
            self._read_from, self._since = config, now
            ends = (rule.until for rule in config.rules if rule.until is not None)
            self._until = min((end for end in ends if end > now), default=inf)
        key = (client, server, tool, account, facts)
        found = self._known.get(key)
        if found is None:
            found = judge(
                config,
                client=client,
                server=server,
                tool=tool,
                account=account,
                now=now,
                facts=facts,
            )
            # A client may ask for tools of any name.
            if len(self._known) < _MOST and (tool is None or len(tool) <= _LONGEST):
                self._known[key] = found
        return found


_MOST = 4096
_LONGEST = 256


def deciding(found: tuple[Ruling, ...]) -> Ruling:
    """The ruling that counts: an explicit deny wherever it stands, else the first.

    The last one is the default, which is nothing that anybody said of this tool.
    """
    for ruling in found[:-1]:
        if ruling.verdict is Verdict.DENY:
            return ruling
    return found[0]


def rulings(
    config: Config,
    *,
    client: str,
    server: str,
    tool: str | None,
    account: str | None,
    now: float,
    facts: Facts | None = None,
) -> tuple[Ruling, ...]:
    """All that is said of a tool, the strongest word first but for an explicit deny."""
    default = config.default_access if tool is not None else Verdict.ALLOW
    found = _rulings(config, client, server, tool, account, now, facts)
    preset = _preset(config, client, facts) if tool is not None else ()
    return (*found, *preset, Ruling(default, "defaults.access"))


def may_deny_a_tool(config: Config, *, client: str, server: str) -> bool:
    """Whether any tool of the server could be denied to the client, so that lists need a look."""
    if config.default_access is Verdict.DENY or client in config.read_only_clients:
        return True
    if any(
        rule.access is Verdict.DENY
        and (rule.tool is not None or rule.group is not None or not _no_facts_wanted(rule))
        for rule in config.rules_for(server)
    ):
        return True
    return any(
        any(level.access is Verdict.DENY for level in levels.tools.values())
        or any(group.access is Verdict.DENY for group in levels.groups)
        for levels, _ in config.levels(client, server)
    )


def _preset(config: Config, client: str, facts: Facts | None) -> tuple[Ruling, ...]:
    """The last word but the default: a preset forbids everywhere, and allows where nobody spoke."""
    if client not in config.read_only_clients:
        return ()
    allowed = facts is not None and Trait.READ_ONLY in facts.traits
    return (Ruling(Verdict.ALLOW if allowed else Verdict.DENY, f"clients.{client}.preset"),)


def _rulings(
    config: Config,
    client: str,
    server: str,
    tool: str | None,
    account: str | None,
    now: float,
    facts: Facts | None,
) -> Iterator[Ruling]:
    levels = config.levels(client, server)
    traits = facts.traits if facts is not None else UNSAID
    for rule in config.rules_for(server):
        if (
            _rule_holds(rule, client, tool, account, now)
            and _in_group(rule, levels, tool, traits)
            and (_no_facts_wanted(rule) or _fits(rule, tool, facts))
        ):
            yield Ruling(rule.access, f"rule {rule.id}")
    if tool is not None:
        for one, where in levels:
            own = one.tools.get(tool)
            if own is not None and own.access is not None:
                yield Ruling(own.access, f"{where}.tools.{tool}")
        for one, where in levels:
            yield from _group_ruling(one, where, tool, traits)
    for one, where in levels:
        if one.access is not None:
            yield Ruling(one.access, where)


def _group_ruling(
    levels: Levels, where: str, tool: str, traits: Collection[Trait]
) -> Iterator[Ruling]:
    group = levels.group_of(tool, traits)
    if group is not None and group.access is not None:
        yield Ruling(group.access, f"{where}.groups.{group.name}")


def _in_group(
    rule: Rule,
    levels: tuple[tuple[Levels, str], ...],
    tool: str | None,
    traits: Collection[Trait],
) -> bool:
    if rule.group is None:
        return True
    groups = (one.group_of(tool, traits) for one, _ in levels) if tool is not None else ()
    return any(group is not None and group.name == rule.group for group in groups)


def _rule_holds(rule: Rule, client: str, tool: str | None, account: str | None, now: float) -> bool:
    return (
        (rule.until is None or now < rule.until)
        and (rule.client is None or rule.client == client)
        and (rule.account is None or rule.account == account)
        and (rule.tool is None if tool is None else _tool_matches(rule.tool, tool))
    )


def _no_facts_wanted(rule: Rule) -> bool:
    return not rule.annotations and rule.pin is None


def _fits(rule: Rule, tool: str | None, facts: Facts | None) -> bool:
    """Whether what the tool says of itself, and that it is still the same, make the rule hold.

    A tool that nobody approved counts as one without annotations. Only what allows is given for
    one text: a no outlives a change.
    """
    if tool is None:
        return False
    digest = facts.digest if facts is not None else None
    if rule.pin is not None and rule.access is Verdict.ALLOW and rule.pin != digest:
        return False
    return set(rule.annotations) <= (facts.traits if facts is not None else UNSAID)


def _tool_matches(selector: str | None, tool: str) -> bool:
    return selector is None or fnmatchcase(tool, selector)
