"""`keyfob resume`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.latch import require_running, show
from keyfob_core.cli.shell import Shell, fields, json_option, yes_option


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    yes_option(parser)
    json_option(parser)
    parser.set_defaults(act=_resume)


def _resume(args: Namespace, shell: Shell) -> int:
    require_running(shell)
    return show(shell, fields(shell.call("resume", yes=args.yes)))
