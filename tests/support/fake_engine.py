"""An engine for the desktop's tests: keeps its state in a Status and does what it is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from keyfob_core.config import Config
from keyfob_core.control.examination import Report
from keyfob_core.control.provider_words import details, summary
from keyfob_core.control.settings import settings_in
from keyfob_core.control.store_choice import Moved, StoreChoice
from keyfob_core.control.tool_access import ToolState
from keyfob_core.control.wire import to_json
from keyfob_core.errors import ConfigInvalid, StoreLocked, UnknownName, UpstreamRefused
from keyfob_core.model import KnownBy
from keyfob_core.ports import Progress, Prompter
from keyfob_core.prompts import PendingPrompt
from keyfob_core.states import (
    AccountCondition,
    AccountState,
    ClientState,
    LatchCondition,
    LatchState,
    LockedBy,
    Need,
    ServerNeeds,
    ServerState,
    Status,
    StoreCondition,
    StoreState,
)
from keyfob_core.steps import Step
from keyfob_core.system.catalogue import load_catalogue

EMPTY = Status(
    version="0.1.0",
    url="http://127.0.0.1:7332",
    problem=None,
    store=StoreState("Secret Service", StoreCondition.READY),
    servers=(),
    accounts=(),
    clients=(),
    waiting=(),
)

STEPS = (
    Step("discovery", "Discovered https://login.example as the authorization server."),
    Step("registration", "Registered Keyfob at https://login.example as client keyfob-4711."),
    Step(
        "browser",
        "Opened the browser (PKCE S256): https://login.example/authorize?state=x1&scope=read",
    ),
    Step("callback", "https://login.example answered with a code."),
    Step("token", "Received a token for notion, valid until the server says otherwise."),
    Step("stored", "Stored in Secret Service as account/notion."),
)

DEVICE_STEPS = (
    Step("discovery", "Discovered https://login.example as the authorization server."),
    Step(
        "code",
        "Enter the code WDJB-MJHT at https://login.example/device",
        (
            ("user_code", "WDJB-MJHT"),
            ("verification_uri", "https://login.example/device"),
            ("expires_at", "set when it is told"),
            ("verification_uri_complete", "https://login.example/device?user_code=WDJB-MJHT"),
        ),
    ),
    Step("token", "Received a token for notion, valid until the server says otherwise."),
    Step("stored", "Stored in Secret Service as account/notion."),
)
BAD_KEY = "a-key-that-the-server-refuses"
CALLBACK = "http://127.0.0.1:45123/callback?code=c1&state=x1"
PASSPHRASE = "correct horse battery"

TOOLS: list[dict[str, Any]] = [
    {
        "name": "whoami",
        "description": "Say who the server takes the caller for.",
        "input_schema": {"type": "object", "properties": {}},
    },
    {
        "name": "create_issue",
        "description": "Create an issue in a repository.\u202e gnp.exe",
        "input_schema": {
            "type": "object",
            "properties": {"title": {"type": "string"}, "number": {"type": "integer"}},
            "required": ["title", "number"],
        },
    },
]

_WHO = {"client": "cursor", "server": "github", "account": "github-account"}
_CALL = {**_WHO, "request_id": "0f3c2b7a", "tool": "create_issue"}
EVENTS: list[dict[str, Any]] = [
    {"seq": 1, "time": "2026-11-23T16:40:00.000Z", "event": "server_added", "server": "github"},
    {
        "seq": 2,
        "time": "2026-11-23T16:41:02.120Z",
        "event": "prompt",
        **_CALL,
        "details": {
            "arguments": '{"title": "It is broken", "token": "•••• (40 characters hidden)"}',
            "digest": "9f" * 32,
        },
    },
    {
        "seq": 3,
        "time": "2026-11-23T16:41:06.450Z",
        "event": "decision",
        **_CALL,
        "outcome": "allow",
        "details": {"lasts": "session"},
    },
    {
        "seq": 4,
        "time": "2026-11-23T16:41:06.461Z",
        "event": "forwarding",
        **_CALL,
        "details": {
            "method": "tools/call",
            "listener": "http",
            "known_by": "token",
            "decided_by": "your answer",
            "session": "5d0c",
        },
    },
    {
        "seq": 5,
        "time": "2026-11-23T16:41:07.001Z",
        "event": "outcome",
        **_CALL,
        "outcome": "ok",
        "details": {"method": "tools/call", "status": 200, "bytes": 5120, "reason": None},
    },
    {
        "seq": 6,
        "time": "2026-11-23T16:44:10.000Z",
        "event": "refused",
        "client": "goose",
        "server": "notion",
        "tool": "delete_page\u202e",
        "request_id": "77aa01",
        "outcome": "denied",
        "details": {"reason": "access_denied: A rule says no.", "times": 4, "rule": "r3"},
    },
]

LOOKS = frozenset(
    {
        "autostart.show",
        "tool.list",
        "rule.list",
        "settings.show",
        "audit.page",
        "audit.follow",
        "audit.counts",
    }
)
"""Verbs that pages ask by themselves, as often as they like."""

WAIT_HALFWAY = frozenset({"connect", "store.move"})
"""Verbs that tell their first steps before they wait, where they are held."""

CLIENT_TOKEN = "kf_test-token-for-a-client"


def server(
    name: str, condition: AccountCondition | None = None, reason: str | None = None
) -> ServerState:
    """A server with an account of its own in this condition."""
    account = None if condition in {None, AccountCondition.NOT_CONNECTED} else f"{name}-account"
    return ServerState(
        name=name,
        url=f"https://{name}.example/mcp",
        account=account,
        account_condition=condition,
        reason=reason,
    )


def account(
    name: str, condition: AccountCondition = AccountCondition.HEALTHY, **changes: Any
) -> AccountState:
    """An account of a browser sign-in, unless changed."""
    usual = AccountState(
        name=name,
        method="oauth",
        condition=condition,
        issuer="https://login.example",
        scope="read write",
        expires_at=1_800_000_000.0,
        renews=True,
    )
    return replace(usual, **changes)


def _good_for_a_while(step: Step) -> Step:
    details = dict(step.details)
    if "expires_at" in details:
        details["expires_at"] = str(time.time() + 899)
    return replace(step, details=tuple(details.items()))


class FakeEngine:
    """Implements what the desktop asks of an engine; touched on its own loop alone."""

    def __init__(self, status: Status = EMPTY) -> None:
        self._status = status
        self._listeners: list[Callable[[Status], None]] = []
        self.dispatched: list[tuple[str, dict[str, Any], bool]] = []
        self.failures: dict[str, Exception] = {}
        self.hold = asyncio.Event()
        """Set, or a verb in `held` waits for it."""
        self.held: set[str] = set()
        self.stopped = asyncio.Event()
        self.cancelled: list[str] = []
        self.closed = False
        self.catalogue = load_catalogue(Path("no-providers-of-the-test's-own.toml"))
        self.store_kind = "keychain"
        self.notes: dict[str, str] = {}
        """What `account.disconnect` tells of an account."""
        self.own: dict[str, Any] = {}
        """What `account.show` tells of every account."""
        self.pasted: asyncio.Queue[str] = asyncio.Queue()
        self.needs = ServerNeeds(need=Need.UNKNOWN)
        """What `server.needs` finds out."""
        self.prompter: Prompter | None = None
        self.more: dict[str, Callable[[dict[str, Any]], object]] = {}
        """What further verbs answer."""
        self.removed: tuple[ServerState, ...] = ()
        self.events = EVENTS
        self.starts, self.autostart_place = False, "~/.config/autostart/keyfob.desktop"
        self.settings = settings_in(Config())
        self.offered = TOOLS
        self.tools: tuple[ToolState, ...] = ()
        self.rules: tuple[dict[str, Any], ...] = ()
        self.report = Report(is_well=True, findings=())

    @asynccontextmanager
    async def running(self, prompter: Prompter | None = None) -> AsyncGenerator[FakeEngine]:
        """The engine as `compose` gives it."""
        self.prompter = prompter
        try:
            yield self
        finally:
            self.closed = True

    def subscribe(self, listener: Callable[[Status], None], /) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def watched(self) -> bool:
        return bool(self._listeners)

    async def until_stopped(self) -> None:
        await self.stopped.wait()

    async def status(self) -> Status:
        return self._status

    def tell(self, **changes: Any) -> None:
        """Change the status and tell it."""
        self._status = replace(self._status, **changes)
        for listener in tuple(self._listeners):
            listener(self._status)

    async def ask(self, pending: PendingPrompt) -> object:
        """Ask the person and show the question as waiting meanwhile."""
        assert self.prompter is not None
        self.tell(waiting=(*self._status.waiting, pending))
        try:
            return await self.prompter.ask(pending.prompt)
        finally:
            left = tuple(each for each in self._status.waiting if each.id != pending.id)
            self.tell(waiting=left)

    async def dispatch(
        self, verb: str, args: dict[str, Any], confirmed: bool, progress: Progress, /
    ) -> object:
        """What the verb answers, as JSON values: the real one is in another process."""
        return to_json(await self._do(verb, args, confirmed, progress))

    async def _do(
        self, verb: str, args: dict[str, Any], confirmed: bool, progress: Progress
    ) -> object:
        if verb not in LOOKS:
            self.dispatched.append((verb, args, confirmed))
        try:
            if verb in self.failures:
                raise self.failures[verb]
            if verb in self.more:
                return self.more[verb](args)
            verbs = self._verbs(progress)
            if verb not in verbs:
                raise UnknownName(f"There is no verb {verb}.")
            if verb not in WAIT_HALFWAY:
                await self._wait(verb)
            return await verbs[verb](args)
        except asyncio.CancelledError:
            self.cancelled.append(verb if not self.closed else f"{verb} after the end")
            raise

    def _verbs(
        self, progress: Progress
    ) -> dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, object]]]:
        return {
            **{verb: partial(self._turn, verb) for verb in ("lock", "unlock", "pause", "resume")},
            "server.add": self._add,
            "server.remove": self._remove,
            "connect": lambda args: self._connect(args, progress),
            "connect.paste": self._paste,
            "provider.list": self._providers,
            "provider.show": self._provider,
            "store.show": self._store_show,
            "store.move": lambda args: self._move(args, progress),
            "store.unlock": self._unlock,
            "account.show": self._account_show,
            "account.disconnect": self._disconnect,
            "account.refresh": self._refresh,
            "client.token": self._token,
            "client.list": self._client_list,
            "client.revoke": self._revoke,
            "autostart.show": self._autostart,
            "autostart.set": self._autostart,
            "settings.show": self._settings_show,
            "settings.set": self._settings_set,
            "tool.list": self._tool_list,
            "tool.access": self._tool_access,
            "rule.list": self._rule_list,
            "rule.remove": self._rule_remove,
            "config.undo": self._undo,
            "doctor": self._doctor,
            "server.needs": self._needs,
            "audit.tail": self._tail,
            "audit.page": self._page,
            "audit.follow": self._follow,
            "audit.counts": self._counts,
            "audit.verify": self._verify,
            "audit.export": self._export,
            "server.tools": self._tools,
            "server.call": self._call,
        }

    async def _wait(self, verb: str) -> None:
        if verb in self.held:
            await self.hold.wait()

    async def _needs(self, args: dict[str, Any]) -> object:
        return self.needs

    async def _add(self, args: dict[str, Any]) -> object:
        url, variables = args.get("url", ""), args.get("env", {})
        if "PATH" in variables:
            raise ConfigInvalid("env.PATH", "steers which code runs", "Use another name.")
        if "command" not in args and not url.startswith(("https://", "http://")):
            raise ConfigInvalid(
                "url", f"{url!r} is not a web address", "Give one like https://host/mcp."
            )
        added = ServerState(
            name=args["name"],
            url=url,
            account=None,
            account_condition=None,
            kind="program" if "command" in args else "http",
            command=tuple(args.get("command", ())),
            variables=tuple(variables),
            secrets_wanted=len(variables),
        )
        self.tell(servers=(*self._status.servers, added))
        return None

    async def _remove(self, args: dict[str, Any]) -> object:
        self.removed = self._status.servers
        self.tell(servers=tuple(s for s in self._status.servers if s.name != args["name"]))
        return {"what": args["name"], "undo": "u1"}

    async def _undo(self, args: dict[str, Any]) -> object:
        self.tell(servers=self.removed)
        return {"what": "", "undo": args["id"]}

    async def _autostart(self, args: dict[str, Any]) -> object:
        self.starts = args.get("enabled", self.starts)
        return {"enabled": self.starts, "place": self.autostart_place}

    async def _settings_show(self, args: dict[str, Any]) -> object:
        return dict(self.settings)

    async def _settings_set(self, args: dict[str, Any]) -> object:
        for path, value in args["values"].items():
            if path == "audit.syslog" and value == "nonsense":
                raise ConfigInvalid(path, "'nonsense' is no syslog server", "Use local.")
            self.settings[path] = value
        return dict(self.settings)

    async def _tool_list(self, args: dict[str, Any]) -> object:
        return self.tools

    async def _tool_access(self, args: dict[str, Any]) -> object:
        return self.tools

    async def _rule_list(self, args: dict[str, Any]) -> object:
        return self.rules

    async def _rule_remove(self, args: dict[str, Any]) -> object:
        self.rules = tuple(rule for rule in self.rules if rule["id"] != args["id"])
        return {"what": args["id"], "undo": "u2"}

    async def _doctor(self, args: dict[str, Any]) -> object:
        return self.report

    async def _connect(self, args: dict[str, Any], progress: Progress) -> object:
        method = args.get("method", "oauth")
        if method == "api-key":
            await self._wait("connect")
            if args["secret"] == BAD_KEY:
                raise UpstreamRefused("The server refuses the key.", "Copy it once more.")
            progress(Step("checked", "The server takes the key."))
        else:
            steps = DEVICE_STEPS if method == "device-code" else STEPS
            if method == "device-code":
                steps = tuple(_good_for_a_while(step) for step in steps)
            half = 2 if method == "device-code" else 3
            for step in steps[:half]:
                progress(step)
            await self._answer(progress)
            for step in steps[half:]:
                progress(step)
        name = args.get("account") or self._usual_account(args)
        connected = account(name, method=method, provider=args.get("provider"))
        self._keep(connected, args.get("server"))
        return connected

    async def _answer(self, progress: Progress) -> None:
        """Wait for the person where that is wanted: for the browser, or for a good paste."""
        if "connect" not in self.held:
            return
        held = asyncio.ensure_future(self.hold.wait())
        try:
            while not held.done():
                pasted = asyncio.ensure_future(self.pasted.get())
                await asyncio.wait({held, pasted}, return_when=asyncio.FIRST_COMPLETED)
                if pasted.done() and pasted.result() == CALLBACK:
                    return
                if pasted.done():
                    progress(Step("paste", "That is not the answer to this sign-in."))
                pasted.cancel()
        finally:
            held.cancel()

    def _usual_account(self, args: dict[str, Any]) -> str:
        return f"{args['server']}-account" if "server" in args else args["provider"]

    def _keep(self, kept: AccountState, server_name: str | None) -> None:
        servers = tuple(
            replace(s, account=kept.name, account_condition=kept.condition)
            if s.name == server_name or s.account == kept.name
            else s
            for s in self._status.servers
        )
        others = tuple(a for a in self._status.accounts if a.name != kept.name)
        self.tell(servers=servers, accounts=(*others, kept))

    async def _paste(self, args: dict[str, Any]) -> object:
        self.pasted.put_nowait(args["address"])
        return None

    async def _providers(self, args: dict[str, Any]) -> object:
        return tuple(summary(each) for each in self.catalogue.all())

    async def _provider(self, args: dict[str, Any]) -> object:
        return details(self.catalogue.get(args["id"]))

    async def _turn(self, verb: str, args: dict[str, Any]) -> LatchState:
        turned = {
            "lock": LatchState(
                condition=LatchCondition.LOCKED, since=1.0, locked_by=LockedBy.PERSON
            ),
            "pause": LatchState(condition=LatchCondition.PAUSED, since=1.0),
        }
        latch = turned.get(verb, LatchState())
        self.tell(latch=latch)
        return latch

    async def _store_show(self, args: dict[str, Any]) -> object:
        state = self._status.store
        return StoreChoice(
            kind=self.store_kind,
            name=state.name,
            condition=state.condition,
            reason=state.reason,
            hint=state.hint,
        )

    async def _move(self, args: dict[str, Any], progress: Progress) -> object:
        progress(Step("copying", "Copied 7 secrets."))
        await self._wait("store.move")
        progress(Step("checking", "Read 7 secrets back and compared them."))
        progress(Step("erasing", "Erased 7 secrets from the old store."))
        self.store_kind = args["to"]
        name = "Encrypted file" if args["to"] == "encrypted-file" else "Secret Service"
        self.tell(store=StoreState(name, StoreCondition.READY))
        return Moved(kind=args["to"], moved=7)

    async def _unlock(self, args: dict[str, Any]) -> object:
        if self.store_kind == "encrypted-file" and args.get("passphrase") != PASSPHRASE:
            raise StoreLocked("The passphrase does not open the file.", "Try again.")
        if self._status.store.condition in {StoreCondition.OUTDATED, StoreCondition.GONE}:
            assert args.get("accept_older") is True
        ready = replace(self._status.store, condition=StoreCondition.READY, reason=None, hint=None)
        self.tell(store=ready)
        return await self._store_show(args)

    async def _account_show(self, args: dict[str, Any]) -> object:
        return {"name": args["name"], "client_id": None, "profile": {}, **self.own}

    def _account(self, name: str) -> AccountState:
        return next((a for a in self._status.accounts if a.name == name), account(name))

    async def _disconnect(self, args: dict[str, Any]) -> object:
        gone = replace(
            self._account(args["name"]),
            condition=AccountCondition.NOT_CONNECTED,
            expires_at=None,
            scope=None,
        )
        self._keep(gone, None)
        return {"note": self.notes.get(args["name"])}

    async def _refresh(self, args: dict[str, Any]) -> object:
        self._keep(replace(self._account(args["name"]), condition=AccountCondition.HEALTHY), None)
        return None

    async def _client_list(self, args: dict[str, Any]) -> object:
        return ()

    async def _token(self, args: dict[str, Any]) -> object:
        made = ClientState(
            name=args["name"],
            known_by=KnownBy.TOKEN,
            created_at=1_790_000_000.0,
            last_used_at=None,
            server=args.get("server"),
        )
        self.tell(clients=(*self._status.clients, made))
        path = f"/k/{CLIENT_TOKEN}/mcp" if args.get("server") else "/mcp"
        url = f"{self._status.url}{path}"
        return {"client": args["name"], "token": CLIENT_TOKEN, "url": url}

    async def _revoke(self, args: dict[str, Any]) -> object:
        self.tell(clients=tuple(c for c in self._status.clients if c.name != args["name"]))
        return None

    async def _tail(self, args: dict[str, Any]) -> object:
        return tuple(self.events[-args["count"] :])

    async def _page(self, args: dict[str, Any]) -> object:
        known = [
            one
            for one in self.events
            if all(
                one.get(name) == args[name]
                for name in ("client", "server", "account", "outcome", "request_id")
                if name in args
            )
            and one["seq"] > (args.get("after") or 0)
            and str(args.get("text", "")).casefold() in str(one.values()).casefold()
        ]
        return {"events": tuple(reversed(known)), "before": None, "is_full": True}

    async def _follow(self, args: dict[str, Any]) -> object:
        head = self.events[-1]["seq"] if self.events else 0
        if "seconds" in args and (args.get("after") or 0) >= head:
            await asyncio.Event().wait()
        return {"head": head}

    async def _counts(self, args: dict[str, Any]) -> object:
        slices = args["slices"]
        calls = tuple((i * 7) % 23 for i in range(slices))
        refusals = tuple(3 if i % 11 == 5 else 0 for i in range(slices))
        ends = {"since": args["since"], "until": args["until"]}
        return {**ends, "calls": calls, "refusals": refusals, "is_whole": True}

    async def _verify(self, args: dict[str, Any]) -> object:
        return {"ok": True, "count": 1204, "problem": None, "file": None, "line": None}

    async def _export(self, args: dict[str, Any]) -> object:
        return {"to": args["to"], "size": 20_480}

    async def _tools(self, args: dict[str, Any]) -> object:
        return self.offered

    async def _call(self, args: dict[str, Any]) -> object:
        text = f"{args['tool']} got {sorted(args['arguments'])} <b>as text</b>"
        return {"text": text, "is_error": False, "identity": "ada@example.org"}
