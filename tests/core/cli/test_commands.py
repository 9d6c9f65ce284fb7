from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from keyfob_core.cli.text import moment
from keyfob_core.control.clients import IssuedToken
from keyfob_core.control.explanation import Explanation, Said
from keyfob_core.errors import AccessDenied, ConfigInvalid, ConfirmationNeeded
from keyfob_core.model import KnownBy
from keyfob_core.ports import Progress
from keyfob_core.prompts import Answer, Decision, Dismissed, PassphrasePrompt, WideningPrompt
from keyfob_core.sessions.session_life import Phase, SessionState
from keyfob_core.settings.config_changes import Change
from keyfob_core.states import (
    AccountCondition,
    AccountState,
    ClientState,
    Era,
    LatchCondition,
    LatchState,
    LockedBy,
    ServerState,
    Status,
    StoreCondition,
    StoreState,
)
from keyfob_core.steps import Step
from support.commands import Commands, MadeUpEngine
from support.terminal import ScriptedTerminal

MARK = "marked-secret-77b2"
ESCAPES = "\x1b[2Jevil\u202e"

SERVER = ServerState(
    name="github",
    url="https://mcp.example/mcp",
    account="work",
    account_condition=AccountCondition.NEEDS_YOU,
    reason=f"It has ended.{ESCAPES}",
)
ACCOUNT = AccountState(name="work", method="oauth", condition=AccountCondition.HEALTHY)
CLIENT = ClientState(name="cursor", known_by=KnownBy.TOKEN, created_at=0, last_used_at=None)
STATUS = Status(
    version="0.1.0",
    url="http://127.0.0.1:7332",
    problem=None,
    store=StoreState("Secret Service", StoreCondition.READY),
    servers=(SERVER,),
    accounts=(ACCOUNT,),
    clients=(CLIENT,),
    waiting=(),
)
CHANGE = Change("servers.github", f"a new server {ESCAPES}")
LOCKED = LatchState(condition=LatchCondition.LOCKED, since=1.0, locked_by=LockedBy.SCREEN)
PAUSED = LatchState(condition=LatchCondition.PAUSED, since=1.0, until=2.0)
SESSION = SessionState(
    id="0123456789abcdef",
    client=f"cur{ESCAPES}sor",
    server="",
    account=None,
    phase=Phase.IDLE,
    issued_at=1.0,
    used_at=None,
)
RULE = {
    "id": "r7",
    "client": "cursor",
    "server": None,
    "tool": None,
    "access": "allow",
    "until": 1.8e9,
    "decides": f"cursor may call anything{ESCAPES}",
}
EXPLANATION = Explanation(
    client="cursor",
    server="github",
    tool="t",
    access=Said(f"rule r7{ESCAPES}", "allow"),
    access_lost=(Said(f"servers.github{ESCAPES}", "ask"),),
    account=Said(f"servers.github.tools.t{ESCAPES}", "bot"),
    account_lost=(Said("servers.github", f"work{ESCAPES}"),),
)
PROVIDER = {
    "id": "github",
    "name": f"GitHub{ESCAPES}",
    "kinds": ["device", "static", "key", "tomorrow's"],
    "url": "https://mcp.example/mcp",
    "confirmed": True,
}
ENTRY = {
    **PROVIDER,
    "servers": [{"name": "GitHub", "url": f"https://mcp.example/mcp{ESCAPES}"}],
    "scopes": [{"name": "repo", "text": f"Write{ESCAPES}", "risk": "write"}],
    "keys": [{"name": "A token", "page": None, "steps": ["Copy it."], "secrets": ["One", "Two"]}],
    "app": {
        "page": "https://apps.example/new",
        "steps": ["Open it.", "Name it."],
        "secret": True,
        "redirect_uri": "http://127.0.0.1/callback",
    },
    "notes": [f"No registration.{ESCAPES}"],
    "docs": None,
    "sources": [],
    "own": False,
}
STORE = {
    "kind": "keychain",
    "name": "Secret Service",
    "condition": "locked",
    "reason": f"It is locked.{ESCAPES}",
    "hint": "Unlock it.",
}
PENDING_TOOL = {
    "id": "t1",
    "server": f"github{ESCAPES}",
    "tool": f"create_issue{ESCAPES}",
    "state": "changed",
    "seen_at": 1.8e9,
    "change": {
        "id": "t1",
        "tool": "create_issue",
        "added": False,
        "fields": [],
        "findings": [{"rule": "r", "field": f"f{ESCAPES}", "excerpt": f"x{ESCAPES}"}],
    },
    "diff": ["description", f"-A{ESCAPES}", f"+B{ESCAPES}"],
}
EVENT = {
    "seq": 1,
    "time": "2026-11-23T12:00:00.000Z",
    "event": "outcome",
    "client": f"cursor{ESCAPES}",
    "server": "github",
    "tool": "list_issues",
    "account": "work",
    "outcome": "ok",
    "details": {"status": 200},
}


@pytest.fixture(params=["in this process", "in another"])
def commands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Commands]:
    """Every command must do the same wherever the engine lives."""
    made = Commands(tmp_path / "home", MadeUpEngine())
    if request.param == "in another":
        with made.running():
            yield made
        assert made.composed == []
    else:
        yield made
        assert {wanted.kind for wanted in made.composed} <= {"command"}


def answering(commands: Commands, verb: str, result: object) -> None:
    commands.engine.verbs[verb] = lambda args, confirmed, progress: result


def widening(commands: Commands, verb: str, result: object) -> None:
    """The verb wants a yes, as the engine without a window does."""

    def work(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        if not confirmed:
            raise ConfirmationNeeded("Let it?", f"Name: {ESCAPES}")
        return result

    commands.engine.verbs[verb] = work


WIDENING = [
    (
        ["server", "add", "github", "https://mcp.example/mcp"],
        "server.add",
        {"name": "github", "url": "https://mcp.example/mcp"},
        SERVER,
    ),
    (
        ["connect", "github", "--account", "work", "--scope", "a", "--scope", "b"],
        "connect",
        {
            "server": "github",
            "account": "work",
            "scopes": ["a", "b"],
        },
        ACCOUNT,
    ),
    (
        ["tool", "approve", "t1", "t2", "--server", "github"],
        "tool.approve",
        {"ids": ["t1", "t2"], "server": "github"},
        [f"create_issue{ESCAPES}", "list_issues"],
    ),
    (
        ["store", "move", "keychain"],
        "store.move",
        {"to": "keychain"},
        {"kind": "keychain", "moved": 3},
    ),
    (
        ["client", "token", "cursor"],
        "client.token",
        {"name": "cursor", "server": None},
        IssuedToken(client="cursor", token="kf_1", url="http://127.0.0.1:1/mcp"),
    ),
    (
        ["rule", "add", "--client", "cursor", "--access", "allow", "--hours", "3"],
        "rule.add",
        {
            "client": "cursor",
            "server": None,
            "group": None,
            "tool": None,
            "annotations": None,
            "access": "allow",
            "hours": 3,
        },
        RULE,
    ),
    (["rule", "remove", "r7"], "rule.remove", {"id": "r7"}, None),
    (["config", "accept"], "config.accept", {}, [CHANGE]),
]
PLAIN = [
    (["session", "list"], "session.list", {}, (SESSION,)),
    (["session", "end", "0123"], "session.end", {"id": "0123"}, None),
    (["config", "check"], "config.check", {}, [CHANGE]),
    (["server", "list"], "server.list", {}, (SERVER,)),
    (["server", "remove", "github"], "server.remove", {"name": "github"}, None),
    (["account", "list"], "account.list", {}, (ACCOUNT,)),
    (["account", "disconnect", "work"], "account.disconnect", {"name": "work"}, None),
    (["account", "refresh", "work"], "account.refresh", {"name": "work"}, ACCOUNT),
    (["client", "list"], "client.list", {}, (CLIENT,)),
    (["client", "revoke", "cursor"], "client.revoke", {"name": "cursor"}, None),
    (["rule", "list"], "rule.list", {}, [RULE]),
    (["tool", "pending"], "tool.pending", {}, [PENDING_TOOL]),
    (
        ["tool", "reject", "t1"],
        "tool.reject",
        {"ids": ["t1"], "server": None},
        [f"create_issue{ESCAPES}"],
    ),
    (
        ["explain", "--client", "cursor", "--server", "github", "--tool", "t"],
        "explain",
        {"client": "cursor", "server": "github", "tool": "t"},
        EXPLANATION,
    ),
    (["provider", "list"], "provider.list", {}, [PROVIDER]),
    (["provider", "show", "github"], "provider.show", {"id": "github"}, ENTRY),
    (["store", "show"], "store.show", {}, STORE),
    (["audit", "tail", "-n", "5"], "audit.tail", {"count": 5}, [EVENT]),
    (
        ["audit", "query", "--client", "zed", "--since", "2026-01-01T00:00Z", "-n", "5"],
        "audit.query",
        {"client": "zed", "since": 1767225600.0, "count": 5},
        [EVENT],
    ),
    (["audit", "verify"], "audit.verify", {}, {"ok": True, "count": 3, "problem": None}),
    (["status"], "status", {}, STATUS),
]


@pytest.mark.parametrize(("words", "verb", "args", "result"), WIDENING)
def test_what_allows_more_waits_for_a_yes_and_then_is_done(
    commands: Commands, words: list[str], verb: str, args: dict[str, object], result: object
) -> None:
    widening(commands, verb, result)
    terminal = ScriptedTerminal("y")
    code, out, err = commands.run(*words, terminal=terminal)
    assert (code, err) == (0, "")
    assert commands.engine.asked == [(verb, args, False), (verb, args, True)]
    assert "Let it?" in terminal.shown
    assert "\x1b" not in terminal.shown + out


@pytest.mark.parametrize(("words", "verb", "args", "result"), WIDENING)
def test_yes_said_beforehand_asks_nothing(
    commands: Commands, words: list[str], verb: str, args: dict[str, object], result: object
) -> None:
    widening(commands, verb, result)
    code, _, err = commands.run(*words, "--yes")
    assert (code, err) == (0, "")
    assert commands.engine.asked == [(verb, args, True)]


@pytest.mark.parametrize(("words", "verb", "args", "result"), WIDENING)
@pytest.mark.parametrize("terminal", [None, ScriptedTerminal("", attended=False)])
def test_without_a_person_nothing_is_allowed_and_the_option_is_named(
    commands: Commands,
    words: list[str],
    verb: str,
    args: dict[str, object],
    result: object,
    terminal: ScriptedTerminal | None,
) -> None:
    widening(commands, verb, result)
    code, _, err = commands.run(*words, terminal=terminal)
    assert code == 1
    assert "--yes" in err
    assert [confirmed for _, _, confirmed in commands.engine.asked] == [False]


def test_a_no_at_the_terminal_changes_nothing(commands: Commands) -> None:
    widening(commands, "rule.add", RULE)
    terminal = ScriptedTerminal("n")
    code, out, err = commands.run("rule", "add", "--access", "allow", terminal=terminal)
    assert (code, out) == (1, "")
    assert "Nothing was changed." in err
    assert [confirmed for _, _, confirmed in commands.engine.asked] == [False]


@pytest.mark.parametrize(("words", "verb", "args", "result"), PLAIN)
def test_other_commands_act_at_once(
    commands: Commands, words: list[str], verb: str, args: dict[str, object], result: object
) -> None:
    answering(commands, verb, result)
    code, out, err = commands.run(*words)
    assert (code, err) == (0, "")
    assert commands.engine.asked == [(verb, args, False)]
    assert out.strip()
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(("words", "verb", "args", "result"), [*WIDENING, *PLAIN])
def test_json_is_all_that_is_printed_for_programs(
    commands: Commands, words: list[str], verb: str, args: dict[str, object], result: object
) -> None:
    answering(commands, verb, result)
    code, out, _ = commands.run(*words, "--json")
    assert code == 0
    json.loads(out)
    assert "\x1b" not in out


@pytest.mark.parametrize("words", [words for words, *_ in [*WIDENING, *PLAIN]])
def test_a_refusal_is_a_sentence_with_its_hint_and_never_a_traceback(
    commands: Commands, words: list[str]
) -> None:
    def refuse(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        raise AccessDenied(f"The answer{ESCAPES} was no.", "Ask again.")

    commands.engine.verbs = dict.fromkeys((verb for _, verb, *_ in [*WIDENING, *PLAIN]), refuse)
    code, out, err = commands.run(*words)
    assert (code, out.replace("Connecting github.\n", "")) == (1, "")
    assert err == "keyfob: The answer␛[2Jevil⟨U+202E⟩ was no.\nAsk again.\n"
    code, out, _ = commands.run(*words, "--json")
    assert json.loads(out)["error"]["code"] == "access_denied"


def test_an_address_that_holds_the_token_is_asked_for_one_server(commands: Commands) -> None:
    made = IssuedToken(client="c", token="kf_9", url="http://127.0.0.1:1/k/kf_9/mcp")
    answering(commands, "client.token", made)
    code, out, _ = commands.run("client", "token", "c", "--in-url", "github", "--yes", "--json")
    assert code == 0
    assert json.loads(out) == {"client": "c", "token": "kf_9", "url": made.url}
    assert commands.engine.asked == [("client.token", {"name": "c", "server": "github"}, True)]


def test_a_sign_ins_steps_are_told_as_they_happen(commands: Commands) -> None:
    def sign_in(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        progress(Step("discovery", f"Found the server{ESCAPES}."))
        progress(Step("token", "Got a token."))
        return ACCOUNT

    commands.engine.verbs["connect"] = sign_in
    code, out, _ = commands.run("connect", "github", "--yes")
    assert code == 0
    assert out.index("Found the server␛[2J") < out.index("Got a token.") < out.index("Connected")
    _, out, err = commands.run("connect", "github", "--yes", "--json")
    assert json.loads(out)["name"] == "work"
    assert "Got a token." in err


def test_a_damaged_log_is_a_failure(commands: Commands) -> None:
    damaged = {"ok": False, "count": 2, "problem": "Line 3 was changed.", "line": 3}
    answering(commands, "audit.verify", damaged)
    code, _, err = commands.run("audit", "verify")
    assert code == 1
    assert "Line 3 was changed." in err
    code, out, _ = commands.run("audit", "verify", "--json")
    assert code == 1
    assert json.loads(out) == damaged


def test_an_event_is_one_line_whatever_is_in_it(commands: Commands) -> None:
    answering(commands, "audit.tail", [EVENT, {**EVENT, "client": "a\nb", "details": None}])
    _, out, _ = commands.run("audit", "tail")
    assert len(out.splitlines()) == 2
    assert "github/list_issues as work: ok status=200" in out


def test_a_rule_is_listed_as_a_sentence_with_its_end(commands: Commands) -> None:
    answering(commands, "rule.list", [RULE, {**RULE, "id": "r8", "until": None}])
    _, out, _ = commands.run("rule", "list")
    assert "cursor may call anything␛[2J" in out
    assert out.splitlines()[1].split()[-2].startswith("2027-01-1")
    assert out.splitlines()[2].endswith("removed")


def test_a_bad_port_is_a_named_setting(commands: Commands) -> None:
    code, _, err = commands.run("status", environ={"KEYFOB_PORT": "http"})
    assert code == 1
    assert "KEYFOB_PORT" in err


def test_a_windows_slow_answer_is_announced_and_a_quick_one_is_not(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "home", MadeUpEngine(kind="tray"))

    async def once_it_is_said() -> object:
        assert await asyncio.to_thread(commands.remarked.wait, 5)
        return RULE

    commands.engine.verbs["rule.add"] = lambda args, confirmed, progress: once_it_is_said()
    answering(commands, "server.add", SERVER)
    with commands.running():
        code, _, err = commands.run("rule", "add", "--access", "allow")
        assert (code, err) == (0, "Answer in Keyfob's window…\n")
        code, _, err = commands.run("server", "add", "github", "https://mcp.example/mcp")
        assert (code, err) == (0, "")


def test_status_says_what_to_do_next(tmp_path: Path) -> None:
    empty = Status(
        version="0.1.0",
        url=None,
        problem=None,
        store=StoreState("Secret Service", StoreCondition.LOCKED, "Locked.", "Unlock it."),
        servers=(),
        accounts=(),
        clients=(),
        waiting=(),
    )
    commands = Commands(tmp_path / "home", MadeUpEngine())
    answering(commands, "status", empty)
    _, out, _ = commands.run("status")
    for told in ("not running", "Unlock it.", "keyfob serve", "server add", "client token"):
        assert told in out
    _, out, _ = commands.run("status", "--json")
    assert json.loads(out)["running"] is None
    with commands.running():
        answering(commands, "status", STATUS)
        _, out, _ = commands.run("status")
        assert "keyfob connect github" in out
        assert "server add" not in out
        assert "http://127.0.0.1:7332" in out


def test_status_has_nobody_connect_again_what_only_the_shut_store_hides(
    commands: Commands,
) -> None:
    shut = StoreState("Secret Service", StoreCondition.LOCKED, "Locked.", "Unlock it.")
    hidden = replace(SERVER, account="work", account_condition=AccountCondition.NEEDS_YOU)
    alone = replace(ACCOUNT, name="ci", condition=AccountCondition.NEEDS_YOU)
    answering(commands, "status", replace(STATUS, store=shut, servers=(hidden,), accounts=(alone,)))
    _, out, _ = commands.run("status")
    assert "Unlock it." in out
    assert "keyfob connect" not in out


def test_status_has_nobody_connect_again_what_cannot_be_read_for_now(commands: Commands) -> None:
    hidden = replace(SERVER, account="work", account_condition=AccountCondition.UNREAD)
    alone = replace(ACCOUNT, name="ci", condition=AccountCondition.UNREAD)
    answering(commands, "status", replace(STATUS, servers=(hidden,), accounts=(alone,)))
    _, out, _ = commands.run("status")
    assert "keyfob connect" not in out


def test_status_reminds_of_keys_that_end_and_of_accounts_that_no_server_shows(
    commands: Commands,
) -> None:
    day = 86400.0

    def key(name: str, ends: float, *, remind: float | None = None) -> AccountState:
        return AccountState(
            name=name,
            method="api-key",
            condition=AccountCondition.HEALTHY,
            expires_at=ends,
            remind_at=remind,
        )

    lapsed = AccountState(
        name="ci",
        method="service-account",
        provider="google-cloud",
        condition=AccountCondition.FAILED,
        reason="The issuer says no.",
    )
    renewing = AccountState(
        name="renewing",
        method="oauth",
        condition=AccountCondition.HEALTHY,
        expires_at=100.1 * day,
        renews=True,
    )
    keys = (
        key("soon", 106 * day),
        key("late", 108 * day),
        key("gone", 99 * day),
        key("told", 130 * day, remind=100 * day),
        key("not-yet", 103 * day, remind=101 * day),
    )
    accounts = (*keys, lapsed, renewing, replace(renewing, name="year", renews=False))
    answering(commands, "status", replace(STATUS, accounts=accounts))
    _, out, _ = commands.run("status", clock=lambda: 100 * day)
    assert f"The key of soon ends on {moment(106 * day)}" in out
    assert f"The key of gone ended on {moment(99 * day)}" in out
    assert f"The key of told ends on {moment(130 * day)}" in out
    for quiet in ("late", "not-yet", "renewing"):
        assert f"of {quiet} end" not in out
    assert "The sign-in of year ends on" in out
    assert "failed - The issuer says no." in out
    assert "keyfob connect --provider google-cloud --account ci --method service-account" in out
    assert "Store: Secret Service, ready" in out


def test_the_status_names_the_socket_where_there_is_one(commands: Commands) -> None:
    answering(commands, "status", replace(STATUS, socket=f"/run/keyfob/relay.sock{ESCAPES}"))
    _, out, _ = commands.run("status")
    assert "\nSocket: /run/keyfob/relay.sock␛[2J" in out
    answering(commands, "status", STATUS)
    _, out, _ = commands.run("status")
    assert "Socket:" not in out


def test_accounts_are_listed_with_whose_they_are(commands: Commands) -> None:
    account = replace(ACCOUNT, label=f"ada@example.org{ESCAPES}", provider="github")
    answering(commands, "account.list", (account,))
    _, out, _ = commands.run("account", "list")
    assert "ada@example.org␛[2J" in out
    assert out.splitlines()[1].split()[:1] == ["work"]
    assert " github " in out


def test_an_account_is_shown_with_what_is_different_about_its_sign_in_server(
    commands: Commands,
) -> None:
    shown = {
        **asdict(ACCOUNT),
        "issuer": f"https://as.example{ESCAPES}",
        "scopes": ["repo", "read:org"],
        "client_id": None,
        "servers": ["github"],
        "profile": {"resource": "omit", "authorize_params": {"prompt": "consent"}, "dpop": True},
    }
    answering(commands, "account.show", shown)
    code, out, _ = commands.run("account", "show", "work")
    assert code == 0
    assert "scopes    repo, read:org" in out
    assert "used by   github" in out
    assert "differs   resource = omit" in out
    assert "differs   authorize_params = prompt=consent" in out
    assert "https://as.example␛[2J" in out
    assert "client ID" not in out
    assert commands.engine.asked[-1] == ("account.show", {"name": "work"}, False)


def test_what_an_issuer_was_not_told_is_told_here(commands: Commands) -> None:
    answering(commands, "account.disconnect", {"note": f"It was not told.{ESCAPES}"})
    code, out, _ = commands.run("account", "disconnect", "work")
    assert code == 0
    assert "its secret is erased" in out
    assert "It was not told.␛[2J" in out
    answering(commands, "account.disconnect", {"note": None})
    assert commands.run("account", "disconnect", "work")[1].count("\n") == 1


def test_providers_are_found_by_any_part_and_the_unconfirmed_are_marked(
    commands: Commands,
) -> None:
    tavily = {
        "id": "tavily",
        "name": "Search",
        "kinds": ["key"],
        "url": None,
        "confirmed": False,
    }
    answering(commands, "provider.list", [PROVIDER, tavily])
    _, out, _ = commands.run("provider", "list")
    assert re.search(r"^github +.* yes +device, static, key", out, re.MULTILINE)
    assert re.search(r"^tavily +Search +\? +key +-$", out, re.MULTILINE)
    assert "? = " in out
    for text in ("HUB", "mcp.example", "git"):
        _, out, _ = commands.run("provider", "list", text)
        assert "github" in out
        assert "tavily" not in out
        assert "? = " not in out
    _, out, _ = commands.run("provider", "list", "SEARCH", "--json")
    assert json.loads(out) == [tavily]
    code, out, _ = commands.run("provider", "list", "nothing")
    assert (code, "keyfob server add" in out) == (0, True)


def test_a_provider_is_shown_with_what_a_person_needs_to_begin(commands: Commands) -> None:
    answering(commands, "provider.show", ENTRY)
    _, out, _ = commands.run("provider", "show", "github")
    for told in (
        "--method device-code",
        "tomorrow's",
        "writes",
        "  1. Open it.",
        "  2. Name it.",
        "http://127.0.0.1/callback",
        "--client-id ID --secret-stdin",
        "Key: A token",
        "in this order: One, Two.",
        "No registration.",
    ):
        assert told in out
    assert "(not confirmed)" not in out
    answering(commands, "provider.show", {**ENTRY, "confirmed": False, "app": None, "own": True})
    _, out, _ = commands.run("provider", "show", "github")
    assert "(not confirmed)" in out
    assert "(yours)" in out
    assert "--client-id ID --secret-stdin" not in out


MOVED = {"kind": "encrypted-file", "moved": 3}


def test_a_new_passphrase_is_asked_for_twice(commands: Commands) -> None:
    answering(commands, "store.move", MOVED)
    words = ("store", "move", "encrypted-file", "--yes")
    code, out, err = commands.run(*words, secret=(MARK, MARK))
    assert code == 0
    assert commands.questions == ["New passphrase: ", "Once more: "]
    wanted = {"to": "encrypted-file", "passphrase": MARK}
    assert commands.engine.asked == [("store.move", wanted, True)]
    assert "Moved 3 secrets" in out
    assert MARK not in out + err
    code, _, err = commands.run(*words, secret=(MARK, "another"))
    assert code == 1
    assert "passphrase" in err
    assert len(commands.engine.asked) == 1


def test_a_passphrase_may_be_piped_in_and_must_be_given(commands: Commands) -> None:
    answering(commands, "store.move", MOVED)
    words = ("store", "move", "encrypted-file", "--yes")
    code, _, err = commands.run(*words)
    assert (code, "--passphrase-stdin" in err) == (1, True)
    code, _, err = commands.run(*words, "--passphrase-stdin", stdin="\n")
    assert (code, "passphrase: is empty" in err) == (1, True)
    assert commands.engine.asked == []
    code, out, err = commands.run(*words, "--passphrase-stdin", stdin=f"{MARK}\n")
    assert code == 0
    assert commands.engine.asked[0][1]["passphrase"] == MARK
    assert MARK not in out + err
    # The file that is left may be locked.
    commands.run("store", "move", "keychain", "--passphrase-stdin", "--yes", stdin=f"{MARK}\n")
    assert commands.engine.asked[1][1] == {"to": "keychain", "passphrase": MARK}


def test_a_moves_steps_are_told(commands: Commands) -> None:
    def move(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        progress(Step("copied", "Copied 3 secrets."))
        return {"kind": "keychain", "moved": 3}

    commands.engine.verbs["store.move"] = move
    _, out, _ = commands.run("store", "move", "keychain", "--yes")
    assert out.index("Copied 3 secrets.") < out.index("Moved 3 secrets")


def test_the_running_store_is_unlocked_and_another_is_not_pretended_to_be(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "home", MadeUpEngine())
    answering(commands, "store.show", {**STORE, "kind": "encrypted-file"})
    answering(commands, "store.unlock", {**STORE, "condition": "ready", "reason": None})
    code, _, err = commands.run("store", "unlock", secret=MARK)
    assert (code, "not running" in err) == (1, True)
    with commands.running():
        code, out, err = commands.run("store", "unlock", secret=MARK)
        assert (code, out, err) == (0, "Store: Secret Service, ready\n", "")
        assert commands.engine.asked[-1] == ("store.unlock", {"passphrase": MARK}, False)
        answering(commands, "store.show", STORE)
        assert commands.run("store", "unlock")[0] == 0
        assert commands.engine.asked[-1] == ("store.unlock", {}, False)


@pytest.mark.parametrize(
    ("condition", "typed"), [("outdated", [MARK]), ("gone", [MARK, MARK])], ids=["older", "gone"]
)
def test_an_older_file_is_accepted_by_a_yes_and_its_passphrase(
    tmp_path: Path, condition: str, typed: list[str]
) -> None:
    commands = Commands(tmp_path / "home", MadeUpEngine())
    answering(commands, "store.show", {**STORE, "kind": "encrypted-file", "condition": condition})
    widening(commands, "store.unlock", {**STORE, "condition": "ready"})
    code, out, err = commands.run("store", "unlock", "--accept-older", secret=typed)
    assert (code, "--yes" in err) == (1, True)
    code, out, err = commands.run("store", "unlock", "--accept-older", "--yes", secret=typed)
    assert (code, err) == (0, "")
    args = {"accept_older": True, "passphrase": MARK}
    assert commands.engine.asked[-1] == ("store.unlock", args, True)
    assert MARK not in out


def test_a_commands_own_engine_may_ask_for_the_passphrase_alone(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "home", MadeUpEngine())
    answers: list[Answer] = []

    async def needing(args: dict[str, object]) -> object:
        prompter = commands.prompters[0]
        assert prompter.attended
        assert not prompter.answers_commands
        answers.append(await prompter.ask(PassphrasePrompt(text="Give the passphrase.")))
        answers.append(await prompter.ask(WideningPrompt(title="Let it?", text="")))
        return ()

    commands.engine.verbs["server.list"] = lambda args, confirmed, progress: needing(args)
    terminal = ScriptedTerminal(MARK)
    code, out, err = commands.run("server", "list", terminal=terminal)
    assert code == 0
    assert answers == [Decision(True, text=MARK), Dismissed()]
    assert terminal.echoed == [False]
    assert MARK not in out + err + terminal.shown


def test_a_held_lock_without_an_answer_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyfob_core.cli import engines
    from keyfob_core.system.lock import EngineLock

    monkeypatch.setattr(engines, "_PATIENCE_SECONDS", 0.2)
    commands = Commands(tmp_path / "home", MadeUpEngine())
    lock = EngineLock(commands.paths.lock_file)
    assert lock.acquire()
    code, _, err = commands.run("status")
    lock.release()
    assert code == 1
    assert "Another Keyfob holds this installation." in err


def test_a_bad_value_keeps_its_field_in_json(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "home", MadeUpEngine())

    def refuse(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        raise ConfigInvalid("url", "is no URL", "Give one.")

    commands.engine.verbs["server.add"] = refuse
    _, out, _ = commands.run("server", "add", "x", "y", "--json")
    assert json.loads(out)["error"] == {
        "code": "config_invalid",
        "message": "url: is no URL",
        "hint": "Give one.",
        "field": "url",
    }


def test_an_explanation_names_what_decided_and_what_lost(commands: Commands) -> None:
    answering(commands, "explain", EXPLANATION)
    words = ("explain", "--client", "cursor", "--server", "github", "--tool", "t")
    _, out, _ = commands.run(*words)
    lines = out.splitlines()
    assert lines[0].startswith("cursor may call t of github: rule r7")
    assert lines[1].startswith("  outweighed: ask by servers.github")
    assert lines[2].startswith("Account bot: servers.github.tools.t")
    assert lines[3].startswith("  outweighed: work")


@pytest.mark.parametrize(
    ("eras", "bridged", "shown"),
    [
        ((), False, "-"),
        ((Era.HANDSHAKE,), True, "handshake, bridged"),
        ((Era.HANDSHAKE, Era.MODERN), False, "handshake and 2026-07-28"),
    ],
)
def test_a_list_of_servers_tells_what_each_speaks(
    commands: Commands, eras: tuple[Era, ...], bridged: bool, shown: str
) -> None:
    server = replace(SERVER, reason=None, eras=eras, bridged=bridged)
    commands.engine.verbs["server.list"] = lambda args, confirmed, progress: (server,)
    _, out, _ = commands.run("server", "list")
    titles, row = out.splitlines()
    column = titles.index("SPEAKS")
    assert row[column:] == shown
    _, out, _ = commands.run("server", "list", "--json")
    [told] = json.loads(out)
    assert (told["eras"], told["bridged"]) == ([str(era) for era in eras], bridged)


def test_tools_have_to_be_named(commands: Commands) -> None:
    code, out, err = commands.run("tool", "approve")
    assert (code, out) == (2, "")
    assert "--server" in err


def test_a_rule_may_be_for_tools_by_what_they_say_of_themselves(commands: Commands) -> None:
    answering(commands, "rule.add", RULE)
    words = ["--annotation", "read-only", "--annotation", "idempotent"]
    code, _, _ = commands.run("rule", "add", "--access", "ask", *words)
    assert code == 0
    [(_, args, _)] = commands.engine.asked
    assert args["annotations"] == ["read-only", "idempotent"]


@pytest.mark.parametrize("commands", ["in another"], indirect=True)
@pytest.mark.parametrize(
    ("stored", "words", "given"),
    [
        ("keychain", [], {}),
        ("encrypted-file", ["--passphrase-stdin"], {"passphrase": "from stdin"}),
        ("encrypted-file", [], {}),
    ],
)
def test_unlocking_takes_the_passphrase_where_the_store_has_one(
    commands: Commands, stored: str, words: list[str], given: dict[str, object]
) -> None:
    answering(commands, "store.show", {"kind": stored})
    answering(commands, "unlock", LatchState())
    code, out, _ = commands.run("unlock", "--yes", *words, stdin="from stdin\n")
    assert (code, out) == (0, "Keyfob is open.\n")
    assert commands.engine.asked[-1] == ("unlock", given, True)


@pytest.mark.parametrize("commands", ["in another"], indirect=True)
@pytest.mark.parametrize(
    ("words", "asked", "latch", "said"),
    [
        (["lock"], ("lock", {}, False), LOCKED, "locked with the screen"),
        (
            ["pause", "--minutes", "5"],
            ("pause", {"minutes": 5}, False),
            PAUSED,
            f"paused until {moment(2.0)}",
        ),
        (["resume", "--yes"], ("resume", {}, True), LatchState(), "open"),
    ],
)
def test_a_running_keyfob_is_locked_paused_and_resumed(
    commands: Commands,
    words: list[str],
    asked: tuple[str, dict[str, object], bool],
    latch: LatchState,
    said: str,
) -> None:
    answering(commands, asked[0], latch)
    code, out, err = commands.run(*words)
    assert (code, out, err) == (0, f"Keyfob is {said}.\n", "")
    assert commands.engine.asked == [asked]
    _, out, _ = commands.run(*words, "--json")
    assert json.loads(out)["condition"] == latch.condition


@pytest.mark.parametrize("commands", ["in this process"], indirect=True)
@pytest.mark.parametrize("word", ["lock", "unlock", "pause", "resume"])
def test_without_an_engine_there_is_nothing_to_lock(commands: Commands, word: str) -> None:
    code, _, err = commands.run(word)
    assert code == 1
    assert "not running" in err


@pytest.mark.parametrize("minutes", ["0", "-1", "1.5", "x"])
def test_a_pause_takes_whole_minutes(commands: Commands, minutes: str) -> None:
    assert commands.run("pause", "--minutes", minutes)[0] == 2
