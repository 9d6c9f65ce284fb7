"""The verbs of the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keyfob_core.control.arguments import Arguments
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.errors import ConfigInvalid
from keyfob_core.ports import Progress

_TEXTS = ("event", "request_id", "client", "server", "tool", "account", "outcome", "text")
_MOMENTS = ("since", "until")
_FORMATS = ("jsonl", "csv")
_MOST_EVENTS = 1000
_MOST_SLICES = 500
_LONGEST_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file that events were written to."""

    to: str
    size: int
    """In bytes."""


class AuditVerbs:
    """Reads the log for people."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self.verbs: Mapping[str, Verb] = {
            "audit.tail": self._tail,
            "audit.query": self._query,
            "audit.page": self._page,
            "audit.follow": self._follow,
            "audit.counts": self._counts,
            "audit.export": self._export,
            "audit.verify": self._verify,
        }

    async def _tail(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        count = args.maybe_number("count") or 20
        args.none()
        return self._with.log.tail(count)

    async def _query(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        count = args.maybe_number("count") or 100
        wanted = _wanted(args)
        args.none()
        return await self._with.log.query(wanted, count)

    async def _page(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        count = args.maybe_number("count") or 100
        wanted = _wanted(args)
        wanted |= {name: args.maybe_number(name) for name in ("before", "after")}
        args.none()
        return await self._with.log.page(wanted, min(count, _MOST_EVENTS))

    async def _follow(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        after, seconds = args.maybe_number("after") or 0, args.maybe_number("seconds")
        args.none()
        longest = None if seconds is None else min(seconds, _LONGEST_SECONDS)
        return {"head": await self._with.log.follow(after, longest)}

    async def _counts(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        slices = min(args.maybe_number("slices") or 48, _MOST_SLICES)
        wanted = _wanted(args)
        since, until = wanted.pop("since"), wanted.pop("until")
        args.none()
        until = self._with.clock() if until is None else until
        if not isinstance(since, float) or not isinstance(until, float) or since >= until:
            raise ConfigInvalid("since", "must be a moment before the end")
        return await self._with.log.counts(wanted, since, until, slices)

    async def _export(self, args: Arguments, confirmed: bool, progress: Progress) -> Exported:
        to, form = Path(args.text("to")), args.choice("format", _FORMATS, "jsonl")
        wanted = _wanted(args)
        args.none()
        if not to.is_absolute():
            raise ConfigInvalid("to", "must be a whole path", "Choose a file in your own folder.")
        return Exported(to=str(to), size=await self._with.log.export(wanted, form, to))

    async def _verify(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return await self._with.log.verify()


def _wanted(args: Arguments) -> dict[str, str | float | None]:
    wanted: dict[str, str | float | None] = {name: args.maybe_text(name) for name in _TEXTS}
    return wanted | {name: args.maybe_moment(name) for name in _MOMENTS}
