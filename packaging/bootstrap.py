"""Sets a checkout up and runs its main commands: `make demo`, `make test` and their kin.

Needs nothing but Python. On Windows, call it directly: `py packaging/bootstrap.py test`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import nginx_package
import node_toolchain
import sdk_sources
import system_packages
import virtual_environment
from node_toolchain import Node
from virtual_environment import Environment

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
_MOST_WORKERS = 4
_PATIENT = 10
"""The niceness of what runs beside something else."""
LOCKING_TOOL = "uv==0.13.9"

USAGE = """\
usage: bootstrap.py COMMAND [ARGUMENTS]

  setup [--dev]      make the virtual environment; with --dev also what the tests need
  demo [ARGUMENTS]   the demo; --headless runs it in the terminal
  test [ARGUMENTS]   format, lint, types and tests; ARGUMENTS go to pytest
  lint               format, lint and types alone
  prove [WORDS]      break each invariant in a copy and see its test fail
  bench [ARGUMENTS]  measure the relay and the bridge beside others
  soak [ARGUMENTS]   make a million calls and watch the engine's memory
  translations       bring the translations in step with the strings in the code
  lock [--upgrade]   resolve the dependencies anew into packaging/*.txt
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit status is that of what it ran."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise SystemExit(unsuitable_python(sys.version_info[:2]))
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        print(USAGE, end="", file=sys.stdout if {"-h", "--help"} & set(arguments) else sys.stderr)
        return 0 if {"-h", "--help"} & set(arguments) else 2
    return command(arguments[1:])


def unsuitable_python(version: tuple[int, int]) -> str:
    """What to tell a person whose Python is `version`."""
    return (
        "Keyfob needs Python {}.{} to {}.{}; this is {}.{}. ".format(*OLDEST, *NEWEST, *version)
        + "Run it with another one, for example: make PYTHON=python3.12 test"
    )


def setup(arguments: Sequence[str]) -> int:
    """Make the virtual environment, and with --dev all that the tests need."""
    if set(arguments) - {"--dev"}:
        print(USAGE, end="", file=sys.stderr)
        return 2
    if "--dev" in arguments:
        set_up_for_tests()
        return 0
    set_up(system_packages.for_running())
    return 0


def demo(arguments: Sequence[str]) -> int:
    """Set up and become the demo."""
    environment = set_up(system_packages.for_demo())
    program = environment.programs / ("keyfob.exe" if os.name == "nt" else "keyfob")
    command = [str(program), "demo", *arguments]
    if os.name == "nt":
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - Ctrl-C then reaches the demo alone


def test(arguments: Sequence[str]) -> int:
    """Run every check, up to the first that fails."""
    environment, node = set_up_for_tests()
    style, types = checks(environment, node)
    status = run_checks(style, node)
    if status:
        return status
    pytest = [str(environment.python), "-m", "pytest", *side_by_side(os.cpu_count()), *arguments]
    with beside(*types, node.environment()) as types_ended:
        status = shown("pytest", pytest, compiling_once(node.environment()))
        return types_ended() or status


def compiling_once(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables without the one by which every start compiles all that it imports anew.

    The tests start Keyfob hundreds of times.
    """
    return {key: value for key, value in variables.items() if key != "PYTHONDONTWRITEBYTECODE"}


def side_by_side(cores: int | None) -> tuple[str, ...]:
    """Options that run the tests' files beside each other, in their order: the longest are first.

    Each worker has servers, a screen and a keychain of its own. Two more of them than cores work
    while others wait, as tests of whole programs do for nearly half of their time.
    """
    workers = min(max(cores or 1, 1) + 2, _MOST_WORKERS)
    return ("-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder")


def lint(arguments: Sequence[str]) -> int:
    """Run the checks that need no test run."""
    if arguments:
        print(USAGE, end="", file=sys.stderr)
        return 2
    environment, node = set_up_for_tests()
    style, types = checks(environment, node)
    return run_checks((*style, types), node)


def prove(arguments: Sequence[str]) -> int:
    """Break each invariant in a copy of the checkout and see its test fail."""
    environment, node = set_up_for_tests()
    node.ensure_packages(ROOT / "tests" / "node" / "agents")
    apart("fastmcp", virtual_environment.FASTMCP)
    script = str(ROOT / "packaging" / "prove.py")
    return shown("prove", [str(environment.python), script, *arguments], node.environment())


def bench(arguments: Sequence[str]) -> int:
    """Measure the relay and the bridge beside others."""
    environment, node = set_up_for_tests()
    folders: list[Path | None] = [
        apart("peers", virtual_environment.PEERS).programs,
        apart("fastmcp", virtual_environment.FASTMCP).programs,
    ]
    node.ensure_packages(ROOT / "tests" / "bench" / "node")
    folders.append(nginx_package.ensure(ROOT / ".venv" / "nginx"))
    variables = node.environment()
    variables["PATH"] = os.pathsep.join([variables["PATH"], *map(str, filter(None, folders))])
    command = [str(environment.python), "-m", "bench", *arguments]
    return shown("bench", command, variables, ROOT / "tests")


def apart(name: str, lock: str) -> Environment:
    """Programs that need other versions of our own dependencies, or of each other's."""
    environment = Environment(ROOT, f".venv/{name}", holds_checkout=False)
    environment.ensure([lock])
    return environment


def soak(arguments: Sequence[str]) -> int:
    """Make a million calls and watch the engine's memory."""
    environment, node = set_up_for_tests()
    command = [str(environment.python), "-m", "soak", *arguments]
    return shown("soak", command, node.environment(), ROOT / "tests")


def translate(arguments: Sequence[str]) -> int:
    """Bring the translations in step with the strings in the code."""
    if arguments:
        print(USAGE, end="", file=sys.stderr)
        return 2
    environment, _ = set_up_for_tests()
    command = [str(environment.python), str(ROOT / "packaging" / "translations.py")]
    return shown("translations", command, os.environ)


def lock(arguments: Sequence[str]) -> int:
    """Resolve the dependencies into the lock files; versions stay unless --upgrade is given."""
    if set(arguments) - {"--upgrade"}:
        print(USAGE, end="", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="keyfob-lock-") as scratch:
        python = [sys.executable, "-I", "-m"]
        subprocess.run([*python, "venv", scratch], check=True)
        programs = Path(scratch) / ("Scripts" if os.name == "nt" else "bin")
        pip = [str(programs / "python"), "-I", "-m", "pip", "install", "-q", LOCKING_TOOL]
        subprocess.run(pip, check=True)
        for what, name in LOCKS:
            compiled = [str(programs / "uv"), "pip", "compile", *shlex.split(what), *LOCK_OPTIONS]
            target = ["-o", f"packaging/{name}", *arguments]
            subprocess.run([*compiled, *target], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return 0


LOCKS = (
    ("pyproject.toml --extra desktop --extra openapi --group dev", virtual_environment.DEVELOPMENT),
    (
        "pyproject.toml --extra desktop --group build "
        f"-c packaging/{virtual_environment.DEVELOPMENT}",
        virtual_environment.RUNTIME,
    ),
    ("--group pyproject.toml:node", virtual_environment.NODE),
    ("--group pyproject.toml:peers", virtual_environment.PEERS),
    ("--group pyproject.toml:fastmcp", virtual_environment.FASTMCP),
)
"""The second is bound to the first, so that both name the same versions."""

LOCK_OPTIONS = (
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--python-version=3.11",
    "--quiet",
)


def set_up(packages: Sequence[str]) -> Environment:
    """System packages and the virtual environment for running Keyfob."""
    system_packages.ensure(packages, system_packages.Machine.this())
    environment = Environment(ROOT)
    environment.ensure([virtual_environment.RUNTIME])
    return environment


def set_up_for_tests() -> tuple[Environment, Node]:
    """System packages, the virtual environment and Node with its packages, for the tests."""
    system_packages.ensure(system_packages.for_tests(), system_packages.Machine.this())
    environment = Environment(ROOT)
    node = node_toolchain.on_path()
    locks = [virtual_environment.DEVELOPMENT]
    environment.ensure(locks if node else [*locks, virtual_environment.NODE])
    node = node or node_toolchain.in_wheel(environment.site_packages)
    node.ensure_packages(ROOT / "tests" / "node")
    sdk_sources.ensure(environment, ROOT / "packaging" / virtual_environment.DEVELOPMENT)
    return environment, node


def checks(environment: Environment, node: Node) -> tuple[tuple[Check, ...], Check]:
    """Format and lint, which take a moment, and the types, which take minutes."""
    ruff = str(environment.programs / "ruff")
    pyright = str(ROOT / "tests" / "node" / "node_modules" / "pyright" / "index.js")
    style = (
        ("ruff format", [ruff, "format", "--check", "."]),
        ("ruff check", [ruff, "check", "."]),
    )
    return style, ("pyright", [node.program, pyright])


def run_checks(wanted: Sequence[Check], node: Node) -> int:
    """Run one after the other; the exit status of the first that fails, or 0."""
    for heading, command in wanted:
        status = shown(heading, command, node.environment())
        if status:
            return status
    return 0


@contextmanager
def beside(
    heading: str, command: Sequence[str], variables: Mapping[str, str], folder: Path = ROOT
) -> Generator[Callable[[], int]]:
    """Run `command` on what others leave of the processor, for as long as the block at most.

    Answers what waits for its end, shows what it has printed and answers its exit status.
    """
    low = subprocess.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 0
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            creationflags=low,
        )

        def ended() -> int:
            status = process.wait()
            output.seek(0)
            print(f"== {heading}", output.read().decode(errors="replace"), sep="\n", flush=True)
            return status

        try:
            if sys.platform != "win32":
                os.setpriority(os.PRIO_PROCESS, process.pid, _PATIENT)
            yield ended
        finally:
            process.kill()
            process.wait()


def shown(
    heading: str, command: Sequence[str], variables: Mapping[str, str], folder: Path = ROOT
) -> int:
    """Run `command` under a heading; its exit status."""
    print(f"== {heading}", flush=True)
    return subprocess.run(command, check=False, cwd=folder, env=variables).returncode


Check = tuple[str, list[str]]
"""A heading and a command."""

COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "setup": setup,
    "demo": demo,
    "test": test,
    "lint": lint,
    "prove": prove,
    "bench": bench,
    "soak": soak,
    "translations": translate,
    "lock": lock,
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
