from __future__ import annotations

import json
from pathlib import Path

import pytest

from keyfob_core.states import AccountCondition, ServerState
from support.commands import Commands, MadeUpEngine

ESCAPES = "\x1b[2Jevil\u202e"
PROGRAM = ServerState(
    name="files",
    url="",
    account=None,
    account_condition=None,
    kind="program",
    command=("npx", "-y", f"a b{ESCAPES}"),
    variables=("MODE",),
)


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "home", MadeUpEngine())


def answering(commands: Commands, verb: str, value: object) -> None:
    commands.engine.verbs[verb] = lambda args, confirmed, progress: value


def asked(commands: Commands) -> object:
    [(verb, args, confirmed)] = commands.engine.asked
    assert (verb, confirmed) == ("server.add", True)
    return args


def test_what_stands_behind_the_dashes_is_the_program_s_own(commands: Commands) -> None:
    answering(commands, "server.add", PROGRAM)
    words = ["npx", "-y", "--json", "--yes", "--", "--env", "A=B", ""]
    code, out, _ = commands.run("server", "add", "files", "--yes", "--", *words)
    assert code == 0
    assert asked(commands) == {"name": "files", "command": words}
    assert "Keyfob starts it when a client first uses it" in out


def test_variables_and_the_places_of_the_secret_go_with_it(commands: Commands) -> None:
    wanting = ServerState(
        name="files", url="", account=None, account_condition=None, kind="program",
        command=("npx",), secrets_wanted=1,
    )  # fmt: skip
    answering(commands, "server.add", wanting)
    options = ("--env", "A=b=c", "--env", "B={secret2}", "--secret-env", "TOKEN", "--secret-fd")
    code, out, _ = commands.run("server", "add", "files", *options, "--yes", "--", "npx")
    assert code == 0
    assert asked(commands) == {
        "name": "files",
        "command": ["npx"],
        "env": {"A": "b=c", "B": "{secret2}", "TOKEN": "{secret}"},
        "secret_fd": True,
    }
    assert "keyfob connect files --secret-stdin" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["files"], "URL is missing"),
        (["files", "https://x.example/mcp", "--", "npx"], "two servers"),
        (["files", "https://x.example/mcp", "--env", "A=b"], "--env is for a program"),
        (["files", "https://x.example/mcp", "--secret-env", "A"], "--secret-env is for a program"),
        (["files", "https://x.example/mcp", "--secret-fd"], "--secret-fd is for a program"),
        (["files", "--env", "A=b", "--secret-env", "A", "--", "npx"], "A stands twice"),
        (["files", "--env", "A", "--", "npx"], "NAME=VALUE"),
        (["files", "--"], "URL is missing"),
    ],
)
def test_words_that_cannot_go_together_are_wrong_usage(
    commands: Commands, words: list[str], said: str
) -> None:
    code, _, err = commands.run("server", "add", "--yes", *words)
    assert code == 2
    assert said in err
    assert commands.engine.asked == []


def test_a_program_is_listed_by_its_command_which_cannot_write_on_the_terminal(
    commands: Commands,
) -> None:
    answering(commands, "server.list", (PROGRAM,))
    code, out, _ = commands.run("server", "list")
    assert code == 0
    assert "npx -y 'a b␛[2Jevil" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    code, out, _ = commands.run("server", "list", "--json")
    [listed] = json.loads(out)
    assert (listed["url"], listed["command"][:2]) == ("", ["npx", "-y"])


def test_how_many_of_a_program_run_and_why_none_does_is_shown(commands: Commands) -> None:
    running = ServerState(
        name="files", url="", account="files", account_condition=AccountCondition.HEALTHY,
        reason="It ended.", kind="program", command=("npx",), running=2,
    )  # fmt: skip
    answering(commands, "server.list", (running,))
    _, out, _ = commands.run("server", "list")
    assert "healthy - It ended. - 2 running" in out


def test_what_a_program_complained_with_is_shown_line_by_line(commands: Commands) -> None:
    answering(commands, "server.log", (f"one{ESCAPES}", "two"))
    code, out, _ = commands.run("server", "log", "files", "--count", "7")
    assert code == 0
    assert out == "one␛[2Jevil⟨U+202E⟩\ntwo\n"
    assert commands.engine.asked == [("server.log", {"name": "files", "count": 7}, False)]
    answering(commands, "server.log", ())
    _, out, _ = commands.run("server", "log", "files")
    assert "complained of nothing" in out
    assert commands.run("server", "log", "files", "--count", "0")[0] == 2
