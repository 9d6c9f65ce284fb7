from __future__ import annotations

import os
from pathlib import Path

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.system.paths import http_port, make_private, paths


def test_keyfob_home_holds_every_file_of_the_installation(tmp_path: Path) -> None:
    found = paths({"KEYFOB_HOME": str(tmp_path)}, "linux")
    assert found.config_file == tmp_path / "config.toml"
    assert found.database == tmp_path / "state.db"
    assert found.audit_folder == tmp_path / "audit"
    assert found.lock_file.parent == tmp_path
    sockets = (found.control_socket, found.bridge_socket, found.relay_socket)
    assert {socket.parent for socket in sockets} == {found.runtime_folder}


def test_a_relative_home_is_the_same_folder_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths({"KEYFOB_HOME": "here"}, "linux").database == tmp_path / "here" / "state.db"


def test_a_home_too_deep_for_a_socket_still_gets_one_that_fits(tmp_path: Path) -> None:
    environ = {"KEYFOB_HOME": str(tmp_path / ("deep" * 30)), "XDG_RUNTIME_DIR": "/run/user/7"}
    found, other = (paths(one, "linux") for one in (environ, environ | {"KEYFOB_HOME": "/o" * 60}))
    for name in ("control_socket", "bridge_socket", "relay_socket"):
        socket = getattr(found, name)
        assert len(os.fsencode(socket)) < 104
        assert socket != getattr(other, name)


def test_without_a_home_linux_keeps_to_the_xdg_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    found = paths({"XDG_RUNTIME_DIR": str(tmp_path / "r")}, "linux")
    assert found.config_file == tmp_path / "c" / "keyfob" / "config.toml"
    assert found.database == tmp_path / "d" / "keyfob" / "state.db"
    assert found.runtime_folder == tmp_path / "r" / "keyfob"


def test_without_a_home_macos_and_windows_use_their_own_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", "C:\\Users\\ann\\AppData\\Local")
    mac = paths({}, "darwin")
    windows = paths({"LOCALAPPDATA": str(tmp_path)}, "win32")
    assert mac.config_file.parts[-4:] == ("Library", "Application Support", "keyfob", "config.toml")
    assert str(windows.config_file).startswith("C:\\Users\\ann\\AppData\\Local")
    assert windows.config_file.parts[-2:] == ("keyfob", "config.toml")
    assert str(windows.runtime_folder).startswith(str(tmp_path))


@pytest.mark.parametrize("text", ["http", "-1", "65536", "7.5", "\uff17"])
def test_what_is_no_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        http_port({"KEYFOB_PORT": text})
    assert refused.value.field == "KEYFOB_PORT"


def test_the_port_is_read_where_it_is_named() -> None:
    assert http_port({}) is None
    assert http_port({"KEYFOB_PORT": "8000"}) == 8000
    assert http_port({"KEYFOB_PORT": "0"}) == 0


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    folder = make_private(tmp_path / "a" / "b")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_open_folder_of_ours_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o755)
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_shared_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    with pytest.raises(ConfigInvalid):
        make_private(folder)
    assert folder.stat().st_mode & 0o7777 == 0o1777


def test_a_folder_whose_name_a_file_has_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigInvalid):
        make_private(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_folder_or_link_is_refused(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    with pytest.raises(ConfigInvalid):
        make_private(theirs)
    ours, link = tmp_path / "ours", tmp_path / "link"
    ours.mkdir()
    link.symlink_to(ours)
    os.chown(link, 12345, 12345, follow_symlinks=False)
    with pytest.raises(ConfigInvalid):
        make_private(link)
