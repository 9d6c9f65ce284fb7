"""A command as the system starts it: the program found, and nothing left for a shell to read."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence

from keyfob_core.errors import ConfigInvalid

_SCRIPTS = (".bat", ".cmd")
_STARTED_BY_WINDOWS = (".com", ".exe", *_SCRIPTS)
"""Endings that need not be written, in the order in which Windows tries them."""
_READ_BY_CMD = re.compile(r'["%!^&|<>\r\n]')
_PLAIN = re.compile(r"[A-Za-z0-9 @+,./:;=\[\]_{}~#\\-]*")


def found_command(
    server: str, command: Sequence[str], folders: Sequence[str], platform: str
) -> list[str]:
    """The command with its program's full path.

    Raises ConfigInvalid for a program that is nowhere, for a relative path, and for words that
    Windows would have cmd.exe read.
    """
    program = _found(server, os.path.expanduser(command[0]), folders, platform)
    words = [program, *command[1:]]
    if platform == "win32" and program.lower().endswith(_SCRIPTS):
        _check_script(server, words)
    return words


def _found(server: str, word: str, folders: Sequence[str], platform: str) -> str:
    where = f"servers.{server}.command"
    if os.path.dirname(word) and not os.path.isabs(word):
        raise ConfigInvalid(where, f"{word!r} is a relative path", "Give the whole path.")
    paths = [word] if os.path.isabs(word) else [os.path.join(one, word) for one in folders]
    candidates = [path for one in paths for path in _spelt(one, platform)]
    # Folder by folder: asked for a bare name, Windows would look in the current folder first.
    found = next(filter(None, map(shutil.which, candidates)), None)
    if found is None:
        raise ConfigInvalid(
            where,
            f"there is no program {word!r}",
            "Install it, or give its whole path."
            if os.path.isabs(word)
            else f"Install it, or give its whole path; it was looked for in {_listed(folders)}.",
        )
    return found


def _spelt(path: str, platform: str) -> tuple[str, ...]:
    """The files that a path may mean: on Windows its ending is mostly left out.

    `shutil.which` adds one to a whole path only from Python 3.12 on.
    """
    if platform != "win32" or path.lower().endswith(_STARTED_BY_WINDOWS):
        return (path,)
    # What has no such ending comes last: Node has a shell script beside its npx.cmd.
    return (*(path + ending for ending in _STARTED_BY_WINDOWS), path)


def _check_script(server: str, words: Sequence[str]) -> None:
    """A batch file's words are read by cmd.exe, whose quoting no list of words can rely on."""
    for word in words:
        # A path that was found may have letters of any language, and parentheses.
        unsafe = _READ_BY_CMD.search(word) if word is words[0] else not _PLAIN.fullmatch(word)
        if unsafe:
            raise ConfigInvalid(
                f"servers.{server}.command",
                f"{word!r} cannot be given to a batch file safely",
                "Name the program behind the batch file, such as node with a script's path.",
            )


def _listed(folders: Sequence[str]) -> str:
    return os.pathsep.join(folders) or "no folder at all: PATH is empty"
