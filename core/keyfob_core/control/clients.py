"""Clients: the tokens they are given, and taking them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from keyfob_core.config import check_client_name
from keyfob_core.control.endings import Ends
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.control.widening import Widening
from keyfob_core.errors import UnknownName
from keyfob_core.identity.recognition import new_token, token_digest
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, ClientRegister, Clock
from keyfob_core.prompts import WideningPrompt
from keyfob_core.states import ClientState


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A client token, shown once."""

    client: str
    token: str
    url: str


class TokenRegister(ClientRegister, Protocol):
    """The table of clients, whose tokens can be taken back one by one."""

    def revoke_token(self, token_id: str) -> bool:
        """Forget one token; answers whether it was there."""
        ...


class Clients:
    """Issues and revokes client tokens."""

    def __init__(
        self,
        config: LiveConfig,
        register: TokenRegister,
        sessions: Ends,
        widening: Widening,
        audit: Audit,
        clock: Clock,
        base_url: Callable[[], str],
        changed: Callable[[], None],
        cut: Callable[[str], None],
    ) -> None:
        """`cut` ends what is under way by the token of an id."""
        self._config = config
        self._register = register
        self._sessions = sessions
        self._widening = widening
        self._audit = audit
        self._clock = clock
        self._base_url = base_url
        self._changed = changed
        self._cut = cut

    def list(self) -> tuple[ClientState, ...]:
        """All known clients by name."""
        return self._register.list()

    async def issue(self, name: str, server: str | None, *, confirmed: bool) -> IssuedToken:
        """Make a token, for every server or, in the address, for one; waits for a yes."""
        check_client_name("name", name)
        if server is not None:
            self._config().server(server)
        where = f"the server {server}" if server else "your servers"
        prompt = WideningPrompt(
            title="Make a client token",
            text=f"Make a token with which {name} can reach {where} through Keyfob?",
            details=(("Client", name), ("Servers", server or "all")),
        )
        await self._widening.agree(prompt, confirmed=confirmed)
        issued, _ = self.make(name, server)
        return issued

    def make(self, name: str, server: str | None = None) -> tuple[IssuedToken, str]:
        """Make a token without a question, for whoever has asked it; answers its id as well."""
        token = new_token()
        state = self._register.issue(name, token_digest(token), server, self._clock())
        self._changed()
        note(
            self._audit,
            AuditEvent(
                event="client_token_issued",
                client=name,
                server=server,
                outcome="ok",
                details={"token": state.token_id},
            ),
        )
        issued = IssuedToken(client=name, token=token, url=self._url(token, server))
        return issued, state.token_id or ""

    def revoke(self, name: str) -> None:
        """Take every token and name of a client back, at once; raises UnknownName."""
        if not self._register.revoke(name):
            raise UnknownName(f"There is no client named {name!r}.", "See `keyfob client list`.")
        self._sessions.end_of(client=name)
        self._changed()
        note(self._audit, AuditEvent(event="client_revoked", client=name, outcome="ok"))

    def revoke_token(self, client: str, token_id: str) -> None:
        """Take one token back at once; nothing where it is gone already."""
        if not self._register.revoke_token(token_id):
            return
        self._cut(token_id)
        self._changed()
        event = AuditEvent(
            event="client_token_revoked", client=client, outcome="ok", details={"token": token_id}
        )
        note(self._audit, event)

    def _url(self, token: str, server: str | None) -> str:
        if server is not None:
            return f"{self._base_url()}/k/{token}/mcp"
        return f"{self._base_url()}/mcp"
