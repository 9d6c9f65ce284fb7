"""MCP clients of others, pointed at Keyfob by `keyfob client add` and asked for what they see."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from keyfob_core.prompts import ClientPrompt, Decision, Prompt
from support.engine import Home, running_engine
from support.node import FOLDER
from support.processes import asked
from support.prompter import ALLOW, RecordingPrompter
from support.upstreams import sdk_upstream

LONG = bool(os.environ.get("PROVE_LONG"))
MCPORTER = FOLDER / "node_modules" / "mcporter" / "dist" / "cli.js"
AGENTS = FOLDER / "agents" / "node_modules"
INSPECTOR = AGENTS / "@modelcontextprotocol" / "inspector" / "clients" / "launcher" / "build"
SECONDS = 90.0


def named(prompt: Prompt) -> Decision:
    """A person who names whatever comes."""
    return Decision(allow=True, text="a program") if isinstance(prompt, ClientPrompt) else ALLOW


async def output(command: Sequence[str], person: Path, home: Home, **more: str) -> str:
    """What a client says that runs in the person's home, complaints and all."""
    environ = {**home.environ, "HOME": str(person), "NO_COLOR": "1", **more}
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=person,
        env=environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return said.decode()


def node(script: Path) -> list[str]:
    program = shutil.which("node")
    assert program, "the tests need node on the PATH"
    assert script.exists(), f"{script} is not installed"
    return [program, str(script)]


@pytest.fixture
def person(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of somebody whose Keyfob lies where the engine's does."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KEYFOB_HOME", str(home.folder))
    return tmp_path


async def added(client: str, home: Home, person: Path) -> str:
    """Point the client at Keyfob by the command, as a person would; its file."""
    environ = {**home.environ, "HOME": str(person)}
    done = await asked(environ, "client", "add", client, "--yes", "--json")
    return str(done["paths"][0])


@pytest.mark.parametrize("client", ["cursor", "claude-code", "windsurf", "opencode"])
async def test_what_is_written_for_a_client_connects(client: str, home: Home, person: Path) -> None:
    """mcporter finds and reads the files of these clients by its own idea of them."""
    config = person / "config" / "mcporter.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"imports": [client], "mcpServers": {}}))
    prompter = RecordingPrompter(*[named] * 3, answers_commands=False)
    async with sdk_upstream() as upstream, running_engine(home, prompter) as engine:
        await engine.add("notes", upstream.url)
        await added(client, home, person)
        said = json.loads(await output([*node(MCPORTER), "list", "--json"], person, home))
        (server,) = said["servers"]
        assert (server["name"], server["status"]) == ("keyfob", "ok"), server
        assert "notes__echo" in {tool["name"] for tool in server["tools"]}


@pytest.mark.parametrize("client", ["claude-desktop", "junie"])
async def test_the_bridge_that_is_written_for_a_client_connects(
    client: str, home: Home, person: Path
) -> None:
    prompter = RecordingPrompter(*[named] * 3, answers_commands=False)
    async with sdk_upstream() as upstream, running_engine(home, prompter) as engine:
        await engine.add("notes", upstream.url)
        words = ["list", "--json", "--config", await added(client, home, person)]
        said = json.loads(await output([*node(MCPORTER), *words], person, home))
        (server,) = [one for one in said["servers"] if one["name"] == "keyfob"]
        assert server["transport"].startswith("STDIO"), server
        assert "notes__echo" in {tool["name"] for tool in server["tools"]}


def opencode() -> list[str]:
    (program,) = sorted(AGENTS.glob("opencode-*/bin/opencode"))[:1]
    return [str(program), "mcp", "list"]


def claude_code() -> list[str]:
    (program,) = sorted((AGENTS / "@anthropic-ai").glob("claude-code-*/claude"))[:1]
    return [str(program), "mcp", "list"]


def gemini_cli() -> list[str]:
    return [*node(AGENTS / "@google" / "gemini-cli" / "bundle" / "gemini.js"), "mcp", "list"]


# These are large: `make prove` installs them.
if LONG:

    @pytest.mark.parametrize("client", ["claude-code", "claude-desktop"])
    async def test_the_inspector_connects_by_a_client_s_own_file(
        client: str, home: Home, person: Path
    ) -> None:
        prompter = RecordingPrompter(*[named] * 3, answers_commands=False)
        async with sdk_upstream() as upstream, running_engine(home, prompter) as engine:
            await engine.add("notes", upstream.url)
            words = [
                "--cli",
                "--config",
                await added(client, home, person),
                "--server",
                "keyfob",
                "--method",
                "tools/list",
            ]
            said = await output([*node(INSPECTOR / "index.js"), *words], person, home)
            assert "notes__echo" in said, said
        print(f"figures: the inspector by {client}'s file")

    @pytest.mark.parametrize(
        ("client", "command"),
        [("opencode", opencode), ("claude-code", claude_code), ("gemini-cli", gemini_cli)],
    )
    async def test_a_coding_agent_connects(
        client: str, command: Callable[[], list[str]], home: Home, person: Path
    ) -> None:
        prompter = RecordingPrompter(answers_commands=False)
        async with sdk_upstream() as upstream, running_engine(home, prompter) as engine:
            await engine.add("notes", upstream.url)
            await added(client, home, person)
            said = await output(command(), person, home, GEMINI_CLI_TRUST_WORKSPACE="true")
            (line,) = [one for one in said.splitlines() if "keyfob" in one and "onnected" in one]
            assert "isconnected" not in line, said
            listed = await engine.do("client.list")
            (setup,) = next(one for one in listed if one["name"] == client)["setups"]
            assert setup.last_used_at is not None
        print(f"figures: {client} connected")
