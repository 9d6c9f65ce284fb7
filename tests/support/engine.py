"""The real engine, as `keyfob serve` composes it, on a home and a keychain of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from keyfob_core.control.clients import IssuedToken
from keyfob_core.control.lock_watch import WatchScreen
from keyfob_core.control.wake_watch import WatchSleep
from keyfob_core.engine import Engine, Settings, compose
from keyfob_core.identity.signers import SignerOf
from keyfob_core.ports import Browser, Clock
from keyfob_core.steps import Step
from keyfob_core.stores.backends import native_backend
from keyfob_core.system.paths import Paths, paths
from support.prompter import RecordingPrompter
from support.secret_service import PrivateSecretService

UNPINNED = '[defaults]\npinning = "off"\n'
KEYFOB = (sys.executable, "-I", "-m", "keyfob_core.cli.main")


@dataclass(frozen=True)
class Home:
    """One installation: its files, and the environment that leads to it and its keychain."""

    folder: Path
    paths: Paths
    environ: Mapping[str, str]
    bus: str

    def written(self) -> bytes:
        """All bytes of all files under the home."""
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return b"\n".join(path.read_bytes() for path in files)

    def events(self) -> list[dict[str, Any]]:
        """All events of the audit log."""
        files = sorted(self.paths.audit_folder.glob("*.jsonl"))
        lines = [line for file in files for line in file.read_text().splitlines()]
        return [json.loads(line) for line in lines]


@contextmanager
def new_home(service: PrivateSecretService, *, pinning: str = "off") -> Generator[Home]:
    """A home in a short path, since its sockets lie in it; removed at the end.

    Tools wait for approval where `pinning` says ask, which it does for everybody else.
    """
    folder = Path(tempfile.mkdtemp(prefix="kf-"))
    environ = {name: value for name, value in os.environ.items() if name != "KEYFOB_TOKEN"}
    environ |= {"KEYFOB_HOME": str(folder / "home"), "KEYFOB_PORT": "0", **service.environment}
    try:
        places = paths(environ, sys.platform)
        if pinning != "ask":
            places.config_file.parent.mkdir(parents=True, mode=0o700)
            places.config_file.touch(0o600)
            places.config_file.write_text(UNPINNED, "utf-8")
        yield Home(folder / "home", places, environ, service.address)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class RunningEngine:
    """An engine in this process, and shortcuts to what its clients do."""

    engine: Engine
    home: Home
    prompter: RecordingPrompter
    steps: list[Step] = field(default_factory=list[Step])

    @property
    def url(self) -> str:
        """Where its relay listens."""
        assert self.engine.listening.url, self.engine.listening.problem
        return self.engine.listening.url

    async def do(self, verb: str, **args: object) -> Any:
        """A command of the person, who has said yes."""
        return await self.engine.dispatch(verb, args, True, self.steps.append)

    async def add(self, name: str, url: str, *, access: str = "allow") -> None:
        """Add a server and a rule for all its tools."""
        await self.do("server.add", name=name, url=url)
        await self.do("rule.add", server=name, access=access)

    async def token(self, name: str, server: str | None = None) -> IssuedToken:
        """A new client token."""
        return await self.do("client.token", name=name, server=server)

    @asynccontextmanager
    async def http_client(
        self, server: str | None, token: str, mode: str = "auto"
    ) -> AsyncGenerator[Client]:
        """The official client at `/s/SERVER/mcp`, or at `/mcp` for all servers."""
        url = f"{self.url}/s/{server}/mcp" if server is not None else f"{self.url}/mcp"
        async with official_client(url, mode, {"Authorization": f"Bearer {token}"}) as client:
            yield client

    @asynccontextmanager
    async def stdio_client(self, server: str | None, mode: str = "auto") -> AsyncGenerator[Client]:
        """The official client behind `keyfob stdio SERVER`, or `keyfob stdio` for all servers."""
        async with Client(bridge_command(self.home, server), mode=mode) as client:
            yield client


def bridge_command(home: Home, server: str | None) -> StdioServerParameters:
    """How an MCP client starts the bridge."""
    command, *arguments = KEYFOB
    named = [server] if server is not None else []
    return StdioServerParameters(
        command=command, args=[*arguments, "stdio", *named], env=dict(home.environ)
    )


@asynccontextmanager
async def official_client(
    url: str, mode: str = "auto", headers: Mapping[str, str] | None = None, **options: Any
) -> AsyncGenerator[Client]:
    """The official Python client over HTTP."""
    async with (
        httpx2.AsyncClient(headers=headers, verify=False, trust_env=False, timeout=20) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, **options) as client,
    ):
        yield client


@asynccontextmanager
async def running_engine(
    home: Home,
    prompter: RecordingPrompter | None = None,
    *,
    browser: Browser | None = None,
    clock: Clock = time.time,
    port: int | None = 0,
    watch_screen: WatchScreen | None = None,
    watch_sleep: WatchSleep | None = None,
    signer_of: SignerOf | None = None,
) -> AsyncGenerator[RunningEngine]:
    """Compose the engine on a free port; a sign-in without a `browser` has nowhere to go."""
    prompter = prompter or RecordingPrompter()
    settings = Settings(paths=home.paths, port=port, kind="serve")
    async with compose(
        settings,
        prompter,
        browser=browser or _no_browser,
        backend=native_backend(sys.platform, home.bus),
        clock=clock,
        watch_screen=watch_screen,
        watch_sleep=watch_sleep,
        signer_of=signer_of,
    ) as engine:
        yield RunningEngine(engine, home, prompter)


async def _no_browser(_: str) -> bool:
    return False
