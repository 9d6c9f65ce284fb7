from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from keyfob_core.system.network import ProxySettings, SystemNetwork
from keyfob_core.system.paths import paths
from keyfob_core.system.premises import close_to_others, look_at
from keyfob_core.system.reach import why_out_of_reach


def test_what_a_crash_left_is_found_once_it_is_old(tmp_path: Path) -> None:
    where = paths({"KEYFOB_HOME": str(tmp_path)}, "linux")
    where.audit_folder.mkdir(parents=True)
    old = time.time() - 7200
    for path in (tmp_path / ".config-abc.toml", where.audit_folder / "000000000001-9-ab.torn"):
        path.write_text("half")
        os.utime(path, (old, old))
    (tmp_path / ".config-new.toml").write_text("being written")
    found = look_at(where)
    assert [Path(name).name for name in found.leftovers] == [
        ".config-abc.toml",
        "000000000001-9-ab.torn",
    ]
    assert found.free > 0


@pytest.mark.skipif(os.name != "posix", reason="permission bits are a POSIX matter")
def test_what_others_can_open_is_seen_and_closed(tmp_path: Path) -> None:
    where = paths({"KEYFOB_HOME": str(tmp_path)}, "linux")
    where.database.touch(0o644)
    os.chmod(where.database, 0o644)
    assert any(one.mode & 0o077 for one in look_at(where).folders)
    close_to_others(where)
    assert not any(one.mode & 0o077 for one in look_at(where).folders)


def test_a_port_that_another_program_holds_is_seen(tmp_path: Path) -> None:
    where = paths({"KEYFOB_HOME": str(tmp_path)}, "linux")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert look_at(where, port).held_port == port
    assert look_at(where, port).held_port is None


async def test_a_server_is_reached_itself_or_by_the_proxy_that_leads_there() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        direct = SystemNetwork(lambda: "none")
        by_proxy = SystemNetwork(
            lambda: f"http://127.0.0.1:{port}", ProxySettings(dict, lambda _: False)
        )
        assert await why_out_of_reach(direct, f"http://127.0.0.1:{port}/mcp") is None
        assert await why_out_of_reach(by_proxy, "https://nowhere.invalid/mcp") is None
    assert await why_out_of_reach(direct, f"http://127.0.0.1:{port}/mcp")
    assert await why_out_of_reach(by_proxy, "https://nowhere.invalid/mcp")
