"""What the README tells people to type exists."""

from __future__ import annotations

import re
import shlex
import textwrap

import pytest

from keyfob_core.cli.main import main
from support.source_code import ROOT

README = (ROOT / "README.md").read_text("utf-8")
FENCED = re.compile(r"^```(?:sh|shell|bash|console)\n(.*?)^```", re.M | re.S)


def commands(text: str, program: str) -> list[tuple[str, ...]]:
    """The words after `program` of each of its commands in the shell blocks of `text`."""
    found: list[tuple[str, ...]] = []
    for block in FENCED.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.strip().removeprefix("$ "), comments=True)
            parts = " ".join("\n" if word in {"|", "&&", ";", "&"} else word for word in words)
            for part in parts.split("\n"):
                named = [word for word in part.split() if not re.match(r"[A-Z_]+=", word)]
                if named[:1] == [program]:
                    found.append(tuple(named[1:]))
    return list(dict.fromkeys(found))


def test_commands_are_found_in_shell_blocks_alone() -> None:
    text = textwrap.dedent("""\
        `keyfob inline` and

        ```console
        $ printf key | keyfob connect x \\
            --secret-stdin   # from stdin
        KEYFOB_HOME=/tmp/x keyfob serve && keyfob status --json
        keyfob: this is output
        ```

        ```json
        keyfob not-shell
        ```
        """)

    assert commands(text, "keyfob") == [
        ("connect", "x", "--secret-stdin"),
        ("serve",),
        ("status", "--json"),
    ]


def test_the_readme_shows_commands() -> None:
    assert commands(README, "keyfob")
    assert commands(README, "make")


@pytest.mark.parametrize("words", commands(README, "keyfob"), ids=" ".join)
def test_every_command_of_the_readme_exists(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    names = [word for word in words if not word.startswith("-")][:2]
    options = {word.partition("=")[0] for word in words if word.startswith("--")}

    status = main([*names, "--help"])

    help_text = capsys.readouterr().out
    assert status == 0
    assert [option for option in sorted(options - {"--"}) if option not in help_text] == []


@pytest.mark.parametrize("words", commands(README, "make"), ids=" ".join)
def test_every_make_target_of_the_readme_exists(words: tuple[str, ...]) -> None:
    targets = re.findall(r"^([a-z ]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    known = {target for line in targets for target in line.split()}

    assert {word for word in words if "=" not in word} <= known
