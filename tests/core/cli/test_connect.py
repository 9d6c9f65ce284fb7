from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob_core.errors import UnknownName
from keyfob_core.ports import Progress
from keyfob_core.states import AccountCondition, AccountState, ServerState
from keyfob_core.steps import Step
from support.commands import Commands, MadeUpEngine, Verb, seen
from support.signing_keys import ec_jwk, ec_pem, rsa_pem
from support.terminal import ScriptedTerminal

MARK = "marked-secret-41c7"
ESCAPES = "\x1b[2Jevil\u202e"
ACCOUNT = AccountState(
    name="work",
    method="oauth",
    condition=AccountCondition.HEALTHY,
    label=f"ada@example.org{ESCAPES}",
)
SERVICE = ("--method", "service-account", "--kind")


@pytest.fixture(params=["in this process", "in another"])
def commands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Commands]:
    """Every command must do the same wherever the engine lives."""
    made = Commands(tmp_path / "home", MadeUpEngine())
    made.engine.verbs["connect"] = lambda args, confirmed, progress: ACCOUNT
    if request.param == "in another":
        with made.running():
            yield made
    else:
        yield made


@pytest.fixture
def asleep(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "home", MadeUpEngine())


def wanted(commands: Commands) -> dict[str, object]:
    """What the engine was asked to connect."""
    ((verb, args, _),) = commands.engine.asked
    assert verb == "connect"
    return args


@pytest.mark.parametrize(
    ("words", "args"),
    [
        ([], {"server": "srv"}),
        (["--method", "oauth", "--client-id", "me"], {"method": "oauth", "client_id": "me"}),
        (
            ["--param", "access_type=offline", "--param", "prompt=a=b", "--resource", "omit"],
            {
                "profile": {
                    "authorize_params": {"access_type": "offline", "prompt": "a=b"},
                    "resource": "omit",
                }
            },
        ),
        (
            ["--callback", "http://localhost:3118/callback", "--assume-s256", "--dpop"],
            {
                "profile": {
                    "callback": "http://localhost:3118/callback",
                    "assume_s256": True,
                    "dpop": True,
                }
            },
        ),
        (
            ["--token-auth", "client_secret_post", "--resource", "https://r.example/"],
            {"profile": {"token_auth": "client_secret_post", "resource": "https://r.example/"}},
        ),
        (["--method", "device-code", "--scope", "a"], {"method": "device-code", "scopes": ["a"]}),
        (
            [*SERVICE, "workload-identity", "--set", "token_file=/run/t", "--client-id", "me"],
            {
                "method": "service-account",
                "kind": "workload-identity",
                "parameters": {"token_file": "/run/t", "client_id": "me"},
            },
        ),
    ],
)
def test_words_become_the_verbs_arguments(
    commands: Commands, words: list[str], args: dict[str, object]
) -> None:
    code, out, err = commands.run("connect", "srv", *words, "--yes")
    assert (code, err) == (0, "")
    assert wanted(commands) == {"server": "srv", **args}
    assert "with the account work (ada@example.org␛[2Jevil" in out


def test_a_provider_needs_no_server(commands: Commands) -> None:
    code, out, _ = commands.run("connect", "--provider", "github", "--account", "ci", "--yes")
    assert code == 0
    assert wanted(commands) == {"provider": "github", "account": "ci"}
    assert "Connected github" in out


BEARER = {"kind": "header", "name": "Authorization", "template": "Bearer {key}"}


@pytest.mark.parametrize(
    ("words", "placements"),
    [
        ([], [{}]),
        (["--header", "X-Api-Key"], [{"kind": "header", "name": "X-Api-Key", "template": "{key}"}]),
        (["--header", "authorization"], [{**BEARER, "name": "authorization"}]),
        (
            ["--header", "Authorization=Token {key}"],
            [{"kind": "header", "name": "Authorization", "template": "Token {key}"}],
        ),
        (["--query", "api_key"], [{"kind": "query", "name": "api_key", "template": "{key}"}]),
        (
            ["--basic", "ada"],
            [{"kind": "basic", "template": "{username}:{key}", "username": "ada"}],
        ),
        (["--basic", "{key}:"], [{"kind": "basic", "template": "{key}:"}]),
        (
            ["--header", "A", "--query", "b", "--header", "C"],
            [
                {"kind": "header", "name": "A", "template": "{key}"},
                {"kind": "query", "name": "b", "template": "{key}"},
                {"kind": "header", "name": "C", "template": "{key}"},
            ],
        ),
    ],
)
@pytest.mark.parametrize("piped", [True, False])
def test_a_key_is_read_for_each_place_in_order(
    commands: Commands, words: list[str], placements: list[dict[str, str]], piped: bool
) -> None:
    keys = [f"{MARK}-{number}" for number in range(len(placements))]
    command = ("connect", "srv", "--method", "api-key", *words, "--yes", "--secret-stdin")
    if piped:
        code, out, err = commands.run(*command, stdin="\r\n".join(keys) + "\r\n")
    else:
        code, out, err = commands.run(*command, secret=keys)
        assert len(commands.questions) == len(keys)
    assert code == 0
    args = commands.engine.asked[-1][1]
    assert args["secret"] == keys[0]
    assert args.get("placement", {}) == placements[0]
    parts = [{**place, "secret": key} for place, key in zip(placements, keys, strict=True)][1:]
    assert args.get("parts", []) == parts
    assert MARK not in out + err


def test_key_options_name_the_method_and_say_when_the_key_ends(commands: Commands) -> None:
    words = ("connect", "srv", "--expires", "90", "--no-check", "--secret-stdin", "--yes")
    assert commands.run(*words, stdin=MARK)[0] == 0
    assert wanted(commands) == {
        "server": "srv",
        "method": "api-key",
        "secret": MARK,
        "expires_days": 90,
        "check_key": False,
    }


def test_the_wrong_number_of_keys_is_said_with_their_order(commands: Commands) -> None:
    words = ("connect", "srv", "--header", "A", "--header", "B", "--secret-stdin", "--yes")
    for given in (MARK, f"{MARK}\n{MARK}\n{MARK}"):
        code, out, err = commands.run(*words, stdin=given)
        assert code == 1
        assert "API key for A, API key for B" in err
        assert MARK not in out + err
    assert commands.engine.asked == []


ENTRY = {"keys": [{"secrets": ["API key", "Application key"]}]}


@pytest.mark.parametrize("target", [["srv"], ["--provider", "datadog"]])
def test_a_provider_that_wants_two_keys_is_given_two(commands: Commands, target: list[str]) -> None:
    server = ServerState(
        name="srv",
        url="https://mcp.dd.example/mcp",
        account=None,
        account_condition=None,
        provider="datadog",
    )
    verbs = commands.engine.verbs
    verbs["server.list"] = lambda args, confirmed, progress: (server,)
    verbs["provider.show"] = lambda args, confirmed, progress: (
        ENTRY if args == {"id": "datadog"} else {}
    )
    words = ("connect", *target, "--method", "api-key", "--yes")
    assert commands.run(*words, secret=("one", "two"))[0] == 0
    assert commands.questions == ["API key: ", "Application key: "]
    args = commands.engine.asked[-1][1]
    assert (args["secret"], args["parts"]) == ("one", [{"secret": "two"}])
    # Piped, the engine knows where further lines stand.
    assert commands.run(*words, "--secret-stdin", stdin="one\n\ntwo\n")[0] == 0
    args = commands.engine.asked[-1][1]
    assert (args["secret"], args["parts"]) == ("one", [{"secret": "two"}])


@pytest.mark.parametrize("words", [["--secret-stdin"], []])
@pytest.mark.parametrize(
    "method",
    [["--method", "api-key"], [*SERVICE, "client-credentials"], [*SERVICE, "enterprise-managed"]],
)
def test_a_missing_secret_is_said_before_anything_is_asked(
    commands: Commands, words: list[str], method: list[str]
) -> None:
    code, _, err = commands.run("connect", "srv", *method, *words, "--yes", stdin="\n")
    assert code == 1
    assert "--secret-stdin" in err
    assert commands.engine.asked == []


def test_a_clients_secret_goes_with_its_id(commands: Commands) -> None:
    words = ("connect", "srv", "--client-id", "me", "--secret-stdin", "--yes")
    assert commands.run(*words, stdin=f"{MARK}\r\n")[0] == 0
    assert wanted(commands) == {"server": "srv", "client_id": "me", "secret": MARK}


def test_a_service_accounts_secret_is_asked_for_at_a_terminal(commands: Commands) -> None:
    kind = "client-credentials"
    words = ("connect", "srv", *SERVICE, kind, "--client-id", "me", "--set", "audience=x", "--yes")
    code, out, err = commands.run(*words, secret=MARK)
    assert code == 0
    assert commands.questions == ["Client secret: "]
    assert wanted(commands) == {
        "server": "srv",
        "method": "service-account",
        "kind": kind,
        "parameters": {"client_id": "me", "audience": "x"},
        "secret": MARK,
    }
    assert MARK not in out + err


COMPANY = ("connect", "srv", *SERVICE, "enterprise-managed", "--client-id", "me", "--yes")


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ([], "Refresh token"),
        (["--set", "subject=renewed_id_token"], "Refresh token"),
        (["--set", "subject=id_token"], "ID token"),
    ],
)
def test_a_companys_token_and_the_secrets_of_both_clients_are_asked_for(
    commands: Commands, subject: list[str], kind: str
) -> None:
    code, out, err = commands.run(*COMPANY, *subject, secret=(MARK, "", f"{MARK}-2"))
    assert code == 0
    first, second, third = commands.questions
    assert first == f"{kind} of the identity provider: "
    assert "at the identity provider" in second
    assert "issuer" in third
    asked = wanted(commands)
    assert (asked["secret"], asked["secrets"]) == (MARK, {"client_secret": f"{MARK}-2"})
    assert MARK not in out + err


@pytest.mark.parametrize(
    ("stdin", "secrets"),
    [
        (MARK, None),
        (f"{MARK}\r\n", None),
        (f"{MARK}\nthe-idps\n", {"idp_client_secret": "the-idps"}),
        (f"{MARK}\n\nthe-issuers\n", {"client_secret": "the-issuers"}),
    ],
)
def test_a_companys_secrets_may_be_piped_in_one_a_line(
    commands: Commands, stdin: str, secrets: dict[str, str] | None
) -> None:
    assert commands.run(*COMPANY, "--secret-stdin", stdin=stdin)[0] == 0
    asked = wanted(commands)
    assert (asked["secret"], asked.get("secrets")) == (MARK, secrets)


def test_more_lines_than_a_companys_sign_in_has_secrets_are_refused(commands: Commands) -> None:
    code, _, err = commands.run(*COMPANY, "--secret-stdin", stdin=f"a\nb\nc\n{MARK}\n")
    assert code == 1
    assert "4 lines" in err
    assert MARK not in err
    assert commands.engine.asked == []


def test_a_companys_token_may_lie_in_a_file_with_the_secrets_on_stdin(
    commands: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{MARK}\n")
    words = (*COMPANY, "--set", "subject=id_token", "--key-file", str(file))
    assert commands.run(*words)[0] == 0
    assert commands.run(*words, "--secret-stdin", stdin="the-idps\n")[0] == 0
    alone, both = (args for verb, args, _ in commands.engine.asked if verb == "connect")
    assert (alone["secret"], alone.get("secrets")) == (MARK, None)
    assert (both["secret"], both["secrets"]) == (MARK, {"idp_client_secret": "the-idps"})


GOOGLE = json.dumps({"type": "service_account", "private_key": MARK})


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([*SERVICE, "google"], GOOGLE),
        ([*SERVICE, "github-app", "--set", "app_id=1"], rsa_pem()),
        ([*SERVICE, "client-credentials"], ec_jwk()),
        (["--client-id", "me"], ec_pem()),
        (["--client-id", "me", "--method", "device-code"], f"\ufeff{ec_pem()}"),
    ],
)
def test_a_key_file_is_read_here_and_sent_as_text(
    commands: Commands, tmp_path: Path, words: list[str], text: str
) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    code, out, err = commands.run("connect", "srv", *words, "--key-file", str(file), "--yes")
    assert code == 0
    assert wanted(commands)["secret"] == text.strip().removeprefix("\ufeff")
    assert "no longer needed" in out
    assert MARK not in out + err
    assert "PRIVATE KEY" not in out + err


def test_a_key_may_be_piped_in_with_all_its_lines(commands: Commands) -> None:
    pem = rsa_pem()
    words = ("connect", "srv", *SERVICE, "github-app", "--secret-stdin", "--yes")
    assert commands.run(*words, stdin=pem)[0] == 0
    assert wanted(commands)["secret"] == pem.removesuffix("\n")


def test_a_token_file_is_named_for_an_engine_in_another_folder(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("connect", "srv", *SERVICE, "workload-identity", "--set", "token_file=here/t", "--yes")
    assert commands.run(*words)[0] == 0
    assert wanted(commands)["parameters"] == {"token_file": str(tmp_path / "here" / "t")}


@pytest.mark.parametrize(
    ("words", "flag", "fix"),
    [
        ([], "SERVER", "--provider ID"),
        (["srv", "--kind", "google", "--header", "A"], "--header", "--method api-key"),
        (["srv", "--method", "oauth", "--expires", "3"], "--expires", "--method api-key"),
        (["srv", "--method", "device-code", "--param", "a=b"], "--param", "--method oauth"),
        (["srv", "--method", "device-code", "--callback", "x"], "--callback", "--method oauth"),
        (["srv", "--method", "api-key", "--scope", "a"], "--scope", "Leave it out"),
        (["srv", "--method", "api-key", "--client-id", "a"], "--client-id", "--method oauth"),
        (["srv", "--method", "api-key", "--dpop"], "--dpop", "Leave it out"),
        (["srv", "--method", "api-key", "--key-file", "f"], "--key-file", "--secret-stdin < FILE"),
        (["srv", "--method", "service-account"], "--kind", "github-app"),
        (["srv", *SERVICE, "google"], "--key-file", "FILE"),
        (["srv", *SERVICE, "github-app"], "--key-file", "FILE"),
        (
            ["srv", *SERVICE, "github-app", "--key-file", "f", "--client-id", "a"],
            "--client-id",
            "--set app_id=ID",
        ),
        (["srv", *SERVICE, "google", "--key-file", "f", "--client-id", "a"], "--client-id", "file"),
        (["srv", *SERVICE, "workload-identity", "--key-file", "f"], "--key-file", "token_file"),
        (["srv", *SERVICE, "workload-identity", "--secret-stdin"], "--secret-stdin", "token_file"),
        (["srv", *SERVICE, "google", "--token-auth", "none"], "--token-auth", "--set auth=VALUE"),
        (["srv", "--secret-stdin", "--key-file", "f"], "--secret-stdin", "one of them"),
        (["srv", "--method", "oauth", "--key-file", "f"], "--key-file", "--client-id"),
        (["srv", "--param", "a=b", "--param", "a=c"], "--param", "once"),
        (
            ["srv", *SERVICE, "client-credentials", "--client-id", "a", "--set", "client_id=b"],
            "--client-id",
            "one of them",
        ),
        (["srv", "--param", "ab"], "--param", "NAME=VALUE"),
        (["srv", "--set", "=v"], "--set", "NAME=VALUE"),
        (["srv", "--header", "X="], "--header", "{key}"),
        (["srv", "--header", ""], "--header", "name"),
        (["srv", "--query", " "], "--query", "name"),
        (["srv", "--resource", "no"], "--resource", "omit"),
        (["srv", "--expires", "0"], "--expires", "days"),
        (["srv", "--kind", "magic"], "--kind", "google"),
    ],
)
def test_words_that_cannot_go_together_are_wrong_usage_with_the_fix(
    asleep: Commands, words: list[str], flag: str, fix: str
) -> None:
    code, out, err = asleep.run("connect", *words, "--yes")
    assert (code, out) == (2, "")
    said = " ".join(err.replace("usage:", "\0").split("keyfob connect:")[-1].split())
    assert flag in said
    assert fix in said
    assert asleep.composed == []


@pytest.mark.parametrize("words", [["--header", f"X-Key={MARK}"], ["--basic", f"ada:{MARK}"]])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(
    asleep: Commands, words: list[str]
) -> None:
    code, out, err = asleep.run("connect", "srv", *words, "--yes")
    assert (code, out) == (2, "")
    assert "stdin" in err
    assert MARK not in err


CODE = (
    ("user_code", "WDJB-MJHT"),
    ("verification_uri", f"https://as.example/device{ESCAPES}"),
    ("expires_at", "1000900.0"),
)
COMPLETE = ("verification_uri_complete", "https://as.example/device?user_code=WDJB-MJHT")


class Hours:
    """A clock that moves when somebody sleeps; lets a test stand still there."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.slept = asyncio.Event()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds * 20
        await asyncio.sleep(0)


def device(*details: tuple[str, str], turns: int = 10) -> Verb:
    """A verb that shows a code, waits a little, and gets a token."""

    async def sign_in(progress: Progress) -> object:
        progress(Step("discovery", "Found the server."))
        progress(Step("code", "Enter it.", details))
        for _ in range(turns):
            await asyncio.sleep(0)
        progress(Step("token", "Got a token."))
        return ACCOUNT

    return lambda args, confirmed, progress: sign_in(progress)


def test_a_device_code_is_shown_large_with_a_qr_code_and_counts_down_in_place(
    asleep: Commands,
) -> None:
    asleep.engine.verbs["connect"] = device(*CODE, COMPLETE)
    hours = Hours(1_000_000.0)
    words = ("connect", "srv", "--method", "device-code", "--yes")
    code, out, _ = asleep.run(*words, on_screen=True, clock=hours, sleep=hours.sleep)
    assert code == 0
    assert "15:00 left; Ctrl-C cancels." in out
    assert "14:40 left" in out
    screen = seen(out)
    assert any(line.strip() == "W D J B - M J H T" for line in screen)
    assert any(line.split() == ["Enter", "WDJB-MJHT"] for line in screen)
    assert any(f"or open {COMPLETE[1]}" in line for line in screen)
    assert any("https://as.example/device␛[2J" in line for line in screen)
    assert sum(line.count("█") > 10 for line in screen) > 10
    assert not any("left" in line for line in screen), "the countdown is gone at the end"
    assert out.count("WDJB-MJHT at") == 0, "the code is told once"
    assert screen.index("  Got a token.") > 0
    assert "\x1b" not in out


def test_a_terminal_that_obeys_escapes_gets_black_on_white(asleep: Commands) -> None:
    asleep.engine.verbs["connect"] = device(*CODE)
    words = ("connect", "srv", "--method", "device-code", "--yes")
    hours = Hours(1_000_000.0)
    environ = {"TERM": "xterm-256color"}
    _, out, _ = asleep.run(*words, on_screen=True, clock=hours, sleep=hours.sleep, environ=environ)
    assert "\x1b[1mW D J B - M J H T\x1b[0m" in out
    assert "\x1b[97;40m█" in out
    _, out, _ = asleep.run(*words, on_screen=True, clock=hours, sleep=hours.sleep, columns=30)
    assert "█" not in out, "a QR code that is cut off helps nobody"
    assert "W D J B" in out


def test_elsewhere_a_device_code_is_plain_lines(commands: Commands) -> None:
    commands.engine.verbs["connect"] = device(*CODE, COMPLETE)
    words = ("connect", "srv", "--method", "device-code", "--yes")
    hours = Hours(1_000_000.0)
    code, out, err = commands.run(*words, clock=hours, sleep=hours.sleep)
    assert (code, err) == (0, "")
    assert "Enter   WDJB-MJHT" in out
    assert "good for 15 more minutes." in out
    assert "\r" not in out
    assert "█" not in out
    assert "\x1b" not in out
    code, out, err = commands.run(*words, "--json", clock=hours, sleep=hours.sleep)
    assert json.loads(out)["name"] == "work"
    assert "Enter   WDJB-MJHT" in err


def test_a_code_without_its_end_is_shown_all_the_same(commands: Commands) -> None:
    commands.engine.verbs["connect"] = device(*CODE[:2], ("expires_at", "soon"))
    code, out, _ = commands.run("connect", "srv", "--method", "device-code", "--yes")
    assert code == 0
    assert "WDJB-MJHT" in out


@pytest.mark.skipif(sys.platform == "win32", reason="a signal there ends the whole process")
@pytest.mark.parametrize("on_screen", [True, False])
def test_ctrl_c_cancels_the_sign_in(commands: Commands, on_screen: bool) -> None:
    cancelled = threading.Event()

    async def sign_in(progress: Progress) -> object:
        progress(Step("code", "Enter it.", CODE))
        os.kill(os.getpid(), signal.SIGINT)
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()

    commands.engine.verbs["connect"] = lambda args, confirmed, progress: sign_in(progress)
    words = ("connect", "srv", "--method", "device-code", "--yes")
    code, _, err = commands.run(*words, on_screen=on_screen, clock=lambda: 1_000_000.0)
    assert (code, err) == (1, "keyfob: Stopped.\n")
    assert cancelled.wait(5)


BROWSER = Step("browser", "Opened the browser: https://as.example/authorize")
CALLBACK = Step("callback", "The server answered with a code.")
ADDRESS = "http://127.0.0.1:4711/callback?code=c1&state=s1"


class PastingEngine:
    """Waits in its sign-in until an address is pasted, and refuses the first one."""

    def __init__(self, commands: Commands, *, account: str | None) -> None:
        self.pasted: list[dict[str, object]] = []
        self._answered = asyncio.Event()
        self._tell: Progress | None = None
        verbs = commands.engine.verbs
        verbs["connect"] = lambda args, confirmed, progress: self._connect(progress)
        verbs["connect.paste"] = lambda args, confirmed, progress: self._paste(args)
        server = ServerState(
            name="srv", url="https://s.example", account=account, account_condition=None
        )
        verbs["server.list"] = lambda args, confirmed, progress: (server,)

    async def _connect(self, progress: Progress) -> object:
        self._tell = progress
        progress(BROWSER)
        async with asyncio.timeout(5):
            await self._answered.wait()
        progress(CALLBACK)
        return ACCOUNT

    def _paste(self, args: dict[str, object]) -> object:
        self.pasted.append(args)
        if args["address"] != ADDRESS:
            assert self._tell is not None
            self._tell(Step("paste", "That is not the answer."))
        else:
            self._answered.set()
        return None


@pytest.mark.parametrize(
    ("words", "known", "account"),
    [
        (["srv"], None, "srv"),
        (["srv"], "srv-work", "srv-work"),
        (["srv", "--account", "mine"], "srv-work", "mine"),
        (["--provider", "github"], None, "github"),
    ],
)
def test_an_address_pasted_at_the_terminal_ends_the_wait(
    commands: Commands, words: list[str], known: str | None, account: str
) -> None:
    engine = PastingEngine(commands, account=known)
    terminal = ScriptedTerminal("", "https://wrong.example", f"  {ADDRESS} ")
    code, out, err = commands.run("connect", *words, "--yes", terminal=terminal, secret=())
    assert (code, err) == (0, "")
    assert engine.pasted == [
        {"account": account, "address": "https://wrong.example"},
        {"account": account, "address": ADDRESS},
    ]
    assert "Browser on another machine? Paste the address it ended on here:" in terminal.shown
    assert out.index("That is not the answer.") < out.index("The server answered")


def sign_in_by_browser(commands: Commands) -> None:
    async def sign_in(progress: Progress) -> object:
        progress(BROWSER)
        for _ in range(5):
            await asyncio.sleep(0)
        progress(CALLBACK)
        return ACCOUNT

    commands.engine.verbs["connect"] = lambda args, confirmed, progress: sign_in(progress)


def test_a_browser_that_answers_first_leaves_nothing_open(commands: Commands) -> None:
    sign_in_by_browser(commands)
    terminal = ScriptedTerminal()
    code, out, err = commands.run("connect", "srv", "--yes", terminal=terminal, secret=())
    assert (code, err) == (0, "")
    assert "Connected srv" in out
    assert [verb for verb, *_ in commands.engine.asked] == ["connect"]


@pytest.mark.parametrize("how", ["piped", "json", "background", "none"])
def test_without_a_person_at_the_terminal_no_address_is_asked_for(
    commands: Commands, how: str
) -> None:
    sign_in_by_browser(commands)
    terminal = None if how == "none" else ScriptedTerminal(attended=how != "background")
    words = ("connect", "srv", "--yes", *(["--json"] if how == "json" else []))
    code, _, _ = commands.run(*words, terminal=terminal, secret=None if how == "piped" else ())
    assert code == 0
    assert terminal is None or terminal.shown == ""


def test_an_address_that_comes_too_late_is_said_and_ends_nothing(commands: Commands) -> None:
    told = asyncio.Event()

    async def sign_in(progress: Progress) -> object:
        progress(BROWSER)
        async with asyncio.timeout(5):
            await told.wait()
        return ACCOUNT

    def refuse(args: dict[str, object], confirmed: bool, progress: Progress) -> object:
        told.set()
        raise UnknownName("No sign-in waits for an address.", "Begin it again.")

    commands.engine.verbs["connect"] = lambda args, confirmed, progress: sign_in(progress)
    commands.engine.verbs["connect.paste"] = refuse
    terminal = ScriptedTerminal(ADDRESS)
    words = ("connect", "srv", "--account", "a", "--yes")
    code, out, _ = commands.run(*words, terminal=terminal, secret=())
    assert code == 0
    assert "Connected srv" in out
