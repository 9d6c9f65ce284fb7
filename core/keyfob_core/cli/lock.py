"""`keyfob lock`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.latch import require_running, show
from keyfob_core.cli.shell import Shell, fields, json_option


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    json_option(parser)
    parser.set_defaults(act=_lock)


def _lock(args: Namespace, shell: Shell) -> int:
    require_running(shell)
    return show(shell, fields(shell.call("lock")))
