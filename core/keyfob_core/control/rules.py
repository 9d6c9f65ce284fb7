"""Rules: those a command adds, and those a person's lasting answer leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from keyfob_core.config import Config, Rule
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.control.undo import Removed, Undos
from keyfob_core.control.widening import Widening
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.model import AuditEvent, AuthContext, Verdict
from keyfob_core.ports import Audit, Clock
from keyfob_core.prompts import Decision, Lasts, WideningPrompt
from keyfob_core.settings.config_file import drop_rule, put_rule
from keyfob_core.tables import nearest
from keyfob_core.traits import Trait

_HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """A rule as people see it."""

    id: str
    client: str | None
    server: str | None
    group: str | None
    tool: str | None
    account: str | None
    access: Verdict
    until: float | None
    annotations: tuple[Trait, ...]
    """What a tool says of itself, all of it, where the rule is for such tools alone."""
    pin: str | None
    """The digest of the tool's text that the rule ends with."""
    decides: str
    """The rule as a sentence."""


class Rules:
    """Adds and removes rules in the configuration."""

    def __init__(
        self,
        config: LiveConfig,
        widening: Widening,
        undos: Undos,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._config = config
        self._undos = undos
        self._widening = widening
        self._audit = audit
        self._clock = clock

    def list(self) -> tuple[RuleState, ...]:
        """The rules in the order of the file."""
        return tuple(_state(rule) for rule in self._config().rules)

    async def add(
        self,
        *,
        client: str | None,
        server: str | None,
        group: str | None,
        tool: str | None,
        annotations: tuple[Trait, ...],
        access: Verdict,
        hours: int | None,
        confirmed: bool,
    ) -> RuleState:
        """Add a rule; one that allows more waits for a yes."""
        config = self._config()
        if server is not None:
            config.server(server)
        if group is not None:
            _check_group(config, client, server, group)
        until = self._clock() + hours * _HOUR if hours else None
        rule = Rule(_new_id(config), access, client, server, tool, None, until, group, annotations)
        if access is Verdict.ALLOW or config.default_access is Verdict.DENY:
            await self._agree("Add a rule", rule, confirmed=confirmed)
        return self._put(rule)

    async def remove(self, rule_id: str, *, confirmed: bool) -> Removed:
        """Remove a rule; removing one that forbids or asks allows more and waits for a yes."""
        rule = next((rule for rule in self._config().rules if rule.id == rule_id), None)
        if rule is None:
            raise UnknownName(f"There is no rule {rule_id!r}.", "See `keyfob rule list`.")
        if rule.access is not Verdict.ALLOW:
            await self._agree("Remove a rule", rule, confirmed=confirmed)
        removed = self._undos.remove(
            f"the rule that {_sentence(rule)}",
            drop_rule(rule_id),
            put_rule(rule),
            _event("rule_added", rule),
        )
        self._record("rule_removed", rule)
        return removed

    async def keep_answer(self, context: AuthContext, decision: Decision) -> str:
        """Keep a lasting decision as a rule and answer its id."""
        config = self._config()
        hours = decision.hours or 1
        until = self._clock() + hours * _HOUR if decision.lasts is Lasts.HOURS else None
        access = Verdict.ALLOW if decision.allow else Verdict.DENY
        rule = Rule(
            _new_id(config),
            access,
            context.client.name,
            context.server,
            context.tool,
            context.account,
            until,
            # What forbids outlives a change of the tool.
            pin=context.pin if decision.allow else None,
        )
        # Two calls that joined one prompt bring the same answer.
        for known in config.rules:
            if _same(known, rule):
                return known.id
        return self._put(rule).id

    async def _agree(self, title: str, rule: Rule, *, confirmed: bool) -> None:
        prompt = WideningPrompt(title=title, text=f"{title}: {_sentence(rule)}?", details=())
        await self._widening.agree(prompt, confirmed=confirmed)

    def _put(self, rule: Rule) -> RuleState:
        self._config.edit(put_rule(rule))
        self._record("rule_added", rule)
        return _state(rule)

    def _record(self, event: str, rule: Rule) -> None:
        note(self._audit, _event(event, rule))


def _event(name: str, rule: Rule) -> AuditEvent:
    return AuditEvent(
        event=name,
        client=rule.client,
        server=rule.server,
        tool=rule.tool,
        account=rule.account,
        details={"rule": rule.id, "access": rule.access.value, "until": rule.until},
    )


def _new_id(config: Config) -> str:
    numbers = [int(r.id[1:]) for r in config.rules if r.id[:1] == "r" and r.id[1:].isdecimal()]
    return f"r{max(numbers, default=0) + 1}"


def _check_group(config: Config, client: str | None, server: str | None, group: str) -> None:
    if server is None:
        raise ConfigInvalid("server", "is missing", "A group belongs to a server: name it too.")
    names = {one.name for levels, _ in config.levels(client or "", server) for one in levels.groups}
    if group not in names:
        raise UnknownName(
            f"The server {server} has no group {group!r}.",
            nearest(group, names) or f"Add [servers.{server}.groups.{group}] to config.toml.",
        )


def _same(one: Rule, other: Rule) -> bool:
    said = attrgetter(
        "client", "server", "group", "tool", "annotations", "account", "access", "pin"
    )
    return said(one) == said(other) and (one.until is None) == (other.until is None)


def _state(rule: Rule) -> RuleState:
    return RuleState(
        id=rule.id,
        client=rule.client,
        server=rule.server,
        group=rule.group,
        tool=rule.tool,
        account=rule.account,
        access=rule.access,
        until=rule.until,
        annotations=rule.annotations,
        pin=rule.pin,
        decides=_sentence(rule),
    )


def _sentence(rule: Rule) -> str:
    says = {
        Verdict.ALLOW: "may call",
        Verdict.ASK: "asks before it calls",
        Verdict.DENY: "may never call",
    }
    account = f" with the account {rule.account}" if rule.account else ""
    group = f" in the group {rule.group}" if rule.group else ""
    said = " and ".join(rule.annotations)
    kind = f" that says it is {said}" if said else ""
    pinned = " as long as it stays as it was" if rule.pin else ""
    return (
        f"{rule.client or 'every client'} {says[rule.access]} {rule.tool or 'every tool'}{kind}"
        f"{group} of {rule.server or 'every server'}{account}{pinned}"
    )
