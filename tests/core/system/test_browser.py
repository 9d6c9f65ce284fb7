from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """
import asyncio, os, sys
from keyfob_core.system.browser import SystemBrowser
print(asyncio.run(SystemBrowser(os.environ, sys.argv[2])(sys.argv[1])))
"""


def script(folder: Path, name: str, body: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def open_url(url: str, environ: dict[str, str], platform: str = "linux") -> str:
    """In a process of its own: `webbrowser` reads the environment once and for all."""
    clean = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", RUN, url, platform],
        env={**clean, **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def test_the_browser_that_the_environment_names_gets_the_address_whole(tmp_path: Path) -> None:
    url = "https://example.org/authorize?a=1&b=$(touch%20x);c='`id`"
    fake = script(tmp_path, "fake", f'printf %s "$1" > {tmp_path}/seen; echo noise')
    assert open_url(url, {"BROWSER": str(fake)}) == "True\n"
    assert (tmp_path / "seen").read_text() == url


def test_a_browser_that_fails_is_told_as_none(tmp_path: Path) -> None:
    fake = script(tmp_path, "fake", "exit 3")
    assert open_url("https://example.org/", {"BROWSER": str(fake)}) == "False\n"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "--new-window",
        "https://",
        "https://example.org/\nx",
        "https://example.org/ --flag",
        "http://[",
    ],
)
def test_what_is_no_web_address_starts_nothing(tmp_path: Path, url: str) -> None:
    fake = script(tmp_path, "fake", f"touch {tmp_path}/seen")
    assert open_url(url, {"BROWSER": str(fake)}) == "False\n"
    assert not (tmp_path / "seen").exists()


def test_without_a_display_no_browser_is_started_in_the_terminal(tmp_path: Path) -> None:
    script(tmp_path, "lynx", f"touch {tmp_path}/seen")
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TERM": "xterm"}
    assert open_url("https://example.org/", environ) == "False\n"
    assert not (tmp_path / "seen").exists()


def test_with_a_display_and_only_a_terminal_browser_none_is_started(tmp_path: Path) -> None:
    for name in ("www-browser", "lynx", "w3m"):
        script(tmp_path, name, f"touch {tmp_path}/seen")
    environ = {"PATH": str(tmp_path), "TERM": "xterm", "DISPLAY": ":99"}
    assert open_url("https://example.org/", environ) == "False\n"
    assert not (tmp_path / "seen").exists()


def test_with_a_display_the_desktops_own_opener_is_used(tmp_path: Path) -> None:
    script(tmp_path, "xdg-open", f'printf %s "$1" > {tmp_path}/seen')
    environ = {"PATH": str(tmp_path), "DISPLAY": ":99", "XDG_CURRENT_DESKTOP": "X-Test"}
    assert open_url("https://example.org/", environ) == "True\n"
    assert (tmp_path / "seen").read_text() == "https://example.org/"


async def test_a_browser_that_stays_in_the_foreground_does_not_hold_the_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webbrowser

    from keyfob_core.system import browser

    os.mkfifo(tmp_path / "gate")
    fake = script(tmp_path, "fake", f"touch {tmp_path}/begun; read line < {tmp_path}/gate")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser(str(fake)))
    monkeypatch.setattr(browser, "_PATIENCE_SECONDS", 0.3)
    open_it = browser.SystemBrowser({"BROWSER": str(fake)}, "linux")
    assert await asyncio.wait_for(open_it("https://example.org/"), 5)
    with (tmp_path / "gate").open("w") as gate:
        gate.write("go\n")
