"""`keyfob serve`."""

from __future__ import annotations

import asyncio
import logging
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from keyfob_core.cli.engines import Engine, Wanted, sole_engine
from keyfob_core.cli.scope_words import EngineScopeWords
from keyfob_core.cli.shell import Shell, fields
from keyfob_core.cli.status import next_steps
from keyfob_core.cli.terminal import TerminalPrompter
from keyfob_core.control.wire import to_json
from keyfob_core.system.hardening import harden
from keyfob_core.system.loops import engine_loop
from keyfob_core.system.signals import stop_signals
from keyfob_core.system.tty import Terminal
from keyfob_core.words.plain import visible


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    parser.add_argument(
        "--port", type=_port, metavar="N", help="listen here instead of KEYFOB_PORT or 7332"
    )
    parser.add_argument(
        "--background",
        action="store_true",
        help="as a client's start of Keyfob does it: ask nobody, and end when a person starts it",
    )
    parser.set_defaults(act=_serve)


class _VisibleLog(logging.Formatter):
    """Log lines without anything that a terminal would obey."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record), lines=True)


def _serve(args: Namespace, shell: Shell) -> int:
    harden()
    _log_to(shell)
    with asyncio.Runner(loop_factory=engine_loop) as runner:
        return runner.run(_run(args, shell))


async def _run(args: Namespace, shell: Shell) -> int:
    wanted = Wanted(
        paths=shell.paths,
        port=shell.port if args.port is None else args.port,
        kind="background" if args.background else "serve",
    )
    terminal = None if args.background else shell.terminal
    # A task of its own, so that a signal ends it at any point: while a keychain asks to be
    # unlocked too.
    life = asyncio.create_task(_live(wanted, terminal, shell))
    with stop_signals(life.cancel):
        await asyncio.wait([life])
    if not life.cancelled():
        life.result()
    shell.say("\nKeyfob has ended.")
    return 0


async def _live(wanted: Wanted, terminal: Terminal | None, shell: Shell) -> None:
    around = shell.surroundings
    words = EngineScopeWords()
    prompter = TerminalPrompter(terminal, words)
    async with sole_engine(wanted, around.platform, prompter, around.compose) as engine:
        words.attach(engine)
        await _greet(engine, shell, attended=prompter.attended)
        await engine.until_stopped()


async def _greet(engine: Engine, shell: Shell, *, attended: bool) -> None:
    status = fields(to_json(await engine.dispatch("status", {}, False, lambda step: None)))
    if status["url"]:
        shell.say(f"Keyfob listens on {visible(str(status['url']))}; Ctrl-C ends it.")
    if not attended:
        shell.say("Nobody can answer here: what no rule allows is denied.")
    for step in next_steps(status, running=True, now=shell.surroundings.clock()):
        shell.say(f"  {visible(step)}")


def _log_to(shell: Shell) -> None:
    handler = logging.StreamHandler(shell.surroundings.err)
    handler.setFormatter(_VisibleLog("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 1 << 16):
        raise ArgumentTypeError(f"{visible(text)!r} is no port")
    return int(text)
