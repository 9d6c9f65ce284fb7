from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.system.program_command import found_command


def install(folder: Path, name: str, mode: int = 0o755) -> Path:
    folder.mkdir(exist_ok=True)
    made = folder / name
    made.write_text("#!/bin/sh\n")
    made.chmod(mode)
    return made


def test_a_program_is_found_in_the_first_folder_that_has_it(tmp_path: Path) -> None:
    install(tmp_path / "a", "npx", 0o644)
    found = install(tmp_path / "b", "npx")
    install(tmp_path / "c", "npx")
    folders = [str(tmp_path / name) for name in "abc"]
    command = found_command("files", ["npx", "-y", "$(x) `y`"], folders, "linux")
    assert command == [str(found), "-y", "$(x) `y`"]


def test_a_whole_path_is_taken_as_it_is(tmp_path: Path) -> None:
    made = install(tmp_path, "server")
    assert found_command("files", [str(made)], [], "linux") == [str(made)]


def test_nothing_is_ever_found_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "npx")
    monkeypatch.chdir(tmp_path)
    for word, message in (("npx", "no program"), ("./npx", "relative"), ("bin/npx", "relative")):
        with pytest.raises(ConfigInvalid, match=message) as refused:
            found_command("files", [word], [], "linux")
        assert refused.value.field == "servers.files.command"


def test_the_error_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        found_command("files", ["uvx"], [str(tmp_path)], "linux")
    assert str(tmp_path) in refused.value.hint
    with pytest.raises(ConfigInvalid, match=str(tmp_path)):
        found_command("files", [str(tmp_path / "uvx")], [], "linux")


@pytest.mark.parametrize(
    "word",
    [
        'a"&calc&"', "%PATH%", "a^b", "x|y", "x&y", "<in", ">out", "!v!", "(a)", "line\nbreak",
        "a'b", "$(x)", "`x`", "*", "?", "\u00e9",
    ],
)  # fmt: skip
def test_on_windows_no_word_that_cmd_would_read_reaches_a_batch_file(
    tmp_path: Path, word: str
) -> None:
    install(tmp_path, "npx.cmd")
    with pytest.raises(ConfigInvalid, match="batch file") as refused:
        found_command("files", ["npx.cmd", "-y", word], [str(tmp_path)], "win32")
    assert refused.value.field == "servers.files.command"


def test_on_windows_a_batch_file_is_started_with_plain_words(tmp_path: Path) -> None:
    made = install(tmp_path, "npx.CMD")
    words = ["npx.CMD", "-y", "@scope/server@1.2.3", "--dir=C:\\My Files", "~/x", "#1", "[a]{b};"]
    assert found_command("files", words, [str(tmp_path)], "win32") == [str(made), *words[1:]]


def test_on_windows_a_batch_file_may_lie_where_windows_puts_programs(tmp_path: Path) -> None:
    made = install(tmp_path / "Programme (x86) für Ä", "npx.cmd")
    assert found_command("files", ["npx.cmd"], [str(made.parent)], "win32") == [str(made)]
    odd = install(tmp_path / "100%", "npx.cmd")
    with pytest.raises(ConfigInvalid, match="batch file"):
        found_command("files", ["npx.cmd"], [str(odd.parent)], "win32")


def test_on_windows_a_bare_name_is_a_file_that_windows_can_start(tmp_path: Path) -> None:
    # Node's folder has a shell script named npx beside npx.cmd; uvx is an .exe alone.
    install(tmp_path / "node", "npx")
    npx = install(tmp_path / "node", "npx.cmd")
    uvx = install(tmp_path / "uv", "uvx.exe")
    folders = [str(npx.parent), str(uvx.parent)]
    assert found_command("files", ["npx", "-y"], folders, "win32") == [str(npx), "-y"]
    assert found_command("files", ["uvx"], folders, "win32") == [str(uvx)]
    assert found_command("files", [str(tmp_path / "uv" / "uvx")], [], "win32") == [str(uvx)]
    with pytest.raises(ConfigInvalid, match="batch file"):
        found_command("files", ["npx", "%PATH%"], folders, "win32")


def test_on_windows_other_programs_take_any_words(tmp_path: Path) -> None:
    made = install(tmp_path, "node.exe")
    words = ["node.exe", 'a"&calc&"', "%PATH%"]
    assert found_command("files", words, [str(tmp_path)], "win32") == [str(made), *words[1:]]
