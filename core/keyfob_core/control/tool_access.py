"""What holds for each tool of a server, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from keyfob_core.access import judge
from keyfob_core.config import Config, Levels, Server, ToolLevel, check_client_name
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.control.widening import Widening
from keyfob_core.model import AuditEvent, Verdict
from keyfob_core.ports import Audit, Clock
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import put_access
from keyfob_core.tools.pinning import Pinning
from keyfob_core.tools.pins import Pin

EVERY_CLIENT = ""
"""Stands for a client that no word of the configuration names: no client can have that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolState:
    """One tool of a server as people see it."""

    name: str
    pin: str
    """approved, new, changed, rejected, or unpinned where its server's tools need no approval."""
    pending: str | None
    """The id by which `tool.approve` and `tool.reject` mean what waits."""
    own: Verdict | None
    """What its own table says."""
    access: Verdict
    """What holds in the end."""
    decided_by: str
    """A path in config.toml, a rule's id, or defaults."""


class ToolAccess:
    """Tells and changes the access of single tools."""

    def __init__(
        self,
        config: LiveConfig,
        pinning: Pinning,
        widening: Widening,
        audit: Audit,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._config = config
        self._pinning = pinning
        self._widening = widening
        self._audit = audit
        self._clock = clock
        self._changed = changed

    def list(
        self, server_name: str, client: str | None, more: Iterable[str] = ()
    ) -> tuple[ToolState, ...]:
        """The tools that are known of a server, and those of these names; raises UnknownName.

        Without a client, what holds for those that nothing is said of.
        """
        config = self._config()
        server = config.server(server_name)
        known = self._pinning.known(server)
        own = _own(config, server, client)
        names = sorted({*known, *server.levels.tools, *own.tools, *more})
        return tuple(
            self._state(config, server, client, name, known.get(name, (None, None)), own)
            for name in names
        )

    async def set(
        self,
        server_name: str,
        tool: str | None,
        client: str | None,
        access: Verdict | None,
        *,
        confirmed: bool,
    ) -> tuple[ToolState, ...]:
        """Say what holds for a tool, or for the server; None takes that word back.

        What allows more waits for a yes. Raises UnknownName, ConfigInvalid, ConfirmationNeeded and
        AccessDenied.
        """
        self._config().server(server_name)
        if client is not None:
            check_client_name("client", client)
        edit = put_access(server_name, tool, client, access)
        if wider := self._config.foresee(edit):
            who, what = client or "every client", tool or "every tool"
            says = access.value if access else "no word of its own"
            prompt = WideningPrompt(
                title="Change a tool's access",
                text=f"Change the access to {what} of {server_name} for {who} to: {says}?",
                details=tuple((change.part, change.words) for change in wider),
            )
            await self._widening.agree(prompt, confirmed=confirmed)
        self._config.edit(edit)
        told = AuditEvent(
            event="access_changed",
            client=client,
            server=server_name,
            tool=tool,
            outcome="ok",
            details={"access": access.value if access else None},
        )
        note(self._audit, told)
        self._changed()
        return self.list(server_name, client)

    def _state(
        self,
        config: Config,
        server: Server,
        client: str | None,
        name: str,
        pins: tuple[Pin | None, Pin | None],
        own: Levels,
    ) -> ToolState:
        approved, waiting = pins
        ruling = judge(
            config,
            client=client or EVERY_CLIENT,
            server=server.name,
            tool=name,
            account=server.levels.account,
            now=self._clock(),
            facts=self._pinning.facts(server, name),
        )
        pin = "approved" if approved is not None else "new"
        if not self._pinning.watches(server):
            pin, waiting = "unpinned", None
        elif waiting is not None and waiting.rejected:
            pin = "rejected"
        elif waiting is not None and approved is not None:
            pin = "changed"
        return ToolState(
            name=name,
            pin=pin,
            pending=waiting.id if waiting is not None else None,
            own=own.tools.get(name, ToolLevel()).access,
            access=ruling.verdict,
            decided_by=ruling.decided_by,
        )


def _own(config: Config, server: Server, client: str | None) -> Levels:
    if client is None:
        return server.levels
    return config.clients.get(client, {}).get(server.name, Levels())
