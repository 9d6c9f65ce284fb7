"""Moving servers out of a client's files: each is tried in Keyfob before it is taken out there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast

from keyfob_core.config import Server
from keyfob_core.control.arguments import Arguments
from keyfob_core.control.client_setups import ClientSetupVerbs
from keyfob_core.control.import_plans import free_name, import_prompt, server_plan
from keyfob_core.control.notes import note
from keyfob_core.control.wanted import read_wanted
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.errors import ConfigInvalid, EngineUnreachable, Error, UnknownName
from keyfob_core.model import (
    ApiKey,
    AuditEvent,
    Placement,
    Token,
)
from keyfob_core.ports import Progress
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import drop_account, drop_server, put_program, put_server
from keyfob_core.setups.client_imports import (
    FoundImport,
    FoundSecret,
    FoundServer,
    Imported,
    ImportPlan,
    ServerPlan,
)
from keyfob_core.setups.client_setups import Standing, Surroundings, Undone
from keyfob_core.steps import Step
from keyfob_core.words.plain import visible

_KEPT = "client-import/{}"
"""Where the store keeps what was taken out of a client's files."""


class ClientImportVerbs:
    """Finds what can be moved, moves it, and says what stays."""

    def __init__(self, workings: Workings, setups: ClientSetupVerbs) -> None:
        self._with = workings
        self._setups = setups
        self.verbs: Mapping[str, Verb] = {
            "client.import": self._import,
            "client.restore": self._restore,
        }

    async def _import(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> ImportPlan | Imported:
        name, seen = args.text("name"), args.maybe_text("seen")
        dry_run, shred = args.flag("dry_run", False), args.flag("shred", False)
        where = self._setups.surroundings(args)
        args.none()
        found = await asyncio.to_thread(self._with.imports.find, name, where)
        plan = await self._plan(found, where)
        if dry_run:
            return plan
        if seen is not None and seen != plan.digest:
            hint = "Nothing was changed. Look at it again with --dry-run."
            raise ConfigInvalid(plan.label, "is not as you saw it any more", hint)
        if self._with.listening().url is None:
            raise EngineUnreachable(
                "An import tries each server through Keyfob, which does not run.",
                "Start it, with its window or by `keyfob serve`, then import.",
            )
        await self._with.widening.agree(import_prompt(plan, shred=shred), confirmed=confirmed)
        return await self._done(found, plan, where, shred, progress)

    async def _plan(self, found: FoundImport, where: Surroundings) -> ImportPlan:
        setup = await asyncio.to_thread(self._with.setups.plan, found.client, where)
        taken = set(self._with.config().servers) | set(self._with.config().accounts)
        servers: list[ServerPlan] = []
        for one in found.servers:
            if one.stays is not None:
                servers.append(server_plan(one, None))
                continue
            known = await self._known(one)
            server = known or free_name(one.name, taken)
            taken.add(server)
            servers.append(replace(server_plan(one, server), is_known=known is not None))
        return ImportPlan(
            client=found.client,
            label=found.label,
            servers=tuple(servers),
            leftovers=found.leftovers,
            setup=setup,
            digest=f"{found.digest[:32]}{setup.digest[:32]}",
            can_put_back=bool(await self._kept(found.client)),
        )

    async def _done(
        self,
        found: FoundImport,
        plan: ImportPlan,
        where: Surroundings,
        shred: bool,
        progress: Progress,
    ) -> Imported:
        moved: dict[str, str] = {}
        failed: list[tuple[str, str]] = []
        for one, planned in zip(found.servers, plan.servers, strict=True):
            if planned.server is None:
                continue
            try:
                if planned.is_known:
                    await self._with.test_calls.tools(planned.server)
                else:
                    await self._take_in(one, planned.server, progress)
            except Error as error:
                failed.append((one.name, str(error)))
                progress(Step("stays", f"{visible(one.name)} stays: {error}"))
            else:
                moved[one.name] = planned.server
                progress(Step("tried", f"{visible(one.name)} works through Keyfob."))
        now = await self._as_it_is_now(found, set(moved), where)
        if moved:
            kept = await self._kept(found.client)
            kept.append(self._with.imports.entries(now, set(moved)))
            await self._with.store.put(_KEPT.format(found.client), json.dumps(kept))
        erased = await asyncio.to_thread(self._with.imports.take_out, now, set(moved))
        if not await self._stands(found.client, where):
            again = await asyncio.to_thread(self._with.setups.plan, found.client, where)
            await self._setups.write(again, where)
        used = _still_used(found, moved)
        for leftover in found.leftovers if shred else ():
            if leftover.path in used:
                continue
            await asyncio.to_thread(self._with.imports.erase, leftover)
            erased = (*erased, leftover.path)
        self._record(found, moved, failed, erased)
        self._with.changed()
        return Imported(
            client=found.client,
            label=found.label,
            moved=tuple(moved.values()),
            failed=tuple(failed),
            erased=erased,
        )

    async def _as_it_is_now(
        self, found: FoundImport, moved: Collection[str], where: Surroundings
    ) -> FoundImport:
        """The files read again where these servers stand in them as they were tried.

        Trying takes its time, and a client that runs writes its file whenever it likes.
        """
        now = await asyncio.to_thread(self._with.imports.find, found.client, where)
        same = all(one in now.servers for one in found.servers if one.name in moved)
        return now if same else found

    async def _known(self, one: FoundServer) -> str | None:
        """The server of Keyfob's that is the same with the same secrets, where there is one."""
        wanted = [(secret.placement, secret.text) for secret in one.secrets]
        for server in self._with.config().servers.values():
            same = (server.url, server.command, dict(server.env)) == (
                one.url,
                one.command,
                dict(one.env),
            )
            account = server.levels.account
            if not same or account is None or server.openapi is not None:
                continue
            held = await self._with.accounts.held(account)
            if isinstance(held, Token) and one.token is not None:
                if held.registration.client_id == one.token.client_id:
                    return server.name
                continue
            if isinstance(held, ApiKey) and _parts(held, one) == wanted:
                return server.name
        return None

    async def _take_in(self, one: FoundServer, name: str, progress: Progress) -> None:
        """Make the server with its account and try it; on an error nothing of it is left."""
        config = self._with.config
        put = put_server(name, one.url)
        if one.command:
            put = put_program(Server(name, command=one.command, env=one.env))
        config.edit(put)
        try:
            wanted = read_wanted(
                Arguments(_connecting(name, one)),
                config(),
                self._with.catalogue,
                self._with.clock(),
            )
            wanted = replace(wanted, kept_token=one.token)
            await self._with.connections.connect(wanted, progress)
            await self._with.test_calls.tools(name)
        except BaseException:
            self._with.sessions.end_of(server=name)
            self._with.pinning.forget(name)
            if one.token is not None:
                # The other program goes on with it: its issuer is not told.
                await self._with.accounts.erase(name)
            else:
                await self._with.connections.disconnect(name)
            config.edit(drop_server(name))
            config.edit(drop_account(name))
            raise
        details = {"command" if one.command else "url": config().server(name).address}
        event = AuditEvent(event="server_added", server=name, outcome="ok", details=details)
        note(self._with.audit, event)

    async def _restore(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[Undone, ...]:
        """Put what an import took out back into the client's files, secrets and all.

        With `undo`, Keyfob's own entry is taken out first.
        """
        name, undo = args.text("name"), args.flag("undo", False)
        args.none()
        kept = await self._kept(name)
        if not kept:
            raise UnknownName(
                f"Keyfob keeps nothing of what it moved out of the client {name!r}.",
                f"To take Keyfob's own entry out: `keyfob client undo {name}`.",
            )
        prompt = WideningPrompt(
            title="Write secrets into a client's file",
            text=f"Put the servers that were moved out of {name} back into its files, with their "
            "secrets in plain text?",
            details=(("Client", name), ("Imports", str(len(kept)))),
        )
        await self._with.widening.agree(prompt, confirmed=confirmed)
        undone: tuple[Undone, ...] = ()
        if undo and self._with.setups.setup(name):
            undone = await self._setups.undo(name)
        back = await asyncio.to_thread(self._with.imports.put_back, name, kept)
        await self._with.store.erase(_KEPT.format(name))
        details = {"paths": ", ".join(one.path for one in back)}
        event = AuditEvent(event="client_restored", client=name, outcome="ok", details=details)
        note(self._with.audit, event)
        return (*undone, *back)

    async def _kept(self, client: str) -> list[str]:
        """What imports took out of a client's files, as it stood there; a secret each."""
        text = await self._with.store.get(_KEPT.format(client))
        return cast("list[str]", json.loads(text)) if text else []

    async def _stands(self, client: str, where: Surroundings) -> bool:
        states = await asyncio.to_thread(self._with.setups.states, where)
        own = [one for one in states if one.client == client]
        return bool(own) and all(one.standing is Standing.STANDS for one in own)

    def _record(
        self,
        found: FoundImport,
        moved: Mapping[str, str],
        failed: Sequence[tuple[str, str]],
        erased: Sequence[str],
    ) -> None:
        details = {
            "servers": ", ".join(moved.values()),
            "stayed": ", ".join(name for name, _ in failed),
            "erased": ", ".join(erased),
        }
        outcome = "ok" if not failed else "failed"
        event = AuditEvent(
            event="client_imported", client=found.client, outcome=outcome, details=details
        )
        note(self._with.audit, event)


def _still_used(found: FoundImport, moved: Collection[str]) -> frozenset[str]:
    """The files of the sign-ins that their programs go on with, for their servers stay."""
    kept = [one.token for one in found.servers if one.name not in moved and one.token is not None]
    return frozenset(path for one in kept for path in (one.path, one.client_path))


def _parts(held: ApiKey, one: FoundServer) -> list[tuple[Placement | None, str]]:
    """The secrets of a key, each with its place where a request has one."""
    parts = [(held.placement, held.secret), *((one.placement, one.secret) for one in held.parts)]
    return [(None if one.command else placement, secret) for placement, secret in parts]


def _connecting(name: str, one: FoundServer) -> dict[str, object]:
    """The arguments by which a person would connect the same account."""
    if one.token is not None:
        return {"server": name, "account": name, "method": "oauth"}
    asked: dict[str, object] = {"server": name, "account": name, "method": "api-key"}
    first, *others = one.secrets
    if one.command:
        return {**asked, "secret": "\n".join(secret.text for secret in one.secrets)}
    parts = [{**_placement(secret), "secret": secret.text} for secret in others]
    return {**asked, "secret": first.text, "placement": _placement(first), "parts": parts}


def _placement(secret: FoundSecret) -> dict[str, str]:
    placement = secret.placement
    if placement is None:
        return {}
    return {
        "kind": placement.kind.value,
        "name": placement.name,
        "template": placement.template,
    }
