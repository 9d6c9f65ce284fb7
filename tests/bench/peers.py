"""Other people's programs for the same work, and nginx for the floor."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench.processes import TESTS, running

_BRIDGES = TESTS / "bench" / "node" / "node_modules"
_MCP_REMOTE = TESTS / "node" / "node_modules" / "mcp-remote" / "dist" / "proxy.js"
_SUPERGATEWAY = _BRIDGES / "supergateway" / "dist" / "index.js"

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

    command: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)


def peers(
    url: str, token: str, environ: Mapping[str, str], folder: Path
) -> tuple[dict[str, Peer], list[str]]:
    """The peers by name, and the names of those that are not here.

    Each is started in its fastest way, and where packaging/bootstrap.py has put it.
    """
    headers = folder / "headers"
    bearer = f"Authorization: Bearer {token}"
    headers.write_text(f"{bearer}\n")
    private = {**environ, "HOME": str(folder)}
    remote = [url, "--header-file", str(headers), "--transport", "http-only", "--silent"]
    gateway = ["--streamableHttp", url, "--oauth2Bearer", token, "--logLevel", "none"]
    proxy = ["--transport", "streamablehttp", "--log-level", "ERROR", url]
    started = {
        "mcp-remote": ([*_script(_MCP_REMOTE), *remote], {"MCP_REMOTE_CONFIG_DIR": str(folder)}),
        "supergateway": ([*_script(_SUPERGATEWAY), *gateway], {}),
        "mcp-proxy": ([*_program("mcp-proxy"), *proxy], {"API_ACCESS_TOKEN": token}),
        "fastmcp": ([*_program("fastmcp-remote"), url, "--header", bearer, "--silent"], {}),
    }
    here = {
        name: Peer(tuple(command), {**private, **own})
        for name, (command, own) in started.items()
        if Path(command[0]).is_absolute()
    }
    return here, [name for name in started if name not in here]


def _script(script: Path) -> tuple[str, ...]:
    node = shutil.which("node")
    return (node, str(script)) if node and script.exists() else ("",)


def _program(name: str) -> tuple[str, ...]:
    return (shutil.which(name) or "",)


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
            # nginx announces itself nowhere.
            time.sleep(0.01)
        else:
            return
