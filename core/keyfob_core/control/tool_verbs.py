"""Tools that wait for a person's approval, as commands see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keyfob_core.control.arguments import Arguments
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.errors import UnknownName
from keyfob_core.ports import Progress
from keyfob_core.prompts import ToolChange, WideningPrompt
from keyfob_core.tools.pins import Pin, diff_lines, tool_change

_MOST_NAMES = 20
_BY = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTool:
    """A tool that clients neither see nor call until a person approves it."""

    id: str
    server: str
    tool: str
    state: str
    """new, changed or rejected."""
    seen_at: float
    change: ToolChange
    """All of a new tool, or what is another than what was approved."""
    diff: tuple[str, ...]
    """The change as lines, each behind a space, a minus or a plus."""


class ToolVerbs:
    """Does what concerns single tools."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self.verbs: Mapping[str, Verb] = {
            "tool.pending": self._pending,
            "tool.approve": self._approve,
            "tool.reject": self._reject,
        }

    async def _pending(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[PendingTool, ...]:
        args.none()
        return tuple(self._state(pin, before) for pin, before in self._with.pinning.pending())

    async def _approve(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[str, ...]:
        pins = self._named(args)
        for some in self._together(pins):
            shown = self._with.pinning.prompt(self._with.config().server(some[0].server), some)
            await self._with.widening.agree(self._prompt(some), confirmed=confirmed, shown=shown)
        # What changed while the person thought about it is no longer what they said yes to.
        pins = self._with.pinning.find(pin.id for pin in pins)
        self._with.pinning.approve(pins, _BY)
        return tuple(pin.tool for pin in pins)

    async def _reject(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[str, ...]:
        pins = self._named(args)
        self._with.pinning.reject(pins, _BY)
        return tuple(pin.tool for pin in pins)

    def _named(self, args: Arguments) -> tuple[Pin, ...]:
        ids, server = args.texts("ids"), args.maybe_text("server")
        args.none()
        pinning = self._with.pinning
        if server is not None:
            self._with.config().server(server)
            ids = (*ids, *(pin.id for pin, _ in pinning.pending() if pin.server == server))
        if not ids:
            raise UnknownName("No tool waits there.", "See `keyfob tool pending`.")
        return pinning.find(ids)

    def _together(self, pins: tuple[Pin, ...]) -> tuple[tuple[Pin, ...], ...]:
        """What is asked about at once: the tray app's questions are each about one server."""
        if not self._with.widening.at_the_window:
            return (pins,)
        servers = dict.fromkeys(pin.server for pin in pins)
        return tuple(tuple(pin for pin in pins if pin.server == server) for server in servers)

    def _prompt(self, pins: tuple[Pin, ...]) -> WideningPrompt:
        servers = ", ".join(dict.fromkeys(pin.server for pin in pins))
        details: list[tuple[str, str]] = []
        known = dict(self._with.pinning.pending())
        for pin in pins[:_MOST_NAMES]:
            change = self._state(pin, known.get(pin)).change
            details.append(("New tool" if change.added else "Changed tool", pin.tool))
            details += [
                ("Warning", f"{one.rule} ({one.field}): {one.excerpt}") for one in change.findings
            ]
        if len(pins) > _MOST_NAMES:
            details.append(("And", f"{len(pins) - _MOST_NAMES} more"))
        noun = f"the tool {pins[0].tool}" if len(pins) == 1 else f"{len(pins)} tools"
        return WideningPrompt(
            title="Approve tools",
            text=f"Let programs know and call {noun} of {servers}?",
            details=tuple(details),
        )

    def _state(self, pin: Pin, before: Pin | None) -> PendingTool:
        change = tool_change(pin, before, self._with.pinning.others(pin.server))
        lines: list[str] = []
        for field in change.fields:
            lines += [field.field, *diff_lines(field)]
        waits = "new" if before is None else "changed"
        return PendingTool(
            id=pin.id,
            server=pin.server,
            tool=pin.tool,
            state="rejected" if pin.rejected else waits,
            seen_at=pin.seen_at,
            change=change,
            diff=tuple(lines),
        )
