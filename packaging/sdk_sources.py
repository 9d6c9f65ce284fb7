"""What the MCP SDK's source distribution holds and its wheel leaves out: the everything server."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from virtual_environment import Environment

SERVER = "mcp_everything_server"
_PLACE = f"examples/servers/everything-server/{SERVER}/"


def ensure(environment: Environment, lock: Path) -> Path:
    """Have the server of the version that `lock` names under the environment's `examples`.

    pip fetches the archive and checks it against the lock's digests.

    Raises:
        SystemExit: pip failed, what it said has been shown; or there is no such server.
    """
    pin = pinned("mcp", lock.read_text("utf-8"))
    folder = environment.folder / "examples"
    stamp = folder / "keyfob-stamp"
    if stamp.is_file() and stamp.read_text("utf-8") == pin:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    print("Fetching the MCP SDK's everything server", flush=True)
    with tempfile.TemporaryDirectory(prefix="keyfob-sources-") as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text(pin, "utf-8")
        pip = [str(environment.python), "-I", "-m", "pip", "download", "-q", "--no-input"]
        options = ["--disable-pip-version-check", "--no-deps", "--no-binary", "mcp"]
        where = ["--require-hashes", "-r", str(wanted), "-d", scratch]
        done = subprocess.run([*pip, *options, *where], check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise SystemExit("The SDK's sources could not be fetched; the reason stands above.")
        _unpack(next(Path(scratch).glob("*.tar.gz")), folder)
    stamp.write_text(pin, "utf-8")
    return folder


def pinned(name: str, lock: str) -> str:
    """The lines of a lock that name a package's version and its digests.

    Raises:
        SystemExit: There are none.
    """
    found = re.search(rf"^{re.escape(name)}==[^\n]*\\\n(?:    --hash=[^\n]*\n)+", lock, re.M)
    if found is None:
        raise SystemExit(f"The lock does not name {name} with its digests.")
    return found[0]


def _unpack(archive: Path, folder: Path) -> None:
    target = folder / SERVER
    target.mkdir(parents=True)
    with tarfile.open(archive) as sources:
        for member in sources.getmembers():
            _, _, path = member.name.partition("/")
            content = sources.extractfile(member) if member.isfile() else None
            if content is not None and path.startswith(_PLACE):
                # By its name alone: nothing in an archive says where it goes.
                (target / Path(path).name).write_bytes(content.read())
    if not (target / "server.py").is_file():
        raise SystemExit("The SDK's sources have no everything server.")
