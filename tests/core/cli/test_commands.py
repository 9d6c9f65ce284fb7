from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.control.verbs import IssuedToken
from keyfob_core.errors import AccessDenied, ConfigInvalid, ConfirmationNeeded
from keyfob_core.model import (
    AccountCondition,
    AccountState,
    ClientState,
    KnownBy,
    ServerState,
    Status,
    Step,
    StoreCondition,
    StoreState,
)
from keyfob_core.ports import Progress
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
RULE = {
    "id": "r7",
    "client": "cursor",
    "server": None,
    "tool": None,
    "access": "allow",
    "until": 1.8e9,
    "decides": f"cursor may call anything{ESCAPES}",
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
            "method": "oauth",
            "scopes": ["a", "b"],
            "client_id": None,
            "secret": None,
        },
        ACCOUNT,
    ),
    (
        ["client", "token", "cursor"],
        "client.token",
        {"name": "cursor", "server": None},
        IssuedToken(client="cursor", token="kf_1", url="http://127.0.0.1:1/s/SERVER/mcp"),
    ),
    (
        ["rule", "add", "--client", "cursor", "--access", "allow", "--hours", "3"],
        "rule.add",
        {"client": "cursor", "server": None, "tool": None, "access": "allow", "hours": 3},
        RULE,
    ),
    (["rule", "remove", "r7"], "rule.remove", {"id": "r7"}, None),
]
PLAIN = [
    (["server", "list"], "server.list", {}, (SERVER,)),
    (["server", "remove", "github"], "server.remove", {"name": "github"}, None),
    (["account", "list"], "account.list", {}, (ACCOUNT,)),
    (["account", "disconnect", "work"], "account.disconnect", {"name": "work"}, None),
    (["account", "refresh", "work"], "account.refresh", {"name": "work"}, ACCOUNT),
    (["client", "list"], "client.list", {}, (CLIENT,)),
    (["client", "revoke", "cursor"], "client.revoke", {"name": "cursor"}, None),
    (["rule", "list"], "rule.list", {}, [RULE]),
    (["audit", "tail", "-n", "5"], "audit.tail", {"count": 5}, [EVENT]),
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


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_stdin_less_one_line_end(commands: Commands, ending: str) -> None:
    answering(commands, "connect", ACCOUNT)
    words = ("connect", "github", "--method", "api-key", "--secret-stdin", "--yes")
    code, out, err = commands.run(*words, stdin=f" {MARK}\n{ending}")
    assert code == 0
    assert commands.engine.asked[0][1]["secret"] == f" {MARK}\n".removesuffix(
        "" if ending else "\n"
    )
    assert MARK not in out + err


@pytest.mark.parametrize("option", [["--secret-stdin"], []])
def test_at_a_terminal_the_key_is_asked_for(commands: Commands, option: list[str]) -> None:
    answering(commands, "connect", ACCOUNT)
    code, _, _ = commands.run(
        "connect", "github", "--method", "api-key", *option, "--yes", secret=MARK
    )
    assert code == 0
    assert commands.engine.asked[0][1]["secret"] == MARK


@pytest.mark.parametrize("words", [["--secret-stdin"], []])
def test_a_missing_key_is_said_before_anything_is_asked(
    commands: Commands, words: list[str]
) -> None:
    code, _, err = commands.run("connect", "github", "--method", "api-key", *words, "--yes")
    assert code == 1
    assert "--secret-stdin" in err
    assert commands.engine.asked == []


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
