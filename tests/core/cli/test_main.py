from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from keyfob_core.cli.desktop import start_desktop
from keyfob_core.cli.main import main
from keyfob_core.cli.shell import Surroundings
from keyfob_core.version import __version__
from support.commands import Commands, MadeUpEngine

NOUNS = [
    "serve",
    "status",
    "server",
    "connect",
    "provider",
    "account",
    "client",
    "rule",
    "store",
    "audit",
    "demo",
]


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "home", MadeUpEngine())


@pytest.mark.parametrize("noun", NOUNS)
def test_every_command_explains_itself(commands: Commands, noun: str) -> None:
    code, out, err = commands.run(noun, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: keyfob {noun}")
    assert noun in commands.run("--help")[1]


def test_the_bridge_explains_itself_too(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["stdio", "--help"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("usage: keyfob stdio [SERVER] [--client NAME]")
    assert err == ""


@pytest.mark.parametrize(
    "words",
    [
        ["sever"],
        ["server"],
        ["server", "add", "x"],
        ["server", "frobnicate"],
        ["connect"],
        ["connect", "x", "--method", "magic"],
        ["connect", "x", "--secret", "on-argv"],
        ["provider", "show"],
        ["store", "move"],
        ["store", "move", "cloud"],
        ["rule", "add"],
        ["rule", "add", "--access", "maybe"],
        ["rule", "add", "--access", "allow", "--hours", "0"],
        ["audit", "tail", "-n", "-3"],
        ["serve", "--port", "70000"],
        ["status", "extra"],
        ["--frobnicate"],
    ],
)
def test_wrong_usage_is_two_and_asks_no_engine(commands: Commands, words: list[str]) -> None:
    code, out, err = commands.run(*words)
    assert (code, out) == (2, "")
    assert err
    assert commands.composed == []


def test_a_misspelt_command_is_guessed_and_shown_safely(commands: Commands) -> None:
    assert "`keyfob server`" in commands.run("sever")[2]
    assert "\x1b" not in commands.run("\x1b[2J")[2]


def look(code: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """What a fresh interpreter prints, in the words of its last line."""
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, **(environ or {})},
    )
    return told.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("words", [["--version"], ["stdio", "--nonsense"]])
def test_the_light_commands_import_nothing_heavy(words: list[str]) -> None:
    imported = look(
        "import sys\nfrom keyfob_core.cli.main import main\n"
        f"main({words!r})\nprint(*sorted(sys.modules))"
    )
    heavy = {"asyncio", "argparse", "aiohttp", "psutil", "logging", "keyfob_core.errors"}
    assert not heavy & set(imported)


def test_a_command_with_a_running_engine_never_imports_one() -> None:
    imported = look(
        "import sys, io, os\nos.environ['KEYFOB_PORT'] = 'none'\n"
        "from keyfob_core.cli.main import main\nmain(['status'])\nprint(*sorted(sys.modules))"
    )
    assert "keyfob_core.cli.status" in imported
    assert not {"aiohttp", "mcp", "keyring", "keyfob_core.engine"} & set(imported)


STATUS = {
    "version": "1",
    "url": None,
    "problem": None,
    "store": {"name": "keychain", "condition": "ready", "reason": None, "hint": None},
    "servers": [],
    "accounts": [],
    "clients": [],
    "waiting": [],
}


@pytest.mark.parametrize(
    ("words", "verb", "answer"),
    [
        (["server", "list"], "server.list", []),
        (["client", "list"], "client.list", []),
        (["account", "list"], "account.list", []),
        (["doctor"], "doctor", {"is_well": True, "findings": []}),
        (["status"], "status", STATUS),
    ],
)
def test_a_command_imports_nothing_of_what_the_running_engine_does_for_it(
    commands: Commands, words: list[str], verb: str, answer: object
) -> None:
    commands.engine.verbs[verb] = lambda args, confirmed, progress: answer
    with commands.running():
        imported = look(
            "import sys\nfrom keyfob_core.cli.main import main\n"
            f"assert main({words!r}) == 0\nprint(*sorted(sys.modules))",
            commands.environ,
        )
    assert [asked[0] for asked in commands.engine.asked] == [verb]
    engines = {"keyfob_core.engine", "keyfob_core.config", "keyfob_core.model"}
    heavy = {"psutil", "platformdirs", "tomlkit", "importlib.metadata", "cryptography"}
    assert (engines | heavy) & set(imported) == set()


SERVING = """
import asyncio, os, sys
from keyfob_core.cli.engines import Wanted, compose_engine
from keyfob_core.cli.terminal import TerminalPrompter
from keyfob_core.system.paths import paths

async def serve():
    wanted = Wanted(paths=paths(os.environ, sys.platform), port=0, kind="serve")
    async with compose_engine(wanted, TerminalPrompter(None)) as engine:
        assert (await engine.status()).url
        print(*sorted(sys.modules))

asyncio.run(serve())
"""


def test_an_engine_serves_before_it_imports_what_signs_in(commands: Commands) -> None:
    imported = set(look(SERVING, commands.environ))
    assert "keyfob_core.oauth.tokens" in imported
    heavy = {"authlib", "joserfc", "httpx2", "aiohttp", "mcp", "cryptography.x509"}
    seldom = {"plistlib", "segno"}
    if sys.version_info < (3, 12):
        # From then on keyring imports it by itself.
        seldom |= {"importlib.metadata"}
    assert (heavy | seldom) & imported == set()


def test_the_version_is_the_packages() -> None:
    assert look("from keyfob_core.cli.main import main; main(['--version'])") == [
        "keyfob",
        __version__,
    ]


def window(argv: list[str]) -> int:
    """Stands for the desktop's main."""
    return 40 + len(argv)


def surroundings(err: io.StringIO) -> Surroundings:
    return Surroundings(
        environ={}, platform=sys.platform, stdin=io.StringIO(), out=io.StringIO(), err=err
    )


def test_without_a_command_the_window_gets_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    monkeypatch.setitem(sys.modules, "made_up_desktop", sys.modules[__name__])
    app = EntryPoint("desktop", "made_up_desktop:window", "keyfob.apps")
    assert start_desktop([], surroundings(err), [app]) == 40
    assert start_desktop(["--background"], surroundings(err), [app]) == 41
    assert err.getvalue() == ""


def test_a_missing_window_is_said_with_the_way_on() -> None:
    err = io.StringIO()
    assert start_desktop([], surroundings(err), []) == 1
    assert "keyfob serve" in err.getvalue()


def test_a_window_that_cannot_be_imported_is_said_with_its_reason() -> None:
    err = io.StringIO()
    app = EntryPoint("desktop", "no_such_desktop_package:main", "keyfob.apps")
    assert start_desktop([], surroundings(err), [app]) == 1
    assert "no_such_desktop_package" in err.getvalue()
    assert "keyfob serve" in err.getvalue()


SAYINGS = [["status"], ["--help"], ["--version"], ["provider", "list", "--json"]]
INTERRUPTED = """
import sys
class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "keyfob_core.cli.shell":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from keyfob_core.cli.main import main
sys.exit(main(["status"]))
"""


@pytest.mark.parametrize("words", SAYINGS, ids=" ".join)
def test_output_into_a_closed_pipe_is_no_traceback(tmp_path: Path, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    told = told_to(writing, "-m", "keyfob_core.cli.main", *words, home=tmp_path)
    assert (told.returncode, told.stderr) == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has such a device")
@pytest.mark.parametrize("words", SAYINGS, ids=" ".join)
def test_output_onto_a_full_disk_is_one_sentence(tmp_path: Path, words: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    told = told_to(full, "-m", "keyfob_core.cli.main", *words, home=tmp_path)
    assert told.stderr == "keyfob: Nothing more can be written: No space left on device.\n"
    assert told.returncode == 1


def test_an_interrupt_while_a_command_still_loads_is_no_traceback(tmp_path: Path) -> None:
    told = told_to(subprocess.DEVNULL, "-c", INTERRUPTED, home=tmp_path)
    assert (told.returncode, told.stderr) == (1, "keyfob: Stopped.\n")


def told_to(output: int, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What a process of its own that prints there has ended with."""
    try:
        return subprocess.run(
            [sys.executable, *words],
            env={
                "KEYFOB_HOME": str(home / "home"),
                "PATH": "/usr/bin:/bin",
                # Under `make prove` it is another checkout that runs.
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            },
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        if output >= 0:
            os.close(output)
