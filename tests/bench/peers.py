"""Other people's programs for the same work: mcp-remote, mcp-proxy, and nginx for the floor."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench.processes import TESTS, running

MCP_PROXY = "mcp-proxy==0.13.0"
"""Needs mcp < 2, so it cannot share our environment."""
_ENVIRONMENT = TESTS.parent / ".venv-bench"
_MCP_REMOTE = TESTS / "node" / "node_modules" / "mcp-remote" / "dist" / "proxy.js"

_NGINX = """\
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  upstream server {{ server {netloc}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    keepalive_requests 1000000;
    location / {{
      proxy_pass http://server; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Host {netloc}; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer {token}";
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Peer:
    """A stdio program in front of the measured server."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)


def mcp_remote(url: str, token: str, environ: Mapping[str, str], folder: Path) -> Peer | None:
    """mcp-remote started by node itself, which is its fastest way; None where it is missing."""
    node = shutil.which("node")
    if node is None or not _MCP_REMOTE.exists():
        return None
    headers = folder / "headers"
    headers.write_text(f"Authorization: Bearer {token}\n")
    return Peer(
        "mcp-remote",
        (
            *(node, str(_MCP_REMOTE), url, "--header-file", str(headers)),
            *("--transport", "http-only", "--silent"),
        ),
        {**environ, "HOME": str(folder), "MCP_REMOTE_CONFIG_DIR": str(folder / "mcp-auth")},
    )


def mcp_proxy(url: str, token: str, environ: Mapping[str, str]) -> Peer | None:
    """mcp-proxy in an environment of its own, made at first use; None where that fails."""
    programs = _ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
    program = programs / ("mcp-proxy.exe" if os.name == "nt" else "mcp-proxy")
    if not program.exists() and not _install_mcp_proxy(programs):
        return None
    return Peer(
        "mcp-proxy",
        (str(program), "--transport", "streamablehttp", "--log-level", "ERROR", url),
        {**environ, "API_ACCESS_TOKEN": token},
    )


def _install_mcp_proxy(programs: Path) -> bool:
    print(f"installing {MCP_PROXY} into {_ENVIRONMENT} ...", file=sys.stderr, flush=True)
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(_ENVIRONMENT)],
        [str(programs / "python"), "-m", "pip", "install", "-q", MCP_PROXY],
    )
    for step in steps:
        done = subprocess.run(step, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
            return False
    (_ENVIRONMENT / ".gitignore").write_text("*\n")
    return True


@contextmanager
def nginx(
    url: str, token: str, environ: Mapping[str, str], folder: Path
) -> Generator[tuple[str, int] | None]:
    """nginx stamping the header, as the least a hop can cost; None where it is not installed."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = folder / "nginx.conf"
    netloc = urlsplit(url).netloc
    configuration.write_text(_NGINX.format(folder=folder, netloc=netloc, port=port, token=token))
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", "nginx.conf"]
    with running(command, environ, folder / "nginx.log") as process:
        _wait_for_port(port, folder)
        yield f"http://127.0.0.1:{port}/mcp", process.pid


def _wait_for_port(port: int, folder: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise RuntimeError((folder / "nginx.log").read_text()) from error
            time.sleep(0.01)
        else:
            return
