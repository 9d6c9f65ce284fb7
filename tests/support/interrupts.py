"""Signals as a program of a terminal has them, also under `nohup` and in a shell's background."""

from __future__ import annotations

import signal


def hear_signals() -> None:
    """Let programs that are started from here end at Ctrl-C and at a hang-up.

    A signal that this process was told to ignore stays ignored in all that it starts; one that
    it handles does not. We go on as we were told: only Ctrl-C interrupts us.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is signal.SIG_IGN:
        signal.signal(hang_up, lambda number, frame: None)
