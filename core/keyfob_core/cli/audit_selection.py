"""The options by which `keyfob audit` is told which events are meant."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from datetime import datetime
from typing import Any

from keyfob_core.cli.shell import WrongUsage

_TEXTS = {
    "event": "a name like refused or outcome",
    "client": "what one client did",
    "server": "what concerned one server",
    "tool": "a tool's name, or a glob",
    "account": "what one account was used for",
    "outcome": "ok, denied, dismissed, waiting, failed or cancelled",
    "request-id": "the id from an error",
    "text": "words that stand anywhere in the event",
}
_MOMENTS = {"since": "the first moment, like 2026-11-26T09:00 or 24h ago", "until": "the last one"}
_AGO = re.compile(r"([0-9]{1,6})([smhdw])(?: ago)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def selection_options(parser: ArgumentParser) -> None:
    """Define the options."""
    for name, text in {**_TEXTS, **_MOMENTS}.items():
        parser.add_argument(f"--{name}", metavar=name.upper().replace("-", "_"), help=text)


def selected(args: Namespace, now: float) -> dict[str, Any]:
    """The fields that were given; raises WrongUsage for a time that is none."""
    names = [name.replace("-", "_") for name in _TEXTS]
    wanted: dict[str, Any] = {name: getattr(args, name) for name in names}
    wanted |= {name: _moment(name, getattr(args, name), now) for name in _MOMENTS}
    return {name: value for name, value in wanted.items() if value is not None}


def _moment(name: str, text: str | None, now: float) -> float | None:
    if text is None:
        return None
    if ago := _AGO.fullmatch(text.strip()):
        return max(0.0, now - int(ago[1]) * _SECONDS[ago[2]])
    try:
        # A time without a zone is the person's own.
        return max(0.0, datetime.fromisoformat(text).astimezone().timestamp())
    except (ValueError, OverflowError, OSError):
        fix = "Give it like 2026-11-26, 2026-11-26T09:00 or 24h."
        raise WrongUsage(f"--{name}", f"{text!r} is no time.", fix) from None
