from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import sdk_sources
from support.source_code import ROOT
from virtual_environment import Environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")

SERVER = "mcp-1/examples/servers/everything-server/mcp_everything_server/server.py"
LOCK = """\
mcp==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via keyfob
mcp-types==1 \\
"""


def archive(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "mcp-1.tar.gz"
    with tarfile.open(path, "w:gz") as sources:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            sources.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """One whose python copies `given/mcp-1.tar.gz` where pip would put what it fetched."""
    found = Environment(tmp_path)
    found.programs.mkdir(parents=True)
    found.python.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n'
        "for last; do :; done\n"
        f'cp {tmp_path}/given/mcp-1.tar.gz "$last"\n',
        "utf-8",
    )
    found.python.chmod(0o755)
    return found


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "lock.txt"
    path.write_text(LOCK, "utf-8")
    return path


def test_the_server_is_fetched_once_for_each_version(
    environment: Environment, lock: Path, tmp_path: Path
) -> None:
    archive(tmp_path / "given", {SERVER: b"first", "mcp-1/README.md": b"else"})

    folder = sdk_sources.ensure(environment, lock)
    sdk_sources.ensure(environment, lock)

    assert (folder / "mcp_everything_server" / "server.py").read_bytes() == b"first"
    [call] = (tmp_path / "calls").read_text("utf-8").splitlines()
    assert "--require-hashes" in call
    archive(tmp_path / "given", {SERVER: b"second"})
    lock.write_text(LOCK.replace("1.0", "1.1"), "utf-8")
    assert sdk_sources.ensure(environment, lock) == folder
    assert (folder / "mcp_everything_server" / "server.py").read_bytes() == b"second"


def test_an_archive_writes_nowhere_else(
    environment: Environment, lock: Path, tmp_path: Path
) -> None:
    place = SERVER.removesuffix("server.py")
    archive(tmp_path / "given", {SERVER: b"x", f"{place}../../escaped.py": b"x", "/etc/x": b"x"})

    folder = sdk_sources.ensure(environment, lock)

    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}
    assert found == {"mcp_everything_server/server.py", "mcp_everything_server/escaped.py"}


def test_a_failed_fetch_leaves_nothing_that_looks_done(
    environment: Environment, lock: Path
) -> None:
    with pytest.raises(SystemExit, match="could not be fetched"):
        sdk_sources.ensure(environment, lock)

    assert not (environment.folder / "examples" / "keyfob-stamp").exists()


def test_sources_without_the_server_are_told(
    environment: Environment, lock: Path, tmp_path: Path
) -> None:
    archive(tmp_path / "given", {"mcp-1/README.md": b"x"})

    with pytest.raises(SystemExit, match="no everything server"):
        sdk_sources.ensure(environment, lock)


def test_the_lock_names_the_sdk_and_more_than_one_digest() -> None:
    pin = sdk_sources.pinned("mcp", (ROOT / "packaging/requirements-dev.txt").read_text("utf-8"))

    assert pin.startswith("mcp==")
    assert pin.count("--hash=sha256:") > 1
    with pytest.raises(SystemExit, match="does not name"):
        sdk_sources.pinned("mcp", "mcp-types==1 \\\n    --hash=sha256:aa\n")
