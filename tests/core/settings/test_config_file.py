from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyfob_core.config import Account, Rule, Server
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Verdict
from keyfob_core.settings.config_file import (
    ConfigFile,
    drop_rule,
    drop_server,
    put_account,
    put_program,
    put_rule,
    put_server,
)

HAND_MADE = """# my servers
[servers.github]   # work
url = "https://api.example.com/mcp/"

# strict
[defaults]
access = "deny"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyfob" / "config.toml"


def written(path: Path, text: str) -> ConfigFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return ConfigFile(path)


def test_comments_and_order_outlive_an_edit(path: Path) -> None:
    file = written(path, HAND_MADE)
    file.edit(put_server("linear", "https://mcp.linear.example/mcp"))
    text = path.read_text()
    for line in HAND_MADE.splitlines():
        assert line in text
    assert file.load().server("linear").url == "https://mcp.linear.example/mcp"


def test_an_account_is_added_and_its_server_uses_it(path: Path) -> None:
    file = written(path, HAND_MADE)
    config = file.edit(put_account(Account("work", "oauth", ("repo",)), "github"))
    assert config.server("github").levels.account == "work"
    assert config.accounts["work"].scopes == ("repo",)
    assert file.load() == config


def test_a_removed_server_leaves_nothing_behind(path: Path) -> None:
    file = written(path, HAND_MADE + '\n[clients.zed.servers.github]\naccess = "deny"\n')
    assert file.edit(drop_server("github")).servers == {}
    assert "github" not in path.read_text()


def test_an_edit_that_would_not_be_valid_changes_nothing(path: Path) -> None:
    file = written(path, HAND_MADE)
    with pytest.raises(ConfigInvalid):
        file.edit(put_server("a b", "https://x/mcp"))
    assert path.read_text() == HAND_MADE


def test_a_broken_file_is_never_overwritten(path: Path) -> None:
    file = written(path, "servers = [[[")
    with pytest.raises(ConfigInvalid):
        file.edit(put_server("a", "https://x/mcp"))
    assert path.read_text() == "servers = [[["


def test_a_new_file_is_for_its_owner_alone(path: Path) -> None:
    ConfigFile(path).edit(put_server("a", "https://x/mcp"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("[servers.a]")


def test_a_symlink_stays_one_and_its_mode_is_kept(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(HAND_MADE)
    real.chmod(0o640)
    path.parent.mkdir()
    path.symlink_to(real)
    ConfigFile(path).edit(put_server("a", "https://x/mcp"))
    assert path.is_symlink()
    assert "servers.a" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_folder_that_takes_no_file_is_said_in_words(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to("/proc/keyfob-test.toml")
    with pytest.raises(ConfigInvalid, match=r"cannot be written.*Look at /proc"):
        ConfigFile(path).edit(put_server("github", "https://api.example.com/mcp"))


def test_a_name_that_is_not_utf_8_is_refused_and_nothing_is_left(path: Path) -> None:
    file = written(path, HAND_MADE)
    with pytest.raises(ConfigInvalid, match="not in UTF-8"):
        file.edit(put_program(Server("files", command=(os.fsdecode(b"/caf\xe9/files"),))))
    assert os.listdir(path.parent) == ["config.toml"]
    assert path.read_text() == HAND_MADE


def test_no_half_written_file_is_left_in_the_folder(path: Path) -> None:
    file = written(path, HAND_MADE)
    file.edit(put_server("a", "https://x/mcp"))
    assert os.listdir(path.parent) == ["config.toml"]


RULES = st.lists(
    st.builds(
        Rule,
        id=st.sampled_from(["r1", "r2", "r3"]),
        access=st.sampled_from(Verdict),
        client=st.none() | st.sampled_from(["zed", "Claude Desktop"]),
        server=st.none() | st.just("github"),
        tool=st.none() | st.text(min_size=1, max_size=10).filter(str.strip),
        until=st.none() | st.integers(0, 4_000_000_000).map(float),
    ),
    max_size=6,
)


@settings(max_examples=25)
@given(rules=RULES, removed=st.sets(st.sampled_from(["r1", "r2", "r3"])))
def test_rules_are_read_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rules: list[Rule], removed: set[str]
) -> None:
    file = written(tmp_path_factory.mktemp("rules") / "config.toml", HAND_MADE)
    expected: dict[str, Rule] = {}
    for rule in rules:
        file.edit(put_rule(rule))
        expected.pop(rule.id, None)
        expected[rule.id] = rule
    for rule_id in removed:
        file.edit(drop_rule(rule_id))
        expected.pop(rule_id, None)
    assert file.load().rules == tuple(expected.values())
    assert file.load().server("github").url == "https://api.example.com/mcp/"


def test_what_an_account_says_of_its_sign_in_server_is_read_back_and_can_be_taken_away(
    path: Path,
) -> None:
    file = written(path, HAND_MADE)
    own = {
        "resource": "omit",
        "authorize_params": (("access_type", "offline"), ("prompt", "consent")),
        "callback_host": "localhost",
        "callback_port": 3118,
        "callback_path": "/cb",
        "token_auth": "client_secret_post",
        "dpop": True,
    }
    config = file.edit(put_account(Account("work", "oauth", own_profile=own), "github"))
    assert config.accounts["work"].own_profile == own
    assert 'callback = "http://localhost:3118/cb"' in path.read_text()
    config = file.edit(put_account(Account("work", "oauth", own_profile={"dpop": True}), None))
    assert config.accounts["work"].own_profile == {"dpop": True}
    assert "callback" not in path.read_text()


def test_a_program_is_written_as_it_is_read(path: Path) -> None:
    file = written(path, HAND_MADE)
    odd = ("npx", "-y", 'a "b" \\ c', "ü\n")
    program = Server("files", command=odd, env={"A": "{secret}", "B": "x = 'y'"}, secret_fd=True)
    config = file.edit(put_program(program))
    assert config.server("files") == program
    assert file.load().server("files") == program
    assert "# my servers" in path.read_text()
    plain = Server("plain", command=("true",))
    assert file.edit(put_program(plain)).server("plain") == plain
    assert "env" not in path.read_text().partition("[servers.plain]")[2]
