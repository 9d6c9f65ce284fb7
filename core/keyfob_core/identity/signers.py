"""Who signed a program, as far as that says which client it is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath, PureWindowsPath

from keyfob_core.model import KnownBy

SignerOf = Callable[[str], Awaitable[str | None]]
"""Who signed the program at a path, where the system tells and the signature holds."""

_INTERPRETER = re.compile(
    r"(node|deno|bun|electron|pythonw?|ruby|perl|php|java|javaw|lua|osascript"
    r"|sh|bash|zsh|fish|dash|ksh|pwsh|powershell|cmd|wscript|cscript|env)[0-9.]*",
    re.IGNORECASE,
)


def known_by(executable: str, signer: str | None) -> KnownBy:
    """What a program's name rests on: its signature, unless it runs whatever it is given."""
    if signer is None or is_interpreter(executable):
        return KnownBy.PROCESS
    return KnownBy.SIGNATURE


def is_interpreter(executable: str) -> bool:
    """Whether a program runs other people's programs, so that its signature says nothing of them.

    Judged by its file's name, as the systems' own interpreters are called.
    """
    path = PureWindowsPath(executable) if "\\" in executable else PurePosixPath(executable)
    name = path.name[:-4] if path.name.lower().endswith(".exe") else path.name
    return _INTERPRETER.fullmatch(name) is not None
