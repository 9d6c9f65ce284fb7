"""Secrets in clients' files: what is taken for one, and how a server is read with them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.clients.found_servers import read_server
from keyfob_core.clients.imports import ClientImports
from keyfob_core.clients.secrets import why_secret
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import PlacementKind
from keyfob_core.setups.client_imports import FoundServer
from support.client_homes import ClientHome, homes
from support.known_clients import CLIENTS

GITHUB = "ghp_" + "a1B2c3D4e5" * 4
RANDOM = "k3Jv9QxT7bLm2RzW8nYp"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("", GITHUB, "known kind"),
        ("", "sk-proj-" + "x1Y2" * 8, "known kind"),
        ("", "AKIA" + "ABCD1234" * 2, "known kind"),
        ("GITHUB_TOKEN", "short", "named like"),
        ("X-Api-Key", "abc-def", "named like"),
        ("POSTGRES_DSN", "whatever it is", "named like"),
        ("DATABASE_URL", "postgres://ada:hunter2@db/x", "password"),
        ("", RANDOM, "random"),
        ("REGION", "eu-west-1", None),
        ("API_KEY", "${GITHUB_TOKEN}", None),
        ("API_KEY", "${input:key}", None),
        ("API_KEY", "{env:KEY}", None),
        ("API_KEY", "YOUR_API_KEY", None),
        ("API_KEY", "<your key>", None),
        ("API_KEY", "your-key-here", None),
        ("API_KEY", "", None),
        ("MAX_TOKENS", "4096", None),
        ("", "@modelcontextprotocol/server-filesystem", None),
        ("", "/home/ada/Documents/2026/notes-and-more-notes", None),
        ("", "https://mcp.example/v1/servers/everything", None),
        ("", "123e4567-e89b-42d3-a456-426614174000", None),
        ("", "mcp-server-fetch==2026.11.1", None),
        ("", "--allow-unlimited-filesystem-access", None),
    ],
)
def test_a_secret_is_known_by_its_kind_its_name_or_its_looks(
    name: str, text: str, says: str | None
) -> None:
    found = why_secret(name, text)
    assert (found is None) if says is None else (found is not None and says in found)


def read(entry: Any) -> FoundServer:
    return read_server("here", entry, ("f",))


def test_a_header_becomes_a_placement() -> None:
    found = read({"url": "https://a.example/mcp", "headers": {"Authorization": f"Bearer {GITHUB}"}})
    (secret,) = found.secrets
    assert (found.url, secret.text) == ("https://a.example/mcp", GITHUB)
    assert secret.placement is not None
    assert (secret.placement.name, secret.placement.template) == ("Authorization", "Bearer {key}")
    assert GITHUB not in repr(found)


def test_a_header_that_is_no_secret_goes_with_those_that_are() -> None:
    headers = {"X-Api-Key": "abc", "X-Region": "eu", "Accept": "x"}
    found = read({"serverUrl": "https://a.example/mcp", "headers": headers})
    assert [one.place for one in found.secrets] == ["header X-Api-Key", "header X-Region"]


def test_a_secret_in_the_query_is_taken_out_of_the_address() -> None:
    found = read({"httpUrl": f"https://a.example/mcp?region=eu&api_key={GITHUB}"})
    assert found.url == "https://a.example/mcp?region=eu"
    (secret,) = found.secrets
    assert secret.placement is not None
    assert (secret.placement.kind, secret.placement.name) == (PlacementKind.QUERY, "api_key")


def test_a_program_s_variables_get_slots() -> None:
    env = {"A_TOKEN": "one", "B_KEY": "two", "MODE": "fast"}
    found = read({"command": "npx", "args": ["-y", "server"], "env": env})
    assert found.command == ("npx", "-y", "server")
    assert found.env == {"A_TOKEN": "{secret}", "B_KEY": "{secret2}", "MODE": "fast"}
    assert [one.text for one in found.secrets] == ["one", "two"]


def test_a_list_as_command_is_read_as_one() -> None:
    found = read({"command": ["npx", "server"], "environment": {"A_TOKEN": "one"}})
    assert found.command == ("npx", "server")
    assert found.stays is None


def test_mcp_remote_is_what_it_reaches() -> None:
    args = ["-y", "mcp-remote@0.1.0", "https://a.example/mcp", "--header", "Authorization:${AUTH}"]
    found = read({"command": "npx", "args": args, "env": {"AUTH": f"Bearer {GITHUB}"}})
    assert (found.url, found.command) == ("https://a.example/mcp", ())
    assert [one.text for one in found.secrets] == [GITHUB]


def test_mcp_remote_behind_windows_own_shell_is_read_too() -> None:
    args = ["/c", "npx", "mcp-remote", "https://a.example/sse", "9696", "--transport", "sse-only"]
    args += ["--header", "X-Api-Key: abc"]
    found = read({"command": "cmd", "args": args})
    assert (found.url, found.stays) == ("https://a.example/sse", None)
    assert read({"command": "npx", "args": [*args[1:], "--proxy", "x"]}).stays


@pytest.mark.parametrize(
    ("command", "becomes"),
    [
        (
            ["docker", "run", "-i", "-e", "A_KEY=b", "x"],
            ["docker", "run", "-i", "-e", "A_KEY", "x"],
        ),
        (["podman", "run", "--env=A_KEY=b", "x"], ["podman", "run", "--env=A_KEY", "x"]),
        (["docker", "run", "-e", "A_KEY=b", "-e", "B=c", "x"], None),
        (["env", "A_KEY=b", "npx", "x"], ["npx", "x"]),
        (["/usr/bin/env", "A_KEY=b", "B=c", "npx"], ["npx"]),
    ],
)
def test_an_argument_that_is_a_variable_becomes_one_with_its_secret_in_a_slot(
    command: list[str], becomes: list[str] | None
) -> None:
    found = read({"command": command[0], "args": command[1:]})
    assert found.stays is None
    assert found.command == tuple(becomes or ("docker", "run", "-e", "A_KEY", "-e", "B=c", "x"))
    assert [(one.place, one.text) for one in found.secrets] == [("variable A_KEY", "b")]
    assert found.env["A_KEY"] == "{secret}"


def test_words_that_only_name_where_a_secret_is_stay_arguments() -> None:
    harmless = ["--header", "Authorization: Bearer ${A_TOKEN}", "-e", "A_TOKEN", "https://a/?q=1"]
    found = read({"command": "x", "args": harmless, "env": {"A_TOKEN": "b"}})
    assert (found.stays, found.command) == (None, ("x", *harmless))


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (["x", "--root", "${workspaceFolder}"], "argument 2"),
        (["x", "--user=${env:USER}"], "argument 1"),
        (["x", "${input:database}"], "argument 1"),
        (["x", "{env:DATABASE}"], "argument 1"),
        (["x", "${REGION:-eu}"], "argument 1"),
        (["x", "$DATABASE"], "argument 1"),
        (["${env:HOME}/bin/x"], "command"),
    ],
)
def test_a_program_whose_command_line_its_client_fills_in_stays(
    command: list[str], place: str
) -> None:
    """It would be started with the words as they stand, and might list its tools all the same."""
    found = read({"command": command[0], "args": command[1:], "env": {"A_TOKEN": "b"}})
    assert found.stays == f"Its {place} is put together by the client."


@pytest.mark.parametrize("word", ["npx x --token $A_TOKEN", "^a$", "100$", "a%20b%20c", "{a}"])
def test_words_that_a_client_does_not_fill_in_are_taken_as_they_are(word: str) -> None:
    found = read({"command": "sh", "args": ["-c", word], "env": {"A_TOKEN": "b"}})
    assert (found.stays, found.command) == (None, ("sh", "-c", word))


def test_an_older_entry_of_zed_s_is_read_below_its_command() -> None:
    found = read({"command": {"path": "npx", "args": ["x"], "env": {"A_TOKEN": "b"}}})
    assert (found.stays, found.command) == (None, ("npx", "x"))


def test_every_secret_of_an_entry_that_stays_is_named() -> None:
    entry = {
        "command": "x",
        "args": ["--password", "b"],
        "env": {"A_TOKEN": "a"},
        "oauth": {"clientSecret": "c"},
        "headers": {"Authorization": "Bearer d"},
    }
    assert [one.place for one in read(entry).secrets] == [
        "header Authorization",
        "variable A_TOKEN",
        "argument 2",
        "field oauth.clientSecret",
    ]
    (secret,) = read({"url": "https://ada:hunter2@a.example/mcp"}).secrets
    assert secret.place == "the address"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"command": "x", "args": [f"--api-key={GITHUB}"]}, "argument 1"),
        ({"command": "x", "args": ["--api-key", "hunter2"]}, "argument 2"),
        ({"command": "x", "args": ["--header", "X-Api-Key: hunter2"]}, "argument 2"),
        ({"command": "x", "args": ["--header=Authorization: Bearer hunter2"]}, "argument 1"),
        ({"command": "x", "args": ["--headers", "Authorization", "Bearer hunter2"]}, "argument 3"),
        ({"command": "x", "args": ["--headers", "X-Api-Key", "hunter2"]}, "argument 3"),
        ({"command": "x", "args": ["https://a.example/sse?api_key=hunter2"]}, "argument 1"),
        ({"command": "x", "args": ["--config", '{"apiKey": "hunter2"}']}, "argument 2"),
        ({"command": "sh", "args": ["-c", "API_KEY=hunter2 npx x"]}, "argument 2"),
        ({"command": "sh", "args": ["-c", "npx x --api-key hunter2"]}, "argument 2"),
        ({"command": "x", "args": ["-e", "API_KEY=hunter2"]}, "argument 2"),
        ({"command": "x --api-key hunter2"}, "command"),
        ({"command": "x", "env": {"A_TOKEN": "${input:x}"}}, "put together"),
        ({"command": "x", "env": {"A_TOKEN": "a\nb"}}, "more than Keyfob gives"),
        ({"command": "x", "env": {"A_TOKEN": "a", "PATH": "/x"}}, "PATH"),
        ({"command": "x", "env": {"A_TOKEN": "a"}, "cwd": "/x"}, "cwd"),
        ({"command": "x", "env": {"A_TOKEN": "a"}, "env_vars": ["B"]}, "elsewhere (env_vars)"),
        ({"command": "x", "env": {"A_TOKEN": "a"}, "disabled": True}, "switched off"),
        ({"command": "x"}, "No secret"),
        ({"url": "https://a.example/mcp"}, "No secret"),
        ({"url": f"https://a.example/s/{GITHUB}/mcp"}, "in its path"),
        ({"url": "ftp://a.example", "headers": {"A-Key": "a"}}, "none that Keyfob reaches"),
        ({"url": "https://a.example", "headers": {"Cookie": "token=abc"}}, "no place"),
        ({"url": "https://a.example", "bearer_token_env_var": "A"}, "elsewhere"),
        ({"url": "https://a.example", "auth": {"CLIENT_SECRET": "a"}}, "field auth.CLIENT_SECRET"),
        ({"url": "https://a.example", "env": {"A_TOKEN": "a"}}, "variable A_TOKEN"),
        ({}, "neither"),
        ("text", "neither"),
    ],
)
def test_what_cannot_be_moved_stays_with_its_reason(entry: Any, says: str) -> None:
    found = read(entry)
    assert found.stays is not None
    assert says in found.stays
    assert GITHUB not in found.stays


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (["x", f"--api-key={GITHUB}"], "argument 1"),
        (["x", "--api-key", "hunter2"], "argument 2"),
        (["x", "--header", "X-Api-Key: hunter2"], "argument 2"),
        (["sh", "-c", "API_KEY=hunter2 npx x"], "argument 2"),
        (["x --api-key hunter2"], "command"),
    ],
)
def test_a_server_with_a_secret_on_its_command_line_is_not_taken_over_for_its_variables(
    command: list[str], place: str
) -> None:
    found = read({"command": command, "env": {"A_TOKEN": "one"}})
    assert (found.stays or "").startswith(f"Its {place} is a secret")
    assert [one.place for one in found.secrets] == ["variable A_TOKEN", place]


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
fields = st.sampled_from(["url", "headers", "command", "args", "env", "requestOptions", "enabled"])


@given(st.dictionaries(fields, json_values))
def test_any_entry_is_read_or_stays(entry: Any) -> None:
    found = read(entry)
    assert found.stays or found.secrets


def imports(home: ClientHome) -> ClientImports:
    return ClientImports(CLIENTS, home.files, home.table)


def test_servers_are_taken_out_of_the_file_and_out_of_its_copies(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    text = (
        '{\n  "mcpServers": { // mine\n'
        f'    "a": {{"command": "x", "env": {{"A_TOKEN": "{RANDOM}"}}}},\n'
        '    "b": {"command": "y"}\n  }\n}\n'
    )
    path = home.have("cursor", text.encode())
    home.add("cursor")
    assert len(list(path.parent.iterdir())) == 2
    found = imports(home).find("cursor", home.where)
    assert [one.name for one in found.servers if one.stays is None] == ["a"]
    assert imports(home).take_out(found, {"a"}) == ()
    assert all(RANDOM not in one.read_text() for one in path.parent.iterdir())
    assert '"b": {"command": "y"}' in path.read_text()
    ((undone, _),) = home.setups.undo("cursor")
    assert undone.restored
    assert path.read_text() == '{\n  "mcpServers": { // mine\n    "b": {"command": "y"}\n  }\n}\n'
    assert [one.name for one in path.parent.iterdir()] == ["mcp.json"]


ODD = (
    b'\xef\xbb\xbf{\r\n\t"mcpServers": { // mine\r\n'
    b'\t\t"a": {"command": "x", "env": {"A_TOKEN": "one"}}, // of a\r\n'
    b'\t\t"b": {"url": "https://b.example/mcp", "headers": {"X-Api-Key": "two"}}\r\n\t}\r\n}'
)


@pytest.mark.parametrize("order", ["add a b", "a add b", "a b add", "add ab", "ab add"])
def test_undone_and_put_back_a_file_is_byte_for_byte_as_it_was(order: str, tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    path = home.have("cursor", ODD)
    kept: list[str] = []
    for step in order.split():
        if step == "add":
            home.add("cursor")
            continue
        found = imports(home).find("cursor", home.where)
        kept.append(imports(home).entries(found, set(step)))
        imports(home).take_out(found, set(step))
    assert not any(b"_TOKEN" in one.read_bytes() for one in path.parent.iterdir())
    home.setups.undo("cursor")
    assert all(one.restored for one in imports(home).put_back("cursor", kept))
    assert path.read_bytes() == ODD
    assert [one.name for one in path.parent.iterdir()] == ["mcp.json"]


def test_a_copy_of_a_file_that_was_changed_since_is_erased_with_its_secrets(
    tmp_path: Path,
) -> None:
    (home, *_) = homes(tmp_path)
    path = home.have("cursor", ODD)
    home.add("cursor")
    path.write_bytes(path.read_bytes().replace(b"two", b"new"))
    found = imports(home).find("cursor", home.where)
    (copy,) = imports(home).take_out(found, {"a", "b"})
    assert not Path(copy).exists()
    ((undone, _),) = home.setups.undo("cursor")
    assert not undone.restored
    assert [one.name for one in path.parent.iterdir()] == ["mcp.json"]


def test_what_a_client_wrote_since_outlives_the_putting_back(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    path = home.have("cursor", ODD)
    found = imports(home).find("cursor", home.where)
    kept = imports(home).entries(found, {"a"})
    imports(home).take_out(found, {"a"})
    path.write_bytes(path.read_bytes().replace(b"two", b"new"))
    (undone,) = imports(home).put_back("cursor", [kept])
    assert not undone.restored
    text = path.read_text("utf-8-sig")
    assert '"X-Api-Key": "new"' in text
    assert '"A_TOKEN": "one"' in text


def test_a_file_that_changed_meanwhile_is_not_touched(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    text = f'{{"mcpServers": {{"a": {{"command": "x", "env": {{"A_TOKEN": "{RANDOM}"}}}}}}}}'
    path = home.have("cursor", text.encode())
    found = imports(home).find("cursor", home.where)
    path.write_text(text + "\n")
    with pytest.raises(ConfigInvalid, match="changed"):
        imports(home).take_out(found, {"a"})
    assert path.read_text() == text + "\n"


def test_two_profiles_that_mean_different_things_by_a_name_both_stay_apart(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    server = '{"servers": {"a": {"command": "x", "env": {"A_TOKEN": "%s"}}}}'
    path = home.have("vscode", (server % "one").encode())
    profile = path.parent / "profiles" / "p" / "mcp.json"
    profile.parent.mkdir(parents=True)
    profile.write_text(server % "two")
    found = imports(home).find("vscode", home.where)
    assert [bool(one.stays) for one in found.servers] == [False, True]
    imports(home).take_out(found, {"a"})
    assert "A_TOKEN" not in path.read_text()
    assert profile.read_text() == server % "two"


def test_tokens_that_other_programs_left_are_found_and_erased(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    home.have("cursor", b"{}")
    tokens = home.folder / ".mcp-auth" / "mcp-remote-0.1.0" / "abc_tokens.json"
    other = home.folder / ".fastmcp" / "oauth-mcp-client-cache" / "x_tokens.json"
    newer = home.folder / ".local" / "share" / "fastmcp" / "y_client_info.json"
    harmless = tokens.with_name("abc_lock.json")
    for file, text in (
        (tokens, "access_token"),
        (other, "refresh_token"),
        (newer, "client_secret"),
        (harmless, "pid"),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'{{"{text}": "x"}}')
    found = imports(home).find("cursor", home.where)
    assert [(one.program, one.path) for one in found.leftovers] == [
        ("mcp-remote", str(tokens)),
        ("fastmcp", str(other)),
        ("fastmcp", str(newer)),
    ]
    for one in found.leftovers:
        imports(home).erase(one)
    assert harmless.exists()
    assert not tokens.exists()
    assert imports(home).find("cursor", home.where).leftovers == ()


def test_the_newest_version_s_tokens_are_taken(tmp_path: Path) -> None:
    (home, *_) = homes(tmp_path)
    url = "https://a.example/mcp"
    home.have("cursor", json.dumps({"mcpServers": {"a": {"args": ["mcp-remote", url]}}}).encode())
    key = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    for version in ("0.1.9", "0.1.30", "0.1.18"):
        folder = home.folder / ".mcp-auth" / f"mcp-remote-{version}"
        folder.mkdir(parents=True)
        (folder / f"{key}_tokens.json").write_text(json.dumps({"access_token": version}))
    (server,) = imports(home).find("cursor", home.where).servers
    assert server.token is not None
    assert server.token.access_token == "0.1.30"
