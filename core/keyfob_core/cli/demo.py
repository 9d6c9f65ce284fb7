"""`keyfob demo`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from keyfob_core.cli.shell import Shell


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.add_argument("--headless", action="store_true", help="in the terminal, without a window")
    parser.set_defaults(act=_demo)


def _demo(args: Namespace, shell: Shell) -> int:
    from keyfob_core.demo.entry import main

    return main(args.headless)
