from __future__ import annotations

from pathlib import Path

import pytest

import prove
from prove import Breakage, LongForm
from support.source_code import ROOT

LISTED = prove.breakages(ROOT / "tests" / "breakages.toml")
LONG = prove.long_forms(ROOT / "tests" / "breakages.toml")


def breakage(new: str, *, old: str = "", file: str = "new.py") -> Breakage:
    return Breakage(says="x", file=file, old=old, new=new, tests=("test_guard.py",))


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed.says)
def test_every_listed_breakage_fits_the_checkout(listed: Breakage) -> None:
    target = ROOT / listed.file

    if listed.old:
        assert target.read_text("utf-8").count(listed.old) == 1
    else:
        assert not target.exists()
    for test in listed.tests:
        file, _, name = test.partition("::")
        assert not name or f"def {name}(" in (ROOT / file).read_text("utf-8")


def test_a_breakage_that_no_longer_fits_is_refused(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text("guard()\nguard()\n", "utf-8")

    with pytest.raises(SystemExit, match="exactly once"):
        prove.apply(breakage("", old="guard()\n", file="guard.py"), tmp_path)
    with pytest.raises(SystemExit, match="there already"):
        prove.apply(breakage("", file="guard.py"), tmp_path)

    assert (tmp_path / "guard.py").read_text("utf-8") == "guard()\nguard()\n"


def test_a_breakage_is_proven_only_if_its_test_passes_before_and_fails_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    checkout, scratch = tmp_path / "project", tmp_path / "scratch"
    checkout.mkdir()
    scratch.mkdir()
    (checkout / "guard.py").write_text("HOLDS = True\n", "utf-8")
    test = checkout / "test_guard.py"
    test.write_text("import guard\n\n\ndef test_it():\n    assert guard.HOLDS\n", "utf-8")
    harmful = breakage("False", old="True", file="guard.py")

    assert prove.verdict(harmful, checkout, scratch) == "proven"
    assert prove.verdict(breakage("x = 1"), checkout, scratch).startswith("not noticed")
    test.unlink()
    assert prove.verdict(harmful, checkout, scratch).startswith("the tests do not pass before")
    assert (checkout / "guard.py").read_text("utf-8") == "HOLDS = True\n"
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("listed", LONG, ids=lambda listed: listed.says)
def test_every_listed_long_form_fits_the_checkout(listed: LongForm) -> None:
    for test in listed.tests:
        file, _, name = test.partition("::")
        assert listed.marked or f"def {name}(" in (ROOT / file).read_text("utf-8")
        assert (ROOT / file).exists()


def test_no_two_entries_of_the_list_say_the_same() -> None:
    names = [listed.says for listed in (*LISTED, *LONG)]

    assert len(set(names)) == len(names)


def test_a_long_form_is_told_to_take_its_time_and_its_figures_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    test = tmp_path / "test_it.py"
    test.write_text(
        "import os\n\n\ndef test_it():\n    print('figures: 7 turns')\n"
        "    assert os.environ['PROVE_LONG']\n",
        "utf-8",
    )
    form = LongForm(says="x", tests=("test_it.py",))

    assert prove.long_verdict(form, tmp_path) == "shown (7 turns)"
    marked = LongForm(says="x", tests=("test_it.py",), marked="parametrize")
    assert prove.long_verdict(marked, tmp_path) == "failed"
    test.write_text("def test_it():\n    assert False\n", "utf-8")
    assert prove.long_verdict(form, tmp_path) == "failed"


def test_the_report_keeps_what_was_not_run_this_time(tmp_path: Path) -> None:
    report = tmp_path / "reports" / "prove.txt"
    prove.keep(report, ["a", "b", "gone"], {"a": "proven", "gone": "proven"})
    prove.keep(report, ["a", "b", "c"], {"b": "shown (3: 4)"})

    lines = report.read_text("utf-8").splitlines()
    assert [line.partition(" ")[2] for line in lines] == ["proven: a", "shown (3; 4): b", "run: c"]
    prove.keep(report, ["a", "b", "c"], {})
    assert report.read_text("utf-8").splitlines() == lines
