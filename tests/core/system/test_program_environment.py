from __future__ import annotations

import os
from pathlib import Path

from keyfob_core.system.program_environment import (
    home_of,
    program_environment,
    search_folders,
)


def test_only_what_is_listed_passes() -> None:
    environ = {
        "HOME": "/", "LANG": "de_DE", "LC_TIME": "C", "https_proxy": "http://p:1",
        "XDG_CACHE_HOME": "/c", "NVM_DIR": "/nvm", "PATH": "/usr/bin",
        "GITHUB_TOKEN": "t", "AWS_SECRET_ACCESS_KEY": "s", "KEYFOB_HOME": "/k",
        "DBUS_SESSION_BUS_ADDRESS": "unix:x", "SSH_AUTH_SOCK": "/s", "LD_PRELOAD": "x.so",
        "NODE_OPTIONS": "--require x", "PYTHONPATH": "/p", "BASH_ENV": "/b", "APPDATA": "/a",
    }  # fmt: skip
    assert set(program_environment(environ, "linux")) == {
        "HOME", "LANG", "LC_TIME", "https_proxy", "XDG_CACHE_HOME", "NVM_DIR", "PATH",
    }  # fmt: skip


def test_windows_programs_get_what_windows_programs_need() -> None:
    environ = {"SystemRoot": "C:\\Windows", "PATHEXT": ".EXE", "APPDATA": "a", "TOKEN": "t"}
    passed = program_environment(environ, "win32")
    assert set(passed) == {"SystemRoot", "PATHEXT", "APPDATA", "USERPROFILE", "PATH"}


def test_a_function_of_a_shell_does_not_pass() -> None:
    assert "TERM" not in program_environment({"TERM": "() { :; }; x"}, "linux")


def test_programs_are_looked_for_in_absolute_folders_and_the_usual_ones(tmp_path: Path) -> None:
    own = tmp_path / ".local" / "bin"
    own.mkdir(parents=True)
    listed = os.pathsep.join(["/usr/bin", "", ".", "bin", "/usr/bin", "/bin"])
    folders = search_folders({"PATH": listed, "HOME": str(tmp_path)}, "linux")
    assert folders[:3] == ["/usr/bin", "/bin", str(own)]
    assert all(os.path.isabs(folder) for folder in folders)
    assert program_environment({"PATH": listed, "HOME": str(tmp_path)}, "linux")["PATH"] == (
        os.pathsep.join(folders)
    )


def test_a_home_that_is_none_is_the_top_folder(tmp_path: Path) -> None:
    assert home_of({"HOME": str(tmp_path)}) == tmp_path
    assert home_of({"HOME": str(tmp_path / "gone")}) == Path("/")
