from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

import bootstrap
from support.source_code import ROOT

SCRIPT = ROOT / "packaging" / "bootstrap.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_a_python_that_does_not_fit_is_told_which_ones_do(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 to 3\.13; this is 3\.1[04]"):
        bootstrap.main(["setup"])


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("setup", "--nonsense"), ("lint", "x")])
def test_wrong_usage_is_answered_with_the_usage(arguments: tuple[str, ...]) -> None:
    answered = run(*arguments)

    assert answered.returncode == 2
    assert "usage: bootstrap.py COMMAND" in answered.stderr


def test_help_names_every_command() -> None:
    answered = run("--help")

    assert answered.returncode == 0
    named = {line.split()[0] for line in answered.stdout.splitlines() if line.startswith("  ")}
    assert named == set(bootstrap.COMMANDS)


def test_every_make_target_is_a_command() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))

    assert set(phony.split()[1:]) == set(bootstrap.COMMANDS)


def test_a_check_that_fails_ends_with_its_own_exit_status(
    capfd: pytest.CaptureFixture[str],
) -> None:
    status = bootstrap.shown("three", [sys.executable, "-c", "raise SystemExit(3)"], {})

    assert status == 3
    assert "== three" in capfd.readouterr().out


def test_what_runs_beside_the_tests_is_shown_behind_them_with_its_exit_status(
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = "import sys; print('told'); print('complained', file=sys.stderr); sys.exit(3)"
    with bootstrap.beside("three", [sys.executable, "-u", "-c", told], {}) as ended:
        print("the tests", flush=True)
        status = ended()

    assert status == 3
    assert capfd.readouterr().out.split() == ["the", "tests", "==", "three", "told", "complained"]


def test_what_runs_beside_the_tests_lets_them_go_first_and_ends_with_them() -> None:
    sleeper = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    with bootstrap.beside("asleep", sleeper, {}):
        (process,) = psutil.Process().children()
        niceness = process.nice()

    assert niceness > psutil.Process().nice()
    assert not process.is_running()


def test_the_tests_starts_compile_once_whatever_the_person_has_set() -> None:
    variables = {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    assert bootstrap.compiling_once(variables) == {"PATH": "/bin"}


@pytest.mark.parametrize(("cores", "workers"), [(None, "3"), (1, "3"), (2, "4"), (64, "4")])
def test_tests_run_beside_each_other_by_two_workers_more_than_there_are_cores(
    cores: int | None, workers: str
) -> None:
    assert bootstrap.side_by_side(cores)[:2] == ("-n", workers)
