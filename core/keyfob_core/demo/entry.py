"""`keyfob demo`: the whole of Keyfob on servers of its own, leaving nothing behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from keyfob_core.demo.home import demo_home
from keyfob_core.demo.interrupts import Interrupted, Interrupts
from keyfob_core.errors import Error
from keyfob_core.system.hardening import harden


def main(headless: bool) -> int:
    """Run the demo, in a window where there is a display; answers the exit code.

    At the end, at Ctrl-C and at an error alike, no process, file or keychain item is left.
    """
    harden()
    windowed = not headless and _has_window(os.environ, sys.platform)
    if not headless and not windowed:
        print("There is no display, so the demo runs in the terminal.\n")
    try:
        with Interrupts() as interrupts:
            return _run(windowed, interrupts)
    except Interrupted as interrupted:
        print("\nStopped. Nothing of the demo was left behind.", flush=True)
        return interrupted.exit_code
    except Error as error:
        print(f"The demo failed: {error.message}\n{error.hint}".rstrip(), file=sys.stderr)
        return 1


def _run(windowed: bool, interrupts: Interrupts) -> int:
    with demo_home(port=0) as home:
        interrupts.check()
        if windowed:
            from keyfob_core.demo.window import run_window

            return interrupts.run(run_window(home))
        from keyfob_core.demo.headless import run

        interrupts.run(run(home))
        return 0


def _has_window(environ: Mapping[str, str], platform: str) -> bool:
    if not all(find_spec(name) for name in ("keyfob_desktop", "PySide6", "qasync")):
        return False
    if platform in ("win32", "darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
