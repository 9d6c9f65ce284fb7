"""nginx for `make bench`: Debian's package, unpacked without being installed or started."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def ensure(folder: Path) -> Path | None:
    """The folder in which nginx lies, its own or the machine's; None where there is none."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin") or folder / "usr/sbin/nginx"
    program = Path(found)
    if not program.is_file() and not _unpack_package(folder):
        print("nginx could not be fetched: not measured", file=sys.stderr)
        return None
    return program.parent


def _unpack_package(folder: Path) -> bool:
    """Fetch the package and unpack it: whether there is a program now.

    Installed, it would serve on port 80 until somebody stops it.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    with tempfile.TemporaryDirectory(prefix="keyfob-nginx-") as scratch:
        # Where the package lists are old, the version they name may be gone.
        if not _done(["apt-get", "download", "nginx"], scratch):
            _done(["apt-get", "-qq", "update"], scratch)
            if not _done(["apt-get", "download", "nginx"], scratch):
                return False
        [package] = Path(scratch).glob("nginx_*.deb")
        return _done(["dpkg-deb", "-x", str(package), str(folder)], scratch)


def _done(command: Sequence[str], folder: str) -> bool:
    nowhere = subprocess.DEVNULL
    done = subprocess.run(
        command, check=False, cwd=folder, stdin=nowhere, stdout=nowhere, stderr=nowhere
    )
    return done.returncode == 0
