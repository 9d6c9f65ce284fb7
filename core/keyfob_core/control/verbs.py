"""What commands and the window can ask of the engine, by name."""

from __future__ import annotations

from collections.abc import Mapping

from keyfob_core.control.account_verbs import AccountVerbs
from keyfob_core.control.arguments import Arguments
from keyfob_core.control.audit_verbs import AuditVerbs
from keyfob_core.control.client_imports import ClientImportVerbs
from keyfob_core.control.client_setups import ClientSetupVerbs
from keyfob_core.control.clients import IssuedToken
from keyfob_core.control.examination import Examination
from keyfob_core.control.explanation import Explanation, explain
from keyfob_core.control.intent_verbs import IntentVerbs
from keyfob_core.control.server_verbs import ServerVerbs
from keyfob_core.control.start_verbs import StartVerbs
from keyfob_core.control.tool_verbs import ToolVerbs
from keyfob_core.control.undo import Removed
from keyfob_core.control.workings import Verb, Workings, account_state
from keyfob_core.errors import UnknownName
from keyfob_core.model import Verdict
from keyfob_core.ports import Progress
from keyfob_core.states import AccountState, LatchState, Status
from keyfob_core.traits import Trait
from keyfob_core.version import __version__

_MINUTE, _HOUR = 60.0, 3600.0
WINDOW_ONLY = frozenset({"server.tools", "server.call", "audit.export"})
"""Verbs that only the person's own click stands for: no other program may ask for them."""


class Verbs:
    """Does what was asked; raises typed errors and changes nothing on them."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self._servers = ServerVerbs(workings)
        setups = ClientSetupVerbs(workings)
        self._verbs: Mapping[str, Verb] = {
            "status": self._status,
            "client.token": self._client_token,
            "client.revoke": self._client_revoke,
            "rule.list": self._rule_list,
            "rule.add": self._rule_add,
            "rule.remove": self._rule_remove,
            "explain": self._explain,
            "config.check": self._config_check,
            "config.accept": self._config_accept,
            "session.list": self._session_list,
            "session.end": self._session_end,
            "lock": self._lock,
            "unlock": self._unlock,
            "pause": self._pause,
            "resume": self._resume,
            "engine.info": self._engine_info,
            "engine.raise": self._engine_raise,
            "engine.stop": self._engine_stop,
            **self._servers.verbs,
            **AccountVerbs(workings).verbs,
            **setups.verbs,
            **ClientImportVerbs(workings, setups).verbs,
            **ToolVerbs(workings).verbs,
            **AuditVerbs(workings).verbs,
            **Examination(workings, self.status).verbs,
            **IntentVerbs(workings).verbs,
            **StartVerbs(workings).verbs,
        }

    async def dispatch(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do one verb. `confirmed` says that the person has said yes already."""
        work = self._verbs.get(verb)
        if work is None:
            raise UnknownName(
                f"This Keyfob does not know {verb!r}.", "Use the command of the same version."
            )
        return await work(Arguments(args), confirmed, progress)

    async def dispatch_command(
        self, verb: str, args: Mapping[str, object], confirmed: bool, progress: Progress
    ) -> object:
        """Do one verb for another program of this user, which cannot speak for the person."""
        if verb in WINDOW_ONLY:
            raise UnknownName(f"{verb!r} is done from Keyfob's window only.")
        believed = confirmed and not self._with.widening.at_the_window
        return await self.dispatch(verb, args, believed, progress)

    async def status(self) -> Status:
        """Everything people are shown, as it is now."""
        accounts = self._account_states()
        listening = self._with.listening()
        problem = self._with.config.problem
        return Status(
            version=__version__,
            url=listening.url,
            problem=str(problem) if problem else listening.problem,
            store=await self._with.store.state(),
            servers=self._servers.states(),
            accounts=tuple(accounts.values()),
            clients=self._with.clients.list(),
            waiting=self._with.questions.waiting(),
            socket=listening.socket,
            latch=self._with.locking.state,
            sessions=len(self._with.live_sessions.list()),
            unaccepted=tuple(f"{one.part}: {one.words}" for one in self._with.config.waiting),
        )

    async def _status(self, args: Arguments, confirmed: bool, progress: Progress) -> Status:
        args.none()
        return await self.status()

    async def _client_token(
        self, args: Arguments, confirmed: bool, progress: Progress
    ) -> IssuedToken:
        name, server = args.text("name"), args.narrowing("server")
        args.none()
        return await self._with.clients.issue(name, server, confirmed=confirmed)

    async def _client_revoke(self, args: Arguments, confirmed: bool, progress: Progress) -> None:
        name = args.text("name")
        args.none()
        self._with.clients.revoke(name)

    async def _rule_list(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return self._with.rules.list()

    async def _rule_add(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        client = args.narrowing("client")
        server = args.narrowing("server")
        group = args.narrowing("group")
        tool = args.narrowing("tool")
        annotations = args.choices("annotations", tuple(Trait))
        access = Verdict(args.choice("access", tuple(Verdict), None))
        hours = args.maybe_span("hours", _HOUR)
        args.none()
        return await self._with.rules.add(
            client=client,
            server=server,
            group=group,
            tool=tool,
            annotations=tuple(map(Trait, annotations)),
            access=access,
            hours=hours,
            confirmed=confirmed,
        )

    async def _rule_remove(self, args: Arguments, confirmed: bool, progress: Progress) -> Removed:
        rule_id = args.text("id")
        args.none()
        return await self._with.rules.remove(rule_id, confirmed=confirmed)

    async def _explain(self, args: Arguments, confirmed: bool, progress: Progress) -> Explanation:
        client, server = args.text("client"), args.text("server")
        tool = args.maybe_text("tool")
        args.none()
        config = self._with.config()
        at, facts = config.server(server), None
        if tool is not None:
            facts = self._with.pinning.facts(at, tool)
        now = self._with.clock()
        return explain(config, client=client, server=server, tool=tool, now=now, facts=facts)

    async def _config_check(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return self._with.acceptance.check()

    async def _config_accept(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return await self._with.acceptance.accept(confirmed=confirmed)

    async def _session_list(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return self._with.live_sessions.list()

    async def _session_end(self, args: Arguments, confirmed: bool, progress: Progress) -> None:
        name = args.text("id")
        args.none()
        found = self._with.live_sessions.end_named(name)
        if found != 1:
            said = "There is no session" if not found else f"{found} sessions have an id like"
            raise UnknownName(f"{said} {name!r}.", "See `keyfob session list`.")
        self._with.changed()

    async def _lock(self, args: Arguments, confirmed: bool, progress: Progress) -> LatchState:
        args.none()
        self._with.locking.lock()
        return self._with.locking.state

    async def _unlock(self, args: Arguments, confirmed: bool, progress: Progress) -> LatchState:
        passphrase = args.maybe_text("passphrase")
        args.none()
        await self._with.locking.unlock(passphrase, confirmed=confirmed)
        return self._with.locking.state

    async def _pause(self, args: Arguments, confirmed: bool, progress: Progress) -> LatchState:
        minutes = args.maybe_span("minutes", _MINUTE)
        args.none()
        self._with.locking.pause(minutes)
        return self._with.locking.state

    async def _resume(self, args: Arguments, confirmed: bool, progress: Progress) -> LatchState:
        args.none()
        await self._with.locking.resume(confirmed=confirmed)
        return self._with.locking.state

    async def _engine_info(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return self._with.info()

    async def _engine_raise(self, args: Arguments, confirmed: bool, progress: Progress) -> None:
        args.none()
        self._with.raise_window()

    async def _engine_stop(self, args: Arguments, confirmed: bool, progress: Progress) -> None:
        args.none()
        self._with.stop()

    def _account_states(self) -> dict[str, AccountState]:
        return {
            name: account_state(self._with, account)
            for name, account in self._with.config().accounts.items()
        }
