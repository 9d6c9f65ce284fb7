"""Tool calls over a program's pipes: so lean that it measures the program, not itself."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass

from bench.load import Measured
from bench.messages import tool_call


@dataclass(frozen=True)
class LineLoad:
    """What to send where, and where the answers come."""

    writing: int
    reading: int
    """Descriptors."""
    first: int
    """The id of the first call; each further one is one more."""
    calls: int


def measure(load: LineLoad) -> Measured:
    """Make the calls one after the other; raises RuntimeError for an answer that is none."""
    lines = [tool_call(load.first + number) + b"\n" for number in range(load.calls)]
    milliseconds: list[float] = []
    answers, rest = list[bytes](), b""
    began = time.perf_counter()
    for line in lines:
        started = time.perf_counter()
        os.write(load.writing, line)
        answer, rest = _answer(load.reading, rest)
        answers.append(answer)
        milliseconds.append((time.perf_counter() - started) * 1000)
    seconds = time.perf_counter() - began
    # Behind the clock: to parse them would be a good part of what is measured.
    for number, answer in enumerate(answers):
        message = json.loads(answer)
        failed = message.get("result", {}).get("isError", True)
        if failed or message["id"] != load.first + number:
            raise RuntimeError(f"answered {answer[:200]!r}")
    return Measured(milliseconds, seconds)


def _answer(reading: int, rest: bytes) -> tuple[bytes, bytes]:
    """The next line that answers, past whatever else is said, and what came behind it."""
    while True:
        line, end, behind = rest.partition(b"\n")
        if end and b'"method"' not in line:
            return line, behind
        if end:
            rest = behind
            continue
        data = os.read(reading, 1 << 16)
        if not data:
            raise RuntimeError("the program has ended")
        rest += data


def main() -> None:
    """Do the load that comes as JSON on stdin; print the result as JSON."""
    print(json.dumps(asdict(measure(LineLoad(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
