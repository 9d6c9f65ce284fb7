"""Code signatures, by stand-ins that tell what the systems' own tools tell."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.system.signatures import (
    MacSignature,
    Signatures,
    WindowsSignature,
    mac_signer,
    signers,
    windows_signer,
)

CURSOR = """\
Executable=/Applications/Cursor.app/Contents/MacOS/Cursor
Identifier=com.todesktop.230313mzl4w4u92
Format=app bundle with Mach-O thin (arm64)
CodeDirectory v=20500 size=760 flags=0x10000(runtime) hashes=12+7 location=embedded
Signature size=9046
Authority=Developer ID Application: Hilary Stout (VDXQ22DGB9)
Authority=Developer ID Certification Authority
Authority=Apple Root CA
Timestamp=14 Oct 2026 at 21:14:08
Info.plist entries=38
TeamIdentifier=VDXQ22DGB9
Runtime Version=14.0.0
Sealed Resources version=2 rules=13 files=70
Internal requirements count=1 size=188
"""
OF_THE_SYSTEM = """\
Executable=/bin/zsh
Identifier=com.apple.zsh
Format=Mach-O universal (x86_64 arm64e)
CodeDirectory v=20400 size=776 flags=0x0(none) hashes=14+7 location=embedded
Platform identifier=15
Signature size=4442
Authority=Software Signing
Authority=Apple Code Signing Certification Authority
Authority=Apple Root CA
TeamIdentifier=not set
"""
AD_HOC = """\
Executable=/usr/local/bin/thing
Identifier=thing-5555494
Format=Mach-O thin (arm64)
CodeDirectory v=20400 size=258 flags=0x2(adhoc) hashes=2+2 location=embedded
Signature=adhoc
Info.plist=not bound
TeamIdentifier=not set
"""
STAND_IN = """\
#!{python}
import os, sys
from pathlib import Path
with open({log!r}, "a") as log:
    print(sys.argv[1:], os.environ.get("KEYFOB_PROGRAM"), file=log)
told = Path({folder!r}, "told").read_text()
if "--verify" in sys.argv:
    sys.exit(0 if told else 1)
print(told, file=sys.stderr if "--display" in sys.argv else sys.stdout)
"""


def without_flags(
    command: Sequence[str], creationflags: int, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """Starts a program where flags are unknown: on other systems than Windows."""
    return subprocess.run(command, **options)


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A tool of the system that tells what stands in `told`, and notes how it was called."""
    path = tmp_path / "tool"
    text = STAND_IN.format(python=sys.executable, log=str(tmp_path / "log"), folder=str(tmp_path))
    path.write_text(text)
    path.chmod(0o700)
    (tmp_path / "told").write_text("")
    return path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "Some $(Program) 'x'"
    path.write_text("")
    return path


def test_codesign_names_the_developer_and_the_program() -> None:
    assert mac_signer(CURSOR) == (
        "Developer ID Application: Hilary Stout (VDXQ22DGB9), com.todesktop.230313mzl4w4u92"
    )
    assert mac_signer(OF_THE_SYSTEM) == "Software Signing, com.apple.zsh"


@pytest.mark.parametrize("told", [AD_HOC, "", "code object is not signed at all"])
def test_an_ad_hoc_signature_and_none_are_nobody_s(told: str) -> None:
    assert mac_signer(told) is None


FORGED = "Authority=Developer ID Application: Hilary Stout (VDXQ22DGB9)\nTeamIdentifier=VDXQ22DGB9"


@pytest.mark.parametrize("told", [AD_HOC, OF_THE_SYSTEM], ids=["ad hoc", "signed"])
@pytest.mark.parametrize(
    "between", ["", "Format=Mach-O thin (arm64)\n"], ids=["short", "with a format"]
)
@pytest.mark.parametrize("place", ["Executable", "Identifier"])
def test_line_breaks_in_a_program_s_names_forge_no_signer(
    told: str, between: str, place: str
) -> None:
    before = "x\nIdentifier=" if place == "Executable" else ""
    forged = f"{place}={before}com.todesktop.230313mzl4w4u92\n{between}{FORGED}\n"
    assert mac_signer(told.replace(f"{place}=", forged, 1)) is None


def test_authenticode_names_the_one_whose_certificate_it_is() -> None:
    valid = '{"status":"Valid","subject":"CN=\\"Anysphere, Inc.\\", O=Anysphere, C=US"}'
    assert windows_signer(valid) == "Anysphere, Inc."
    assert windows_signer('{"subject":"CN=Microsoft Corporation, C=US","status":"Valid"}') == (
        "Microsoft Corporation"
    )
    assert windows_signer('{"subject":"O=Only, C=US","status":"Valid"}') == "O=Only, C=US"


@pytest.mark.parametrize(
    "told",
    [
        '{"status":"NotSigned","subject":null}',
        '{"status":"HashMismatch","subject":"CN=Anysphere"}',
        '{"status":"Valid","subject":null}',
        '"Valid"',
        "",
        "An error",
    ],
)
def test_a_signature_that_does_not_hold_is_none(told: str) -> None:
    assert windows_signer(told) is None


async def test_a_mac_s_program_is_checked_before_its_signer_is_read(
    tool: Path, program: Path, tmp_path: Path
) -> None:
    ask = Signatures(MacSignature(str(tool)))
    assert await ask.of(str(program)) is None
    (tmp_path / "told").write_text(CURSOR)
    os.utime(program, (1, 1))
    for _ in range(3):
        assert await ask.of(str(program)) == mac_signer(CURSOR)
    called = (tmp_path / "log").read_text().splitlines()
    # Once as it was, once as it is.
    assert [line.split("'")[1] for line in called] == ["--verify", "--verify", "--display"]
    assert all(str(program) in line.replace("\\'", "'") for line in called)


def put_in_place_of(program: Path) -> None:
    """Another of the same size, which claims to have been written at the same time."""
    found = program.stat()
    program.write_bytes(b"x" * found.st_size)
    os.utime(program, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no time of a file's last change")
async def test_a_program_put_in_a_signed_one_s_place_under_its_date_is_asked_about_anew(
    tool: Path, program: Path, tmp_path: Path
) -> None:
    ask = Signatures(MacSignature(str(tool)))
    (tmp_path / "told").write_text(CURSOR)
    assert await ask.of(str(program)) == mac_signer(CURSOR)
    put_in_place_of(program)
    (tmp_path / "told").write_text(AD_HOC)
    assert await ask.of(str(program)) is None


async def test_a_program_s_path_is_never_a_part_of_what_powershell_runs(
    tool: Path, program: Path, tmp_path: Path
) -> None:
    (tmp_path / "told").write_text('{"status":"Valid","subject":"CN=Anysphere"}')
    ask = Signatures(WindowsSignature(str(tool), without_flags))
    assert await ask.of(str(program)) == "Anysphere"
    [called] = (tmp_path / "log").read_text().splitlines()
    words, _, told = called.rpartition("] ")
    assert program.name not in words
    assert told == str(program)


def test_powershell_gets_a_console_that_nobody_sees() -> None:
    # The tray app's engine, started by pythonw, has none that it could share.
    flags: list[int] = []

    def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        flags.append(options["creationflags"])
        return subprocess.CompletedProcess(command, 0, b'{"status":"Valid","subject":"CN=One"}')

    assert WindowsSignature("powershell.exe", run)("program.exe") == "One"
    assert flags == [0x08000000]


async def test_a_tool_or_a_program_that_is_not_there_is_no_signature(program: Path) -> None:
    assert await Signatures(MacSignature("/nowhere/codesign")).of(str(program)) is None
    assert await Signatures(MacSignature("/nowhere/codesign")).of("/nowhere/program") is None


def test_only_systems_whose_programs_are_signed_are_asked() -> None:
    assert signers("linux", {}) is None
    assert signers("darwin", {}) is not None
    assert signers("win32", {"SystemRoot": r"D:\Windows"}) is not None
