"""Where Keyfob keeps its files, on each system."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keyfob_core.bridge import runtime_folder
from keyfob_core.errors import ConfigInvalid

if TYPE_CHECKING:
    from platformdirs.api import PlatformDirsABC


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The files of one installation; nothing is created by knowing them."""

    config_file: Path
    data_folder: Path
    runtime_folder: Path
    database: Path
    audit_folder: Path
    control_socket: Path
    bridge_socket: Path
    relay_socket: Path
    """Where clients reach the relay by HTTP beside its port; on Windows, a pipe stands for it."""
    lock_file: Path
    providers_file: Path
    """The person's own providers, beside the configuration."""
    clients_file: Path
    """The person's own MCP clients, beside it as well."""
    secrets_file: Path
    """Where secrets lie when the person chose an encrypted file."""
    program_logs: Path
    """Where servers that are programs leave what they complain with."""


def paths(environ: Mapping[str, str], platform: str) -> Paths:
    """The paths of the installation that `environ` names.

    `KEYFOB_HOME` puts all under one folder, else each system's own places are used. `platform` is
    `sys.platform`. The lock lies with the data, since two engines must never share a state.db even
    where their runtime folders differ.
    """
    home = environ.get("KEYFOB_HOME")
    if home:
        config_folder = data_folder = Path(home).expanduser().absolute()
    else:
        folders = _system_folders(platform)
        config_folder, data_folder = folders.user_config_path, folders.user_data_path
    runtime = Path(runtime_folder(environ, platform))
    return Paths(
        config_file=config_folder / "config.toml",
        data_folder=data_folder,
        runtime_folder=runtime,
        database=data_folder / "state.db",
        audit_folder=data_folder / "audit",
        control_socket=runtime / "control.sock",
        bridge_socket=runtime / "bridge.sock",
        relay_socket=runtime / "relay.sock",
        lock_file=data_folder / "engine.lock",
        providers_file=config_folder / "providers.toml",
        clients_file=config_folder / "clients.toml",
        secrets_file=data_folder / "secrets.keyfob",
        program_logs=data_folder / "programs",
    )


def http_port(environ: Mapping[str, str]) -> int | None:
    """The port that `KEYFOB_PORT` names, 0 for a free one; None where it names none.

    Raises ConfigInvalid for what is no port.
    """
    text = environ.get("KEYFOB_PORT", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise ConfigInvalid(
            "KEYFOB_PORT", f"{text!r} is not a port", "Set it to a number from 1 to 65535."
        )
    return int(text)


def make_private(folder: Path) -> Path:
    """Make the folder and its parents, see that only this user can open it, and answer it.

    A folder of ours that others may open is closed to them. Raises ConfigInvalid where it is
    somebody else's, shared by design (sticky, like /tmp), or cannot be closed.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix":
            _close_to_others(folder)
    except OSError as error:
        raise ConfigInvalid(
            str(folder),
            f"cannot be used as a private folder ({error.strerror or error})",
            "Check who owns it, or set KEYFOB_HOME to a folder of your own.",
        ) from error
    return folder


def _close_to_others(folder: Path) -> None:
    link, found = folder.lstat(), folder.stat()
    if found.st_uid != os.geteuid() or link.st_uid not in (os.geteuid(), 0):
        raise ConfigInvalid(
            str(folder),
            "belongs to another user",
            "Remove it, or set KEYFOB_HOME to a folder of your own.",
        )
    if found.st_mode & stat.S_ISVTX:
        raise ConfigInvalid(
            str(folder),
            "is a folder that users share",
            "Set KEYFOB_HOME to a folder of your own inside it.",
        )
    if found.st_mode & 0o077:
        folder.chmod(0o700)
        if folder.stat().st_mode & 0o077:
            raise ConfigInvalid(
                str(folder),
                "stays open to other users",
                "Its file system keeps no permissions: set KEYFOB_HOME to a folder that does.",
            )


def _system_folders(platform: str) -> PlatformDirsABC:
    if platform == "win32":
        from platformdirs.windows import Windows as Folders
    elif platform == "darwin":
        from platformdirs.macos import MacOS as Folders
    else:
        from platformdirs.unix import Unix as Folders
    return Folders("keyfob", appauthor=False)
