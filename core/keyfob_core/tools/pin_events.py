"""What the log says of tools that wait, and of the answers about them."""

from __future__ import annotations

from collections.abc import Sequence

from keyfob_core.model import AuditEvent
from keyfob_core.tools.pins import Pin, names_of


def decided(event: str, pin: Pin, approved: Pin | None, by: str) -> AuditEvent:
    """A text was approved or rejected, beside what was approved of the tool before."""
    was = approved.digest if approved is not None else None
    return AuditEvent(
        event=event,
        server=pin.server,
        tool=pin.tool,
        details={"by": by, "digest": pin.digest, "was": was},
    )


def waiting(server: str, pins: Sequence[Pin], changed: int) -> AuditEvent:
    """Texts came that nobody has seen, `changed` of them of tools that were approved before."""
    return AuditEvent(
        event="tools_waiting",
        server=server,
        details={"new": len(pins) - changed, "changed": changed, "tools": names_of(pins)},
    )


def dismissed(pins: Sequence[Pin]) -> AuditEvent:
    """Nobody answered the question about these tools, which are of one server."""
    return AuditEvent(
        event="decision",
        server=pins[0].server,
        outcome="dismissed",
        details={"asked": "tools", "tools": names_of(pins)},
    )
