"""What a command acts through: its streams, the person at the terminal, and the engine."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, TypeVar, cast

from keyfob_core.cli.engines import Compose, Door, Wanted, compose_engine, some_engine
from keyfob_core.cli.passphrase import PassphrasePrompter
from keyfob_core.cli.text import json_text
from keyfob_core.control.wire import error_to_json
from keyfob_core.errors import ConfigInvalid, ConfirmationNeeded, Error
from keyfob_core.system.paths import Paths, http_port, paths
from keyfob_core.system.tty import Terminal, open_tty
from keyfob_core.words.plain import visible

if TYPE_CHECKING:
    from keyfob_core.ports import Clock, Progress
    from keyfob_core.steps import Step

T = TypeVar("T")
Fields = Mapping[str, object]

_WINDOW_NOTICE_SECONDS = 1.0


class WrongUsage(Exception):
    """Words that cannot go together: the flag that is wrong, and what to give instead."""

    def __init__(self, flag: str, message: str, fix: str) -> None:
        super().__init__(f"{flag} {message} {fix}")


def terminal_columns() -> int:
    """How many characters stand beside each other in this process's terminal."""
    # Only tables that are shown need it.
    import shutil

    return shutil.get_terminal_size().columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All that a command finds outside itself."""

    environ: Mapping[str, str]
    platform: str
    stdin: TextIO
    out: TextIO
    err: TextIO
    open_terminal: Callable[[], Terminal | None] = open_tty
    ask_secret: Callable[[str], str] = getpass.getpass
    compose: Compose = compose_engine
    columns: Callable[[], int] = terminal_columns
    clock: Clock = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def process_surroundings() -> Surroundings:
    """The surroundings of this process."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    return Surroundings(
        environ=os.environ,
        platform=sys.platform,
        stdin=sys.stdin,
        out=sys.stdout,
        err=sys.stderr,
    )


class Shell:
    """One command's dealings with the engine and the person."""

    def __init__(self, surroundings: Surroundings, *, json: bool = False) -> None:
        self.surroundings = surroundings
        self._json = json
        self._terminal: Terminal | None = None

    @property
    def for_programs(self) -> bool:
        """Whether the output is for another program: `--json`."""
        return self._json

    @property
    def terminal(self) -> Terminal | None:
        """The terminal this was started from; always the same, for two would share its input."""
        if self._terminal is None:
            self._terminal = self.surroundings.open_terminal()
        return self._terminal

    @property
    def paths(self) -> Paths:
        """The files of the installation that the environment names."""
        return paths(self.surroundings.environ, self.surroundings.platform)

    @property
    def port(self) -> int | None:
        """The port that the environment names, if any; raises ConfigInvalid."""
        return http_port(self.surroundings.environ)

    def say(self, text: str = "") -> None:
        """Print for people; nothing with `--json`. Foreign parts are made visible by the caller."""
        if not self._json:
            print(text, file=self.surroundings.out, flush=True)

    @property
    def on_screen(self) -> bool:
        """Whether what is said appears on a terminal, where a line can be written again."""
        return not self._json and self.surroundings.out.isatty()

    def note(self, text: str) -> None:
        """Print for a person even with `--json`, then beside the output; it is visible already."""
        stream = self.surroundings.err if self._json else self.surroundings.out
        print(text, file=stream, flush=True)

    def rewrite(self, text: str, over: int) -> None:
        """Write this in place of the `over` characters that the cursor's line has."""
        end = "" if text else "\r"
        print(f"\r{text.ljust(over)}", end=end, file=self.surroundings.out, flush=True)

    def data(self, value: object) -> None:
        """Print for programs; nothing without `--json`."""
        if self._json:
            print(json_text(value), file=self.surroundings.out, flush=True)

    def remark(self, text: str) -> None:
        """Print beside the output."""
        print(visible(text, lines=True), file=self.surroundings.err, flush=True)

    def fail(self, error: Error) -> int:
        """Print what went wrong and what to do; answers the exit code."""
        self.data({"error": error_to_json(error)})
        self.remark(f"keyfob: {error.message}")
        if error.hint:
            self.remark(error.hint)
        return 1

    def secret(self, question: str) -> str:
        """A secret from stdin, less one line end; at a terminal it is asked for without echo."""
        if self.surroundings.stdin.isatty():
            text = self.surroundings.ask_secret(f"{question}: ")
        else:
            text = self.surroundings.stdin.read()
        return text.removesuffix("\n").removesuffix("\r")

    def secrets(self, questions: Sequence[str]) -> tuple[str, ...]:
        """One secret a line of stdin, blank ones left out; at a terminal each is asked for."""
        if self.surroundings.stdin.isatty():
            return tuple(self.secret(question) for question in questions)
        lines = self.surroundings.stdin.read().split("\n")
        return tuple(line.removesuffix("\r") for line in lines if line.strip())

    def lines(self, questions: Sequence[str]) -> tuple[str, ...]:
        """An answer for each question, empty where none is given, from stdin or the terminal.

        Raises ConfigInvalid for more lines than questions.
        """
        if self.surroundings.stdin.isatty():
            return tuple(self.secret(question).strip() for question in questions)
        lines = [line.strip() for line in self.surroundings.stdin.read().rstrip().split("\n")]
        if len(lines) > len(questions):
            order = ", ".join(questions)
            raise ConfigInvalid(
                "secret",
                f"has {len(lines)} lines on stdin, and {len(questions)} are known",
                f"Send one a line, in this order: {order}.",
            )
        return tuple(lines + [""] * (len(questions) - len(lines)))

    def call(
        self, verb: str, args: Fields | None = None, *, yes: bool | None = None, steps: bool = False
    ) -> object:
        """Do a verb in the running engine or in one of our own; raises typed errors.

        `yes` is given for verbs that allow more: whether the person said so beforehand. `steps`
        prints a sign-in's steps as they happen.
        """
        told = self.tell if steps else _ignore
        return self.with_engine(lambda door: self.answered(door, verb, args or {}, yes, told))

    def with_engine(self, work: Callable[[Door], Coroutine[object, object, T]]) -> T:
        """Run the work with a way to the engine."""

        async def run() -> T:
            wanted = Wanted(paths=self.paths, port=self.port, kind="command")
            around = self.surroundings
            prompter = PassphrasePrompter(lambda: self.terminal)
            async with some_engine(wanted, around.platform, prompter, around.compose) as door:
                return await work(door)

        with asyncio.Runner() as runner:
            return runner.run(run())

    async def answered(
        self, door: Door, verb: str, args: Fields, yes: bool | None, told: Progress
    ) -> object:
        """Do a verb by this door, asking for the yes that it needs; as `call`."""
        try:
            return await self._noticed(door, verb, args, yes is True, told, yes is not None)
        except ConfirmationNeeded as needed:
            await self._confirm(needed)
        return await door.call(verb, args, True, told)

    async def _noticed(
        self,
        door: Door,
        verb: str,
        args: Fields,
        confirmed: bool,
        told: Progress,
        widens: bool,
    ) -> object:
        """Call, and say where the answer is awaited when it is long in coming."""
        moved = asyncio.Event()

        def tell(step: Step) -> None:
            moved.set()
            told(step)

        async def notice() -> None:
            await asyncio.sleep(_WINDOW_NOTICE_SECONDS)
            if not moved.is_set():
                self.remark("Answer in Keyfob's window…")

        noticing = asyncio.create_task(notice()) if widens and door.kind == "tray" else None
        try:
            return await door.call(verb, args, confirmed, tell)
        finally:
            if noticing is not None:
                noticing.cancel()

    async def _confirm(self, needed: ConfirmationNeeded) -> None:
        terminal = self.terminal
        if terminal is None or not terminal.attended:
            raise ConfirmationNeeded(
                f"{needed.message} Nobody is here to say yes.",
                "Give `--yes` to say so beforehand.",
            ) from needed
        # Seldom needed, and it knows every question there is.
        from keyfob_core.cli.terminal import confirm

        if not await confirm(terminal, needed.message, needed.hint):
            raise ConfirmationNeeded("You did not say yes.", "Nothing was changed.") from needed

    def tell(self, step: Step) -> None:
        """Print a step of what is under way; with `--json` beside the output."""
        line = visible(step.text)
        if self._json:
            self.remark(line)
        else:
            self.say(f"  {line}")


def json_option(parser: argparse.ArgumentParser) -> None:
    """Let a command print for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON for other programs")


def yes_option(parser: argparse.ArgumentParser) -> None:
    """Let a command that allows more be told yes beforehand."""
    parser.add_argument("--yes", action="store_true", help="do not ask; say yes beforehand")


def rows(result: object) -> list[Fields]:
    """A result that is a list of objects."""
    return cast("list[Fields]", result)


def fields(result: object) -> Fields:
    """A result that is one object."""
    return cast("Fields", result)


def _ignore(step: Step) -> None:
    pass
