"""Pointing every client at Keyfob, in whatever state its files are, on every system."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from keyfob_core.clients.documents import Document
from keyfob_core.clients.editors import editor_of
from keyfob_core.clients.entry import NAME, entry_for
from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.setups.client_setups import Form, Standing
from support.client_homes import (
    TOKEN,
    WAYS,
    ClientHome,
    Situation,
    commented,
    existing,
    homes,
    hostile,
)
from support.config_texts import jsonc, listed_yaml, mapped_yaml, toml
from support.known_clients import CLIENTS, IDS

SITUATIONS: dict[str, Situation] = {
    "absent": lambda _: None,
    "empty": lambda _: b"",
    "there": lambda client: existing(client).encode(),
    "comments": lambda client: commented(client).encode(),
    "a byte order mark": lambda client: b"\xef\xbb\xbf" + existing(client).encode(),
    "CRLF": lambda client: existing(client).replace("\n", "\r\n").encode(),
    "tabs": lambda client: existing(client, tabs=True).encode(),
    "no line end": lambda client: existing(client).rstrip("\n").encode(),
}


def entries(client: str, path: Path) -> dict[str, object]:
    document = Document.of(str(path), path.read_bytes())
    return dict(editor_of(CLIENTS.get(client)).entries(document))


def one_of(everywhere: list[ClientHome], client: str, situation: str) -> ClientHome:
    """One of the systems, another for the next client and situation."""
    return everywhere[(IDS.index(client) + len(situation)) % len(everywhere)]


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("client", IDS)
def test_an_entry_is_put_in_and_taken_back_byte_for_byte(
    client: str, situation: str, tmp_path: Path
) -> None:
    known = CLIENTS.get(client)
    everywhere = homes(tmp_path)
    for home in everywhere if situation == "there" else [one_of(everywhere, client, situation)]:
        data = SITUATIONS[situation](known)
        path = home.have(client, data)
        if data is not None:
            path.chmod(0o640)
        before = everything(home.folder)
        theirs = entries(client, path) if data is not None else {}
        home.add(client)
        entry = entry_for(known, known.form, WAYS, TOKEN)
        assert entries(client, path) == {**theirs, NAME: entry}
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o640 if data is not None else 0o600)
        if situation == "CRLF":
            assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
        state = home.state(client)
        assert (state.standing, state.path) == (Standing.STANDS, str(path))
        ((undone, _),) = home.setups.undo(client)
        assert undone.restored
        assert everything(home.folder) == before


@pytest.mark.parametrize("client", IDS)
def test_a_symlink_stays_one(client: str, tmp_path: Path) -> None:
    for home in [one_of(homes(tmp_path), client, "stays")]:
        path = home.have(client, None)
        kept = home.folder / "dotfiles" / "kept"
        kept.parent.mkdir(parents=True)
        text = existing(CLIENTS.get(client)).encode()
        kept.write_bytes(text)
        path.symlink_to(kept)
        home.add(client)
        assert path.is_symlink()
        assert NAME in entries(client, kept)
        home.setups.undo(client)
        assert path.is_symlink()
        assert kept.read_bytes() == text
        assert [one.name for one in kept.parent.iterdir()] == ["kept"]


@pytest.mark.parametrize("client", IDS)
def test_a_read_only_file_is_told_and_left(client: str, tmp_path: Path) -> None:
    for home in [one_of(homes(tmp_path), client, "only")]:
        path = home.have(client, existing(CLIENTS.get(client)).encode())
        path.chmod(0o440)
        before = everything(home.folder)
        with pytest.raises(ConfigInvalid, match="read-only") as refused:
            home.plan(client)
        assert refused.value.field == str(path)
        assert everything(home.folder) == before


@pytest.mark.parametrize("client", IDS)
def test_a_hostile_file_is_refused_by_name_and_left(client: str, tmp_path: Path) -> None:
    for home in [one_of(homes(tmp_path), client, "file")]:
        for data in (hostile(CLIENTS.get(client)), b"\xff\xfe{\0}\0", b"{\x80}"):
            path = home.have(client, data)
            before = everything(home.folder)
            with pytest.raises(ConfigInvalid) as refused:
                home.plan(client)
            assert refused.value.field == str(path)
            assert everything(home.folder) == before


@pytest.mark.parametrize("client", IDS)
def test_what_changed_since_the_preview_is_not_overwritten(client: str, tmp_path: Path) -> None:
    for home in [one_of(homes(tmp_path), client, "since")]:
        path = home.have(client, existing(CLIENTS.get(client)).encode())
        plan = home.plan(client)
        changed = existing(CLIENTS.get(client)).replace("dark", "light").encode()
        path.write_bytes(changed)
        with pytest.raises(ConfigInvalid, match="changed"):
            home.add(client, plan)
        assert path.read_bytes() == changed
        assert len(everything(home.folder)) == 1
        assert home.table.setups() == ()


@pytest.mark.parametrize("client", IDS)
def test_what_a_client_changed_afterwards_outlives_the_undoing(client: str, tmp_path: Path) -> None:
    for home in [one_of(homes(tmp_path), client, "client")]:
        path = home.have(client, existing(CLIENTS.get(client)).encode())
        home.add(client)
        path.write_bytes(path.read_bytes().replace(b"dark", b"light"))
        ((undone, _),) = home.setups.undo(client)
        assert not undone.restored
        assert path.read_text() == existing(CLIENTS.get(client)).replace("dark", "light")


@pytest.mark.parametrize("client", IDS)
def test_two_profiles_are_kept_apart(client: str, tmp_path: Path) -> None:
    text = existing(CLIENTS.get(client)).encode()
    for home in homes(tmp_path / "one"):
        other = ClientHome(tmp_path / "two" / home.system, home.system, table=home.table)
        paths = home.have(client, text), other.have(client, None)
        home.add(client)
        other.add(client)
        assert [one.path for one in home.table.setups()] == sorted(map(str, paths))
        assert all(NAME in entries(client, path) for path in paths)
        home.setups.undo(client)
        assert paths[0].read_bytes() == text
        assert not paths[1].exists()


def test_a_file_that_a_client_rewrote_is_repaired_with_its_first_backup(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    text = existing(CLIENTS.get("cursor")).encode()
    path = home.have("cursor", text)
    home.add("cursor")
    path.write_bytes(path.read_bytes().replace(b"127.0.0.1:7332", b"127.0.0.1:9999"))
    state = home.state("cursor")
    assert state.standing is Standing.CHANGED
    home.add("cursor")
    state = home.state("cursor")
    assert state.standing is Standing.STANDS
    path.write_bytes(text)
    state = home.state("cursor")
    assert state.standing is Standing.GONE
    path.write_bytes(b"[")
    state = home.state("cursor")
    assert state.standing is Standing.UNREADABLE
    assert state.problem


@pytest.mark.parametrize("text", [b'{"mcpServers": {}}', b"{}"])
def test_an_entry_that_went_away_leaves_a_backup_only_where_it_is_another_one(
    text: bytes, tmp_path: Path
) -> None:
    (home, *_) = homes(tmp_path)
    first = b'{"mcpServers": {}}'
    path = home.have("cursor", first)
    home.add("cursor")
    path.write_bytes(text)
    home.add("cursor")
    home.setups.undo("cursor")
    assert path.read_bytes() == text
    kept = [one.read_bytes() for one in path.parent.iterdir() if one != path]
    assert kept == ([] if text == first else [first])


@pytest.mark.parametrize("client", ["cursor", "claude-desktop", "vscode"])
def test_an_entry_that_leads_where_keyfob_was_before_is_told_and_repaired(
    client: str, tmp_path: Path
) -> None:
    (home, *_) = homes(tmp_path)
    home.have(client, None)
    home.add(client)
    moved = replace(
        WAYS, url="http://127.0.0.1:7400", socket="/elsewhere", command=("/new/python",)
    )
    home.ways = moved
    state = home.state(client)
    assert state.standing is Standing.OUTDATED
    home.add(client)
    state = home.state(client)
    assert state.standing is Standing.STANDS


def test_every_profile_of_an_editor_is_written(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    path = home.have("vscode", b"{}")
    more = [path.parent / "profiles" / name / "mcp.json" for name in ("a1", "b2")]
    for one in more:
        one.parent.mkdir(parents=True)
    more[0].write_bytes(b'{"servers": {}}')
    home.add("vscode")
    assert all(NAME in entries("vscode", one) for one in (path, *more))
    home.setups.undo("vscode")
    assert everything(path.parent) == {
        "mcp.json": b"{}",
        "profiles/a1/mcp.json": b'{"servers": {}}',
    }


def test_a_failure_at_a_later_file_takes_the_earlier_ones_back(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    path = home.have("vscode", b"{}")
    profile = path.parent / "profiles" / "a1" / "mcp.json"
    profile.parent.mkdir(parents=True)
    profile.write_bytes(b"{}")

    class Full:
        """A disk that is full at the second file."""

        def __getattr__(self, name: str) -> object:
            return getattr(home.files, name)

        def replace(self, now: object, data: object) -> None:
            if getattr(now, "path", "") == str(profile):
                raise ConfigInvalid(str(profile), "cannot be written (No space left on device)")
            home.files.replace(now, data)  # pyright: ignore[reportArgumentType]

    plan = home.plan("vscode")
    broken = ClientHome(home.folder, home.system, table=home.table, files=Full())  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigInvalid, match="No space"):
        broken.add("vscode", plan)
    assert path.read_bytes() == b"{}"
    assert home.table.setups() == ()


def test_a_variable_leads_to_another_folder(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    elsewhere = tmp_path / "else $HOME ${HOME}"
    led = ClientHome(home.folder, home.system, environ={"CODEX_HOME": str(elsewhere)})
    assert led.path("codex") == elsewhere / "config.toml"
    assert home.path("codex") == home.folder / ".codex" / "config.toml"
    assert "CODEX_HOME" in home.setups.variables()
    windows = ClientHome(tmp_path, "windows", environ={"APPDATA": "C:\\Users\\ada\\Roaming\\"})
    assert str(windows.path("vscode")) == "C:/Users/ada/Roaming/Code/User/mcp.json"


def test_a_client_is_found_by_its_folder_alone(tmp_path: Path) -> None:
    for home in homes(tmp_path):
        found = {one.client for one in home.setups.states(home.where)}
        (home.folder / ".cursor").mkdir(parents=True)
        more = {one.client for one in home.setups.states(home.where)} - found
        assert more == {"cursor"}


def test_the_preview_shows_what_is_put_in_and_nothing_of_what_stands_there(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    secret = "hunter2-of-the-person"
    for text in (
        f'{{"mcpServers": {{"a": {{"env": {{"K": "{secret}"}}}}}}}}',
        f'{{\n "mcpServers": {{\n  "a": {{"env": {{"K": "{secret}"}}}}\n }}\n}}\n',
        f'{{\n "mcpServers": {{"keyfob": {{"env": {{"K": "{secret}"}}}}}}\n}}\n',
    ):
        home.have("cursor", text.encode())
        (file,) = home.plan("cursor").files
        assert secret not in file.diff
        assert "http://127.0.0.1:7332/mcp" in file.diff
        home.add("cursor")
        (file,) = home.plan("cursor").files
        assert TOKEN not in file.diff
        home.setups.undo("cursor")


def test_a_preview_of_a_whole_new_entry_is_a_unified_diff(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    path = home.have("claude-desktop", b'{\n  "mcpServers": {\n    "a": {}\n  }\n}\n')
    lines = home.plan("claude-desktop").files[0].diff.splitlines()
    assert lines[:4] == [f"--- {path}", f"+++ {path}", "@@ -2,0 +3,14 @@", '+    "keyfob": {']
    assert all(line.startswith("+") for line in lines[3:])


def test_a_preview_within_a_line_shows_the_entry_whole(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    home.have("windsurf", b'{"mcpServers":{"linear":{"serverUrl":"https://a.example"}}}')
    *_, place, put = home.plan("windsurf").files[0].diff.splitlines()
    assert place == "@@ line 1, column 16 @@"
    assert put.startswith('+"keyfob": {"serverUrl": "http://127.0.0.1:7332/mcp"')
    assert put.endswith("}, ")


def test_the_socket_is_written_as_each_system_names_it() -> None:
    vscode = CLIENTS.get("vscode")
    entry = entry_for(vscode, Form.SOCKET, WAYS, TOKEN)
    assert entry["url"] == "unix:///run/user/1/keyfob/relay.sock#/mcp"
    pipe = r"\\.\pipe\keyfob-0123"
    windows = entry_for(vscode, Form.SOCKET, type(WAYS)(url="u", socket=pipe, command=("k",)), "t")
    assert windows["url"] == "pipe:///pipe/keyfob-0123#/mcp"


def test_what_was_never_written_is_not_undone(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    with pytest.raises(UnknownName):
        home.setups.undo("cursor")


def check_identity(client: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = ClientHome(Path(folder), "linux")
        path = home.have(client, text.encode())
        home.add(client)
        assert NAME in entries(client, path)
        home.setups.undo(client)
        assert everything(path.parent) == {path.name: text.encode()}


EXAMPLES = 200 if os.environ.get("PROVE_LONG") else 10
any_file = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


@any_file
@given(jsonc())
def test_any_json_file_comes_back_byte_for_byte(text: str) -> None:
    check_identity("vscode", text.replace("mcpServers", "servers"))


@any_file
@given(toml())
def test_any_toml_file_comes_back_byte_for_byte(text: str) -> None:
    check_identity("codex", text)


@any_file
@given(listed_yaml())
def test_any_yaml_file_comes_back_byte_for_byte(text: str) -> None:
    check_identity("continue", text)


@any_file
@given(mapped_yaml())
def test_any_yaml_file_of_mappings_comes_back_byte_for_byte(text: str) -> None:
    check_identity("goose", text)
