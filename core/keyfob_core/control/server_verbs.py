"""The verbs of servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keyfob_core.addresses.origins import origin_of
from keyfob_core.config import Server, check_name
from keyfob_core.control.api_servers import ApiServers
from keyfob_core.control.arguments import Arguments
from keyfob_core.control.notes import note
from keyfob_core.control.undo import Removed
from keyfob_core.control.workings import Verb, Workings, account_state
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Progress
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import drop_server, put_program, put_server, restore_server
from keyfob_core.states import AccountCondition, ServerState
from keyfob_core.tools.pins import Pin
from keyfob_core.variables import check_variables
from keyfob_core.words.plain import visible

_MOST_LINES = 1000


class ServerVerbs:
    """Adds, shows and removes servers, and calls their tools for the person."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self._apis = ApiServers(workings)
        self.verbs: Mapping[str, Verb] = {
            "server.add": self._add,
            "server.list": self._list,
            "server.remove": self._remove,
            "server.log": self._log,
            "server.tools": self._tools,
            "server.call": self._call,
        }

    def states(self) -> tuple[ServerState, ...]:
        """Every server as people see it."""
        return tuple(self._state(server) for server in self._with.config().servers.values())

    async def _add(self, args: Arguments, confirmed: bool, progress: Progress) -> ServerState:
        source = args.maybe_text("openapi")
        if source is not None:
            return await self._add_api(args, source, confirmed=confirmed)
        server = _wanted(args)
        args.none()
        config = self._with.config()
        known = config.servers.get(server.name)
        if known is not None and not _same(known, server):
            raise ConfigInvalid(
                "name",
                f"there is a server {server.name!r} already",
                f"Remove it first with `keyfob server remove {server.name}`, or choose another "
                "name.",
            )
        if known is None:
            await self._with.widening.agree(_prompt(server), confirmed=confirmed)
            edit = put_program(server) if server.command else put_server(server.name, server.url)
            config = self._with.config.edit(edit)
            details = {"command" if server.command else "url": server.address}
            self._record("server_added", server.name, details)
        return self._state(config.server(server.name))

    async def _add_api(self, args: Arguments, source: str, *, confirmed: bool) -> ServerState:
        name, url = check_name("name", args.text("name")), args.maybe_text("url")
        args.none()
        config, found = await self._apis.add(name, source, url, confirmed=confirmed)
        return replace(self._state(config.server(name)), api=found)

    async def _list(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> tuple[ServerState, ...]:
        args.none()
        return self.states()

    async def _remove(self, args: Arguments, confirmed: bool, progress: Progress) -> Removed:
        name = args.text("name")
        args.none()
        self._with.config().server(name)
        pinning, pins = self._with.pinning, list[tuple[tuple[Pin, ...], tuple[Pin, ...]]]()
        removed = self._with.undos.remove(
            f"the server {name}",
            drop_server(name),
            restore_server(self._with.undos.text(), name),
            AuditEvent(event="server_added", server=name, outcome="ok"),
            lambda: pinning.restore(*pins[0]),
        )
        self._with.sessions.end_of(server=name)
        self._with.documents.forget(name)
        pins.append(pinning.forget(name))
        self._record("server_removed", name)
        return removed

    async def _log(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        server = self._with.config().server(args.text("name"))
        count = args.maybe_number("count") or 50
        args.none()
        return self._with.programs.tail(server.name, min(count, _MOST_LINES))

    async def _tools(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        server = self._with.config().server(args.text("server"))
        args.none()
        return await self._with.test_calls.tools(server.name)

    async def _call(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        server = self._with.config().server(args.text("server"))
        tool, arguments = args.text("tool"), args.table("arguments")
        args.none()
        return await self._with.test_calls.call(server.name, tool, arguments)

    def _state(self, server: Server) -> ServerState:
        account = self._with.config().accounts.get(server.levels.account or "")
        state = account_state(self._with, account) if account else None
        provider = self._with.catalogue.for_url(server.url)
        condition = state.condition if state else AccountCondition.NOT_CONNECTED
        shown = ServerState(
            name=server.name,
            url=server.url,
            account=server.levels.account,
            account_condition=condition,
            reason=self._with.documents.problem(server.name) or (state.reason if state else None),
            provider=provider.id if provider else None,
            openapi=server.openapi,
            eras=tuple(sorted(self._with.eras.seen(server.name), reverse=True)),
            bridged=self._with.eras.bridges(server.name),
            kind=server.kind.value,
            command=server.command,
            variables=tuple(server.env),
            secrets_wanted=server.secrets_wanted,
            running=self._with.programs.running(server.name),
        )
        if not shown.needs_account:
            shown = replace(shown, account_condition=None)
        problem = self._with.programs.problem(server.name)
        return replace(shown, reason=problem) if problem and not shown.reason else shown

    def _record(
        self, event: str, server: str, details: Mapping[str, str | None] | None = None
    ) -> None:
        told = AuditEvent(event=event, server=server, outcome="ok", details=dict(details or {}))
        note(self._with.audit, told)


def _wanted(args: Arguments) -> Server:
    name = check_name("name", args.text("name"))
    command, url = args.texts("command"), args.maybe_text("url")
    env, secret_fd = args.text_table("env"), args.flag("secret_fd", False)
    if not command:
        if env or secret_fd:
            raise ConfigInvalid("env", "is for a program", "Give its command, or leave it out.")
        if not url:
            raise ConfigInvalid("url", "is missing", "Give an address, or a program's command.")
        origin_of(url)
        return Server(name, url)
    if url:
        raise ConfigInvalid("url", "does not go with a command", "Give one of them.")
    if "\0" in "".join(command) or not command[0].strip():
        raise ConfigInvalid("command", "is no command line")
    # Whoever runs a command may be a program itself: the person sees it all, and still it cannot
    # have another program run in place of the one that is named.
    check_variables(env, steering=False)
    return Server(name, command=command, env=env, secret_fd=secret_fd)


def _same(known: Server, wanted: Server) -> bool:
    return (known.url, known.command, known.env, known.secret_fd) == (
        wanted.url,
        wanted.command,
        wanted.env,
        wanted.secret_fd,
    )


def _prompt(server: Server) -> WideningPrompt:
    if not server.command:
        return WideningPrompt(
            title="Add a server",
            text=f"Add the server {server.name} at {server.url}?",
            details=(("Name", server.name), ("Address", server.url)),
        )
    details = [("Name", server.name), ("Command", visible(server.address))]
    details += [("Variable", visible(f"{name}={value}")) for name, value in server.env.items()]
    if server.secret_fd:
        details.append(("Secret", "on a file descriptor"))
    details.append(
        (
            "What this allows",
            "Keyfob will run this program on your computer. It can do there what you can: read and "
            "change your files, and use your network.",
        )
    )
    return WideningPrompt(
        title="Run a program as a server",
        text=f"Add the server {server.name} and let Keyfob run its program?",
        details=tuple(details),
    )
