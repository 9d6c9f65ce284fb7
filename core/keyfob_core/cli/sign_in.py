"""A sign-in under way, at the terminal: its steps, a device code, and an address pasted."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Self

from keyfob_core.cli.engines import Door
from keyfob_core.cli.qr import qr_lines
from keyfob_core.cli.shell import Fields, Shell, rows
from keyfob_core.errors import Error
from keyfob_core.steps import Step
from keyfob_core.system.tty import Terminal
from keyfob_core.words.plain import visible

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_MINUTE = 60


class SignInScreen:
    """Shows each step as it happens, and what stands beside them while they are waited for."""

    def __init__(self, shell: Shell, door: Door, wanted: Fields) -> None:
        self._shell = shell
        self._door = door
        self._wanted = wanted
        self._beside: asyncio.Task[None] | None = None
        self._begun: list[asyncio.Task[None]] = []
        self._open_line = 0
        self._minutes_told: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._settle()
        await asyncio.gather(*self._begun, return_exceptions=True)

    def tell(self, step: Step) -> None:
        """Show a step; the progress that a `connect` is called with."""
        details = dict(step.details)
        if step.name == "code" and "user_code" in details:
            self._settle()
            self._show_code(details)
        elif step.name == "paste":
            self._shell.tell(step)
        else:
            self._settle()
            self._shell.tell(step)
            if step.name == "browser":
                self._offer_paste()

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        self._beside = asyncio.create_task(work)
        self._begun.append(self._beside)

    def _settle(self) -> None:
        """End what stands beside the steps, and leave the cursor at the start of a line."""
        if self._beside is not None:
            self._beside.cancel()
            self._beside = None
        if self._open_line:
            self._shell.rewrite("", self._open_line)
            self._open_line = 0

    def _show_code(self, details: Mapping[str, str]) -> None:
        shell, code = self._shell, visible(details["user_code"])
        address = details.get("verification_uri", "")
        complete = details.get("verification_uri_complete", "")
        shell.note(f"  Open    {visible(address)}\n  Enter   {code}")
        if shell.on_screen:
            for line in self._qr(complete or address):
                shell.note(f"  {line}")
            spaced = " ".join(code)
            shell.note(
                f"\n      {_BOLD}{spaced}{_PLAIN}\n" if self._styled else f"\n      {spaced}\n"
            )
        if complete:
            shell.note(f"  or open {visible(complete)}")
        expires = _seconds(details.get("expires_at"))
        if expires is not None and self._time_left(expires) > 0:
            self._begin(self._count_down(expires))

    @property
    def _styled(self) -> bool:
        """Whether the terminal is one that obeys escapes; Windows' own names itself not."""
        return self._shell.surroundings.environ.get("TERM", "dumb") != "dumb"

    def _qr(self, address: str) -> tuple[str, ...]:
        around = self._shell.surroundings
        return qr_lines(
            address,
            columns=around.columns() - 2,
            encoding=getattr(around.out, "encoding", None) or "ascii",
            colours=self._styled,
        )

    def _time_left(self, expires: float) -> int:
        """Show how long the code is good for; answers the seconds."""
        shell = self._shell
        left = int(expires - shell.surroundings.clock())
        minutes = -(-left // _MINUTE)
        if shell.on_screen:
            line = f"  {left // _MINUTE}:{left % _MINUTE:02} left; Ctrl-C cancels."
            shell.rewrite(line, self._open_line)
            self._open_line = len(line)
        elif minutes != self._minutes_told:
            self._minutes_told = minutes
            shell.note(f"  The code is good for {minutes} more minute{'s'[: minutes > 1]}.")
        return left

    async def _count_down(self, expires: float) -> None:
        sleep = self._shell.surroundings.sleep
        await sleep(1.0)
        while self._time_left(expires) > 0:
            await sleep(1.0)

    def _offer_paste(self) -> None:
        shell = self._shell
        terminal = shell.terminal if shell.surroundings.stdin.isatty() else None
        if terminal is None or not terminal.attended or shell.for_programs:
            return
        self._begin(self._paste(terminal))

    async def _paste(self, terminal: Terminal) -> None:
        """Send each address that is typed, until the sign-in goes on."""
        terminal.write("  Browser on another machine? Paste the address it ended on here:\n")
        try:
            while (line := await terminal.read_line()) is not None:
                if address := line.strip():
                    await self._send(address)
        except Error as error:
            self._shell.remark(f"keyfob: {error}")

    async def _send(self, address: str) -> None:
        async with self._door.beside() as door:
            account = await self._account(door)
            args = {"account": account, "address": address}
            await door.ask("connect.paste", args)

    async def _account(self, door: Door) -> str:
        """The account that the engine signs in, by the rule it names it with."""
        server = self._wanted.get("server")
        if name := self._wanted.get("account"):
            return str(name)
        if server is None:
            return str(self._wanted.get("provider"))
        listed = rows(await door.ask("server.list", {}))
        known = (state["account"] for state in listed if state["name"] == server)
        return str(next(known, None) or server)


def _seconds(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
