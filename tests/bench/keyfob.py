"""A Keyfob of the benchmark's own: temporary home, private keychain, one server behind it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.messages import MODERN, tool_list
from bench.processes import running
from keyfob_core.demo.secret_service import PrivateSecretService

SERVER = "bench"
_PATIENCE = 30.0


@dataclass(frozen=True)
class Keyfob:
    """A running engine, and how a client reaches it."""

    url: str
    """The relay's address of the server."""
    aggregate: str
    """Its address of all servers."""
    token: str
    pid: int
    bridge: tuple[str, ...]
    """The command a client starts."""
    environ: Mapping[str, str]
    seconds_to_start: float
    """From the start of the process to its first answer, with its keychain open."""


@contextmanager
def keyfob(
    upstream: str,
    secret: str,
    environ: Mapping[str, str],
    more: str = "",
    *,
    pinned: bool = True,
) -> Generator[Keyfob]:
    """Set up and serve; the server's account holds `secret` as its API key.

    `more` is added to the configuration before it serves. The server's tools are approved, or need
    no approval.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="kf-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        variables = {**environ, "KEYFOB_HOME": str(folder / "home"), "KEYFOB_PORT": "0"}
        if sys.platform == "linux":
            variables |= stack.enter_context(PrivateSecretService()).environment
        program = _program()
        token = prepared(variables, upstream, secret)

        defaults = "" if pinned else '\n[defaults]\npinning = "off"\n'
        if more or defaults:
            with next((folder / "home").rglob("config.toml")).open("a", encoding="utf-8") as config:
                config.write(f"{defaults}\n{more}")
            _do(program, variables, "config", "accept")
        began = time.perf_counter()
        process = stack.enter_context(running([*program, "serve"], variables, folder / "log"))
        url = _announced(process, folder / "log")
        _wait_for_answer(f"{url}/health")
        seconds = time.perf_counter() - began
        if pinned:
            _show_tools(f"{url}/s/{SERVER}/mcp", token)
            _do(program, variables, "tool", "approve", "--server", SERVER)
        yield Keyfob(
            url=f"{url}/s/{SERVER}/mcp",
            aggregate=f"{url}/mcp",
            token=token,
            pid=process.pid,
            bridge=(*program, "stdio", SERVER),
            environ={**variables, "KEYFOB_TOKEN": token},
            seconds_to_start=seconds,
        )


def prepared(variables: Mapping[str, str], upstream: str, secret: str) -> str:
    """Add the server with its account, allow its tools, and answer a client's token."""
    program = _program()
    _do(program, variables, "server", "add", SERVER, upstream)
    connect = ("connect", SERVER, "--method", "api-key", "--secret-stdin")
    _do(program, variables, *connect, stdin=secret)
    _do(program, variables, "rule", "add", "--server", SERVER, "--access", "allow")
    return str(_do(program, variables, "client", "token", "bench")["token"])


def _show_tools(url: str, token: str) -> None:
    """Ask for the list of tools once, so that they wait for approval."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": MODERN,
        "Mcp-Method": "tools/list",
    }
    request = urllib.request.Request(url, tool_list(), headers)  # noqa: S310 - our own
    with urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310
        pass


def _program() -> tuple[str, ...]:
    beside = shutil.which("keyfob", path=str(Path(sys.executable).parent))
    return (beside,) if beside else (sys.executable, "-I", "-m", "keyfob_core.cli.main")


def _do(
    program: tuple[str, ...], environ: Mapping[str, str], *words: str, stdin: str = ""
) -> Mapping[str, Any]:
    done = subprocess.run(
        [*program, *words, "--yes", "--json"],
        env=dict(environ),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
        start_new_session=True,
    )
    if done.returncode:
        raise RuntimeError(f"keyfob {' '.join(words)}: {done.stderr}{done.stdout}")
    return json.loads(done.stdout)


def _announced(process: subprocess.Popen[bytes], log: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    found = [word.rstrip(";") for word in line.split() if word.startswith("http://")]
    if not found:
        raise RuntimeError(f"keyfob serve said {line!r}; {log.read_text()}")
    return found[0]


def _wait_for_answer(url: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE):  # noqa: S310
                return
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            # The process announces itself nowhere.
            time.sleep(0.002)
