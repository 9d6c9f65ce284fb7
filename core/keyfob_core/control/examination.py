"""`doctor`: everything looked at, each rule with its finding."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from keyfob_core.config import ServerKind
from keyfob_core.control.arguments import Arguments
from keyfob_core.control.client_setups import joined
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.diagnosis.doctor import (
    audit_finding,
    clock_finding,
    config_finding,
    entries_finding,
    large_log_finding,
    pending_finding,
    premises_findings,
    shut_log_finding,
    status_findings,
    unreachable_finding,
)
from keyfob_core.diagnosis.findings import Finding, is_well
from keyfob_core.errors import Error
from keyfob_core.ports import Progress
from keyfob_core.states import Status
from keyfob_core.words.masking import masked

_MEBIBYTE = 1 << 20
_LARGE = 256 * _MEBIBYTE
_COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the doctor found."""

    is_well: bool
    findings: tuple[Finding, ...]


class Examination:
    """Looks at everything; changes nothing."""

    def __init__(self, workings: Workings, status: Callable[[], Awaitable[Status]]) -> None:
        self._with = workings
        self._status = status
        self.verbs: Mapping[str, Verb] = {"doctor": self._doctor, "doctor.close": self._close}

    async def _doctor(self, args: Arguments, confirmed: bool, progress: Progress) -> Report:
        args.none()
        status = await self._status()
        now = self._with.clock()
        listens = self._with.info().get("kind") != _COMMAND
        premises = await asyncio.to_thread(self._with.premises, not listens)
        found = [
            *premises_findings(premises),
            *status_findings(status, now, listens=listens),
            self._config(),
            self._pending(),
            await self._entries(),
            *await self._log(premises.audit, now),
            *await self._reach(),
        ]
        told = tuple(map(without_secrets, found))
        return Report(is_well=is_well(told), findings=told)

    async def _close(self, args: Arguments, confirmed: bool, progress: Progress) -> None:
        args.none()
        await asyncio.to_thread(self._with.close_folders)

    def _config(self) -> Finding:
        problem = self._with.config.problem
        if problem is None:
            return config_finding(None)
        return config_finding(problem.message, problem.hint)

    async def _entries(self) -> Finding:
        where, known = self._with.surroundings(), self._with.clients.list()
        states = await asyncio.to_thread(self._with.setups.states, where)
        return entries_finding([joined(one, known) for one in states])

    def _pending(self) -> Finding:
        pins = [pin for pin, _ in self._with.pinning.pending() if not pin.rejected]
        return pending_finding(len(pins), tuple(dict.fromkeys(pin.server for pin in pins)))

    async def _log(self, size: int, now: float) -> Sequence[Finding]:
        try:
            last = self._with.log.tail(1)
            at = str(last[0].get("time", "")) if last else ""
            if size > _LARGE:
                return (large_log_finding(size // _MEBIBYTE), clock_finding(at, now))
            found = cast("Any", await self._with.log.verify())
        except Error as error:
            return (shut_log_finding(error.message),)
        where = f"{found.file}, line {found.line}" if found.file else None
        return tuple(
            audit_finding(count=found.count, problem=found.problem, where=where, last=at, now=now)
        )

    async def _reach(self) -> Sequence[Finding]:
        servers = [
            server
            for server in self._with.config().servers.values()
            if server.kind is not ServerKind.PROGRAM
        ]
        reasons = await asyncio.gather(*(self._with.reach(server.url) for server in servers))
        return [
            unreachable_finding(server.name, reason)
            for server, reason in zip(servers, reasons, strict=True)
        ]


def without_secrets(finding: Finding) -> Finding:
    """The finding with what looks like a secret hidden: servers and programs say what they like."""
    return replace(
        finding,
        sentence=str(masked(finding.sentence)),
        hint=str(masked(finding.hint)),
    )
