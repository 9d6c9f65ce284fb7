"""The code signature of a program, from the tools that macOS and Windows bring."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from keyfob_core.identity.signers import SignerOf

CODESIGN = "/usr/bin/codesign"
_SECONDS = 20.0
_NO_WINDOW = 0x08000000
_MOST_KNOWN = 256
_NAMES = re.compile(r"Executable=[^\n]*\nIdentifier=([^\n]*)(?=\nFormat=)")
_FORMAT = "\nFormat="
_FIELD = re.compile(r"^(Authority|TeamIdentifier)=(.+)$", re.MULTILINE)
_FILE = "KEYFOB_PROGRAM"
_ASK_WINDOWS = (
    "$s = Get-AuthenticodeSignature -LiteralPath $env:" + _FILE + "; "
    "@{status = $s.Status.ToString(); subject = $s.SignerCertificate.Subject} "
    "| ConvertTo-Json -Compress"
)
_COMMON_NAME = re.compile(r'CN=("(?:[^"]|"")+"|[^,]+)')

Run = Callable[..., subprocess.CompletedProcess[bytes]]
"""Runs a program as `subprocess.run` does."""


def signers(platform: str, environ: Mapping[str, str]) -> SignerOf | None:
    """The way to ask on this system; None where programs bear no signatures."""
    if platform == "darwin":
        return Signatures(MacSignature(CODESIGN)).of
    if platform == "win32":
        root = environ.get("SystemRoot", r"C:\Windows")
        shell = rf"{root}\System32\WindowsPowerShell\v1.0\powershell.exe"
        return Signatures(WindowsSignature(shell)).of
    return None


class Signatures:
    """Asks once for each program, and again when its file has changed."""

    def __init__(self, ask: MacSignature | WindowsSignature) -> None:
        self._ask = ask
        self._known: dict[tuple[object, ...], str | None] = {}

    async def of(self, executable: str) -> str | None:
        """Who signed the program; None where nobody did, or the signature does not hold."""
        key = _stamp(executable)
        if key is None:
            return None
        if key not in self._known:
            signer = await asyncio.to_thread(self._ask, executable)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = signer
        return self._known[key]


class MacSignature:
    """Asks `codesign`, which checks the file first."""

    def __init__(self, codesign: str) -> None:
        self._codesign = codesign

    def __call__(self, executable: str) -> str | None:
        """The developer and the identifier of a program whose signature holds."""
        if _output((self._codesign, "--verify", "--strict", executable)) is None:
            return None
        told = _output((self._codesign, "--display", "--verbose=2", executable))
        return mac_signer(told or "")


class WindowsSignature:
    """Asks PowerShell for the Authenticode signature."""

    def __init__(self, powershell: str, run: Run = subprocess.run) -> None:
        self._powershell = powershell
        self._run = run

    def __call__(self, executable: str) -> str | None:
        """The name in the certificate of a program whose signature holds."""
        # By the environment, for a path may hold whatever a shell would read as its own.
        command = (self._powershell, "-NoProfile", "-NonInteractive", "-Command", _ASK_WINDOWS)
        environ = {**os.environ, _FILE: executable}
        # An engine that has no console would have PowerShell open one, for all to see.
        told = _output(command, self._run, env=environ, creationflags=_NO_WINDOW)
        return windows_signer(told or "")


def _stamp(executable: str) -> tuple[object, ...] | None:
    try:
        found = Path(executable).stat()
    except OSError:
        return None
    # Everybody may set the time of a file's content; that of its last change (POSIX) nobody can.
    return executable, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def mac_signer(told: str) -> str | None:
    """The signer in what `codesign --display --verbose=2` tells; None for one signed by nobody.

    An ad-hoc signature has neither authority nor team, and is anybody's. Path and identifier are
    of the program's own choosing and come first: with line breaks in them they could say anything.
    """
    names = _NAMES.match(told)
    if names is None or told.count(_FORMAT) > 1:
        return None
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(told, names.end()):
        # The first authority is the signer's own; what follows is who vouches for it.
        found.setdefault(name, value.strip())
    authority, team = found.get("Authority"), found.get("TeamIdentifier")
    if authority is None:
        return None
    # What belongs to the system itself has no team.
    who = authority if team in (None, "not set") or team in authority else f"{authority} ({team})"
    identifier = names[1].strip()
    return f"{who}, {identifier}" if identifier else who


def windows_signer(told: str) -> str | None:
    """The signer in what Get-AuthenticodeSignature tells; None where it does not say Valid."""
    try:
        answer: object = json.loads(told)
    except ValueError:
        return None
    fields = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
    subject = fields.get("subject")
    if fields.get("status") != "Valid" or not isinstance(subject, str):
        return None
    name = _COMMON_NAME.search(subject)
    return name[1].strip('"').replace('""', '"') if name else subject


def _output(command: tuple[str, ...], run: Run = subprocess.run, **options: Any) -> str | None:
    """What a tool of the system tells on both channels; None where it fails or takes too long."""
    try:
        done = run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=True,
            **options,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")
