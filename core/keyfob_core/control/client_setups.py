"""The verbs by which MCP clients on this machine are pointed at Keyfob, and back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from keyfob_core.control.arguments import Arguments
from keyfob_core.control.notes import note
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.errors import ConfigInvalid, Error
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Progress
from keyfob_core.prompts import WideningPrompt
from keyfob_core.setups.client_setups import (
    Form,
    KnownName,
    Setup,
    SetupPlan,
    Setups,
    SetupState,
    Standing,
    Surroundings,
    Undone,
)
from keyfob_core.states import ClientState
from keyfob_core.words.plain import visible

_FORMS: Mapping[Form, str] = {
    Form.SOCKET: "HTTP over Keyfob's socket, with a token of its own",
    Form.HTTP: "HTTP on this computer, with a token of its own",
    Form.STDIO: "the bridge, which the client launches",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A client that is pointed at Keyfob now."""

    client: str
    label: str
    form: Form
    paths: tuple[str, ...]


class ClientSetupVerbs:
    """Adds the entry, shows how it stands, and takes it back."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self.verbs: Mapping[str, Verb] = {
            "client.add": self._add,
            "client.undo": self._undo,
            "client.list": self._list,
            "client.known": self._known,
        }

    async def _known(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[KnownName, ...]:
        args.none()
        return self._setups.known()

    async def _list(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[Mapping[str, object], ...]:
        where = self.surroundings(args)
        args.none()
        known = self._with.clients.list()
        states = await asyncio.to_thread(self._setups.states, where)
        return _together(known, tuple(joined(state, known) for state in states))

    async def _add(self, args: Arguments, confirmed: bool, progress: Progress) -> SetupPlan | Added:
        name, seen = args.text("name"), args.maybe_text("seen")
        dry_run, where = args.flag("dry_run", False), self.surroundings(args)
        args.none()
        plan = await asyncio.to_thread(self._setups.plan, name, where)
        if dry_run:
            return plan
        if seen is not None and seen != plan.digest:
            hint = "Nothing was changed. Look at it again with --dry-run."
            raise ConfigInvalid(plan.label, "is not as you saw it any more", hint)
        await self._with.widening.agree(_prompt(plan), confirmed=confirmed)
        return await self.write(plan, where)

    async def write(self, plan: SetupPlan, where: Surroundings) -> Added:
        """Write what the person has said yes to, with a token of its own; raises ConfigInvalid."""
        before = self._setups.setup(plan.client)
        clients = self._with.clients
        token, token_id = "", None
        if plan.needs_token:
            issued, token_id = clients.make(plan.client)
            token = issued.token
        try:
            written = await asyncio.to_thread(self._setups.write, plan, where, token, token_id)
        except Error:
            if token_id is not None:
                clients.revoke_token(plan.client, token_id)
            raise
        self._revoke(plan.client, before)
        for one in written:
            details = {"path": one.path, "form": one.form.value, "token": one.token_id}
            self._record("client_added", plan.client, details)
        self._with.changed()
        return Added(
            client=plan.client,
            label=plan.label,
            form=plan.form,
            paths=tuple(one.path for one in written),
        )

    async def _undo(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[Undone, ...]:
        name = args.text("name")
        args.none()
        return await self.undo(name)

    async def undo(self, name: str) -> tuple[Undone, ...]:
        """Take the entries out and end their tokens; raises UnknownName and ConfigInvalid."""
        done = await asyncio.to_thread(self._setups.undo, name)
        self._revoke(name, tuple(setup for _, setup in done))
        for undone, _ in done:
            details = {"path": undone.path, "restored": undone.restored}
            self._record("client_undone", name, details)
        self._with.changed()
        return tuple(undone for undone, _ in done)

    @property
    def _setups(self) -> Setups:
        return self._with.setups

    def surroundings(self, args: Arguments) -> Surroundings:
        """Where files lie for whoever asks: their own variables before the engine's."""
        given, known = args.text_table("environ"), self._setups.variables()
        for name, value in given.items():
            if name not in known:
                raise ConfigInvalid(f"environ.{name}", "says nothing of where clients' files lie")
            if not os.path.isabs(value):
                raise ConfigInvalid(name, f"{value!r} is no absolute path", "Write it out.")
        ours = self._with.surroundings()
        return replace(ours, environ={**ours.environ, **given})

    def _revoke(self, client: str, setups: tuple[Setup, ...]) -> None:
        """Take back the tokens of these that stand in no file any more."""
        used = {one.token_id for one in self._setups.setup(client)}
        for token_id in {one.token_id for one in setups} - used:
            if token_id is not None:
                self._with.clients.revoke_token(client, token_id)

    def _record(self, event: str, client: str, details: Mapping[str, str | bool | None]) -> None:
        told = AuditEvent(event=event, client=client, outcome="ok", details=details)
        note(self._with.audit, told)


def _together(
    known: tuple[ClientState, ...], states: tuple[SetupState, ...]
) -> tuple[Mapping[str, object], ...]:
    """Each client with its files; those that were only found come behind, known by nothing."""
    names = {client.name for client in known}
    found = dict.fromkeys(state.client for state in states if state.client not in names)
    names_of = [field.name for field in fields(ClientState)]
    rows: list[Mapping[str, object]] = [asdict(client) for client in known]
    rows += [{**dict.fromkeys(names_of), "name": name} for name in found]
    return tuple(
        {**row, "setups": tuple(one for one in states if one.client == row["name"])} for row in rows
    )


def joined(state: SetupState, known: tuple[ClientState, ...]) -> SetupState:
    """The state with when the client was last seen, and whether its token is still good."""
    tokens = {one.token_id for one in known}
    own = [one for one in known if one.name == state.client]
    if state.token_id is not None:
        own = [one for one in own if one.token_id == state.token_id]
        if state.token_id not in tokens and state.standing is Standing.STANDS:
            state = replace(state, standing=Standing.REVOKED)
    seen = [one.last_used_at for one in own if one.last_used_at is not None]
    return replace(state, last_used_at=max(seen, default=None))


def _prompt(plan: SetupPlan) -> WideningPrompt:
    details = [("Client", plan.label), ("It reaches Keyfob by", _FORMS[plan.form])]
    for file in plan.files:
        made = "" if file.exists else " (a new file)"
        details.append(("File", visible(file.path) + made))
        details.append(("Change", visible(file.diff, lines=True)))
    return WideningPrompt(
        title="Point a client at Keyfob",
        text=f"Write an entry for Keyfob into {plan.label}'s configuration?",
        details=tuple(details),
    )
