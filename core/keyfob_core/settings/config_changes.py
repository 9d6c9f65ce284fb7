"""What changed between an accepted configuration and the file, and what of it may act at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from keyfob_core.config import Config, Levels, LockSettings, Rule, Server, ToolLevel
from keyfob_core.model import Verdict

T = TypeVar("T")
_NOTHING = Levels()
_STRICTNESS = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)


@dataclass(frozen=True, slots=True)
class Change:
    """A change by hand that allows more, or sends a credential elsewhere: it waits for a yes."""

    part: str
    """The table or key, as config.toml names it."""
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The configuration in force meanwhile, and what waits."""

    in_force: Config
    waiting: tuple[Change, ...]


def compare(accepted: Config, found: Config) -> Comparison:
    """Put in force what of `found` allows no more than `accepted` did.

    What would allow more stays as it was accepted, rule by rule and table by table. What has
    nothing to do with rights (ports, waits, sizes, how tools are shown) is taken as it is found.
    """
    return _Comparing(accepted, found).result()


class _Comparing:
    def __init__(self, accepted: Config, found: Config) -> None:
        self._before = accepted
        self._found = found
        self._waiting: list[Change] = []
        # Where the default is to deny, a word that asks allows more than none.
        self._asks_widen = Verdict.DENY in (accepted.default_access, found.default_access)

    def result(self) -> Comparison:
        before, found = self._before, self._found
        servers = self._merged("servers", before.servers, found.servers, self._server_words)
        accounts = self._merged("accounts", before.accounts, found.accounts, self._account_words)
        clients = self._clients(servers)
        merged = replace(
            found,
            servers=servers,
            accounts=accounts,
            clients=clients,
            rules=self._rules(),
            default_access=self._default(),
            pinning=self._pinning(),
            read_only_clients=self._read_only(),
            proxy=self._same("network.proxy", before.proxy, found.proxy),
            client_metadata_url=self._same(
                "oauth.client_metadata_url", before.client_metadata_url, found.client_metadata_url
            ),
            lock=self._lock(),
        )
        for name in _accounts_used(merged) - set(accounts):
            if name in before.accounts:
                accounts[name] = before.accounts[name]
        return Comparison(merged, tuple(self._waiting))

    def _wait(self, part: str, words: str) -> None:
        self._waiting.append(Change(part, words))

    def _same(self, part: str, before: T, found: T) -> T:
        if before != found:
            self._wait(part, f"{before or 'nothing'} becomes {found or 'nothing'}")
        return before

    def _merged(
        self,
        table: str,
        before: Mapping[str, T],
        found: Mapping[str, T],
        words: Callable[[T | None, T], str | None],
    ) -> dict[str, T]:
        """The entries found, but for those that wait; what was removed stays away."""
        merged: dict[str, T] = {}
        for name, entry in found.items():
            old = before.get(name)
            said = words(old, entry)
            if said is None:
                merged[name] = entry
                continue
            self._wait(f"{table}.{name}", said)
            if old is not None:
                merged[name] = old
        return merged

    def _server_words(self, before: Server | None, found: Server) -> str | None:
        if before is None:
            return f"a new server at {found.address}"
        if _bare(before) != _bare(found):
            return f"{before.address} becomes {found.address}, or how it is reached changes"
        if self._is_pinned(self._before, before) and not self._is_pinned(self._found, found):
            return "its tools need no approval any more"
        return self._levels_words(before.levels, found.levels)

    def _is_pinned(self, config: Config, server: Server) -> bool:
        return config.pinning if server.pinning is None else server.pinning

    def _account_words(self, before: object, found: object) -> str | None:
        if before == found:
            return None
        return "a new account" if before is None else "signs in another way"

    def _levels_words(self, before: Levels, found: Levels) -> str | None:
        if before.account != found.account:
            return f"uses the account {found.account or 'none'} in place of {before.account}"
        if [replace(one, access=None) for one in found.groups] != [
            replace(one, access=None) for one in before.groups
        ]:
            return "its groups of tools change"
        tools = sorted({*before.tools, *found.tools})
        pairs = [(before.tools.get(t, ToolLevel()), found.tools.get(t, ToolLevel())) for t in tools]
        if any(one.account != other.account for one, other in pairs):
            return "a tool uses another account"
        accesses = [(before.access, found.access)]
        accesses += [(a.access, b.access) for a, b in pairs]
        accesses += [(a.access, b.access) for a, b in zip(before.groups, found.groups, strict=True)]
        if all(self._narrows(one, other) for one, other in accesses):
            return None
        return "its access allows more"

    def _narrows(self, before: Verdict | None, found: Verdict | None) -> bool:
        if before is found or found is Verdict.DENY:
            return True
        if found is Verdict.ASK:
            return before is not Verdict.DENY and not self._asks_widen
        return found is None and before is Verdict.ALLOW

    def _clients(self, servers: Mapping[str, Server]) -> dict[str, dict[str, Levels]]:
        merged: dict[str, dict[str, Levels]] = {}
        before, found = self._before.clients, self._found.clients
        for client in dict.fromkeys((*found, *before)):
            old, new = before.get(client, {}), found.get(client, {})
            for server in dict.fromkeys((*new, *old)):
                levels = new.get(server, _NOTHING)
                said = self._levels_words(old.get(server, _NOTHING), levels)
                if server not in servers and said is None:
                    continue
                if said is not None:
                    # A server that was removed takes its clients' words along.
                    if server in self._found.servers:
                        self._wait(f"clients.{client}.servers.{server}", said)
                    levels = old.get(server, _NOTHING)
                if server in servers and levels != _NOTHING:
                    merged.setdefault(client, {})[server] = levels
        return merged

    def _rules(self) -> tuple[Rule, ...]:
        before = {rule.id: rule for rule in self._before.rules}
        found = {rule.id: rule for rule in self._found.rules}
        kept: list[Rule] = []
        for rule in self._found.rules:
            old = before.get(rule.id)
            if old == rule or (self._may_come(rule) and (old is None or self._may_go(old))):
                kept.append(rule)
                continue
            self._wait(f"rules.{rule.id}", _rule_words(rule))
            if old is not None:
                kept.append(old)
        # In front, where a word that asks stays stronger than those that allow.
        gone = [rule for rule in self._before.rules if rule.id not in found]
        back = [rule for rule in gone if not self._may_go(rule)]
        for rule in back:
            self._wait(f"rules.{rule.id}", f"removed: {_rule_words(rule)}")
        return tuple((*back, *self._in_order(kept, list(before))))

    def _in_order(self, rules: list[Rule], before: list[str]) -> list[Rule]:
        """The rules in the order of the file, unless that order is another than the accepted."""
        known = [rule.id for rule in rules if rule.id in before]
        if known == [name for name in before if name in known]:
            return rules
        self._wait("rules", "their order changes")
        place = {name: number for number, name in enumerate(before)}
        return sorted(rules, key=lambda rule: place.get(rule.id, len(place)))

    def _may_come(self, rule: Rule) -> bool:
        asks = rule.access is Verdict.ASK and not self._asks_widen
        return asks or rule.access is Verdict.DENY

    def _may_go(self, rule: Rule) -> bool:
        return rule.access is Verdict.ALLOW

    def _default(self) -> Verdict:
        before, found = self._before.default_access, self._found.default_access
        if _STRICTNESS.index(found) >= _STRICTNESS.index(before):
            return found
        self._wait("defaults.access", f"{before} becomes {found}")
        return before

    def _pinning(self) -> bool:
        if self._before.pinning and not self._found.pinning:
            self._wait("defaults.pinning", "tools need no approval any more")
        return self._before.pinning or self._found.pinning

    def _read_only(self) -> frozenset[str]:
        before, found = self._before.read_only_clients, self._found.read_only_clients
        for client in sorted(before - found):
            self._wait(f"clients.{client}.preset", "it may do more than read")
        return before | found

    def _lock(self) -> LockSettings:
        before, found = self._before.lock, self._found.lock
        later = found.idle is None or (before.idle is not None and found.idle > before.idle)
        if (before.screen and not found.screen) or (before.idle is not None and later):
            self._wait("lock", "Keyfob locks itself later, or not at all")
            return before
        return found


def _bare(server: Server) -> Server:
    """The server but for what is compared by itself."""
    return replace(server, levels=_NOTHING, pinning=None)


def _rule_words(rule: Rule) -> str:
    who = rule.client or "every client"
    what = rule.tool or (f"group {rule.group}" if rule.group else "every tool")
    account = f" with the account {rule.account}" if rule.account else ""
    return f"{rule.access} for {who}: {what} of {rule.server or 'every server'}{account}"


def _accounts_used(config: Config) -> set[str]:
    return {account for levels in _all_levels(config) for account in _accounts_of(levels)}


def _all_levels(config: Config) -> Iterator[Levels]:
    for server in config.servers.values():
        yield server.levels
    for servers in config.clients.values():
        yield from servers.values()


def _accounts_of(levels: Levels) -> Iterator[str]:
    named = (levels.account, *(one.account for one in levels.groups))
    for account in (*named, *(one.account for one in levels.tools.values())):
        if account is not None:
            yield account
