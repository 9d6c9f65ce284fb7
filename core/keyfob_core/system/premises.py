"""The machine as far as it concerns Keyfob: versions, folders, the disk."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
import time
from pathlib import Path

from keyfob_core.diagnosis.findings import Folder, Premises
from keyfob_core.system.paths import Paths, make_private
from keyfob_core.version import __version__

_HOUR = 3600.0
_PARTS = (".config-*.toml", ".keyfob-*", "*.torn")


def look_at(where: Paths, port: int | None = None) -> Premises:
    """Look; what cannot be looked at counts as not there.

    `port` is ours while no engine of ours listens there.
    """
    return Premises(
        keyfob=__version__,
        python=platform.python_version(),
        qt=_qt(),
        system=f"{platform.system()} {platform.release()}",
        folders=tuple(found for path in _private(where) if (found := _folder(path)) is not None),
        free=_free(where.data_folder),
        audit=_size(where.audit_folder),
        leftovers=_leftovers(where),
        held_port=port if port and _is_held(port) else None,
    )


def close_to_others(where: Paths) -> None:
    """Close what others may open; raises ConfigInvalid for what is not ours."""
    for path in _private(where):
        if path.is_dir():
            make_private(path)
        elif path.exists() and os.name == "posix":
            path.chmod(0o600)


def homely(path: Path) -> str:
    """A path with `~` for the person's own folder, whose name may be theirs."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _private(where: Paths) -> tuple[Path, ...]:
    return (where.data_folder, where.runtime_folder, where.database, where.secrets_file)


def _folder(path: Path) -> Folder | None:
    try:
        found = path.stat()
    except OSError:
        return None
    if os.name != "posix":
        return Folder(path=homely(path), is_ours=True, mode=0o700)
    is_ours = found.st_uid == os.geteuid()
    return Folder(path=homely(path), is_ours=is_ours, mode=stat.S_IMODE(found.st_mode))


def _qt() -> str | None:
    # Slow to import, and only a look at the machine needs it.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pyside6-essentials")
    except PackageNotFoundError:
        return None


def _is_held(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":
            # A connection of an engine that has just ended holds no port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _free(folder: Path) -> int:
    here = folder
    while not here.exists() and here != here.parent:
        here = here.parent
    return shutil.disk_usage(here).free


def _size(folder: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder))
    except OSError:
        return 0


def _leftovers(where: Paths) -> tuple[str, ...]:
    before = time.time() - _HOUR
    folders = {where.config_file.parent, where.data_folder, where.audit_folder}
    found = (path for folder in folders for part in _PARTS for path in folder.glob(part))
    return tuple(homely(path) for path in sorted(found) if path.stat().st_mtime < before)
