"""Debian packages that a checkout needs: which are missing, and installing them with consent."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

QT = (
    "libglib2.0-0",
    "libgl1",
    "libegl1",
    "libfontconfig1",
    "libfreetype6",
    "libdbus-1-3",
    "libxkbcommon0",
    "libbrotli1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-image0",
    "libxcb-render-util0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "libxcb-shape0",
    "libxcb-util1",
    "libxcb-render0",
    "libxcb-randr0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libx11-xcb1",
)
"""What Qt's wheel leaves to the system, for its offscreen and its xcb platform."""

KEYCHAIN = ("gnome-keyring", "dbus")
"""A real Secret Service, for machines without a desktop's own."""

DESK = ("xvfb", "openbox", "trayer", "xdotool", "x11-utils", "imagemagick")
"""A screen with a tray, for the tests of the real window."""

KEYCHAIN_PROGRAMS = ("gnome-keyring-daemon", "kwalletd5", "kwalletd6", "keepassxc")
BROWSER_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Machine:
    """The powers that installing asks of the machine; tests bring their own."""

    root: bool
    terminal: bool
    ask: Callable[[str], str] = input

    @classmethod
    def this(cls) -> Machine:
        """The machine and the person that this process has."""
        geteuid = getattr(os, "geteuid", None)
        return cls(root=geteuid is not None and geteuid() == 0, terminal=sys.stdin.isatty())


def for_running() -> tuple[str, ...]:
    """Packages without which the installed program does not start."""
    if importlib.util.find_spec("ensurepip") is None:
        return (*QT, f"python3.{sys.version_info[1]}-venv")
    return QT


def for_demo() -> tuple[str, ...]:
    """Packages for `demo`: a Secret Service too, unless a desktop brings its own."""
    if sys.platform != "linux" or (_finds(KEYCHAIN_PROGRAMS) and _finds(("dbus-daemon",))):
        return for_running()
    return (*for_running(), *KEYCHAIN)


def for_tests() -> tuple[str, ...]:
    """Packages for the whole test run."""
    browser = () if _finds(BROWSER_PROGRAMS) else ("chromium",)
    return (*for_running(), *KEYCHAIN, *DESK, *browser)


def ensure(wanted: Iterable[str], machine: Machine) -> None:
    """Install those of `wanted` that are missing; elsewhere than on Debian only name them.

    Raises:
        SystemExit: They are missing and may not or could not be installed.
    """
    if sys.platform != "linux":
        return
    if not _finds(("apt-get",)) or not _finds(("dpkg-query",)):
        print("This is not Debian or Ubuntu. If something is missing, install what Debian calls:")
        print("   ", " ".join(wanted), flush=True)
        return
    missing = missing_of(wanted, _provided())
    if missing:
        _install(missing, machine)


def missing_of(wanted: Iterable[str], provided: frozenset[str]) -> list[str]:
    """Those of `wanted` that no installed package is or provides, in their order."""
    return [name for name in wanted if name not in provided]


def _provided() -> frozenset[str]:
    """Names of the installed packages and of all that they provide.

    Newer releases carry some libraries under another name that provides the old one.
    """
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Provides}\n"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names: set[str] = set()
    for line in listing.splitlines():
        status, package, provides = line.split("\t")
        if status == "installed":
            names.add(package)
            names.update(entry.split()[0] for entry in provides.split(",") if entry.strip())
    return frozenset(names)


def _install(missing: list[str], machine: Machine) -> None:
    apt = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    prefix = [] if machine.root else ["sudo"]
    by_hand = shlex.join([*prefix, *apt])
    if not machine.root:
        if not machine.terminal or not _finds(("sudo",)):
            raise SystemExit(
                f"System packages are missing. Install them and run this again:\n  {by_hand}"
            )
        print("Missing system packages:", " ".join(missing))
        if machine.ask("Install them with sudo apt-get? [Y/n] ").strip().lower() not in {
            "",
            "y",
            "yes",
        }:
            raise SystemExit(f"Nothing was installed. To do it yourself:\n  {by_hand}")
    print(f"Installing {len(missing)} system packages", flush=True)
    if _all_known(missing) and _apt(prefix, apt):
        return
    _apt(prefix, ["apt-get", "update"])
    if not _apt(prefix, apt):
        raise SystemExit(f"apt-get did not succeed. Once it does, run this again:\n  {by_hand}")


def _all_known(packages: list[str]) -> bool:
    """Whether the package lists on this machine name a version for each."""
    policy = subprocess.run(
        ["apt-cache", "policy", *packages],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout
    return policy.count("Candidate:") - policy.count("Candidate: (none)") == len(packages)


def _apt(prefix: list[str], command: list[str]) -> bool:
    quiet = [command[0], "-qq", "-o", "DPkg::Lock::Timeout=120", *command[1:]]
    noninteractive = ["env", "DEBIAN_FRONTEND=noninteractive", *quiet]
    done = subprocess.run(
        [*prefix, *noninteractive],
        check=False,
        stdin=None if prefix else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout, end="", file=sys.stderr)
    return done.returncode == 0


def _finds(programs: Iterable[str]) -> bool:
    return any(shutil.which(program) for program in programs)
