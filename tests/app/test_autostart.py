"""`keyfob autostart`, from the command to the file that the desktop reads at login."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from support.engine import Home
from support.processes import asked, keyfob, keyfob_serve

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems are stood in for")


async def test_it_is_off_by_default_and_the_running_keyfob_turns_it_on_and_off(
    home: Home, tmp_path: Path
) -> None:
    home = replace(home, environ={**home.environ, "HOME": str(tmp_path)})
    file = tmp_path / ".config" / "autostart" / "keyfob.desktop"
    async with keyfob_serve(home):
        off = {"enabled": False, "place": str(file)}
        assert await asked(home.environ, "autostart", "show") == off
        assert await asked(home.environ, "autostart", "on") == {**off, "enabled": True}
        assert f"env KEYFOB_HOME={home.folder} KEYFOB_PORT=0 " in file.read_text()
        assert "--background" in file.read_text()
        assert await asked(home.environ, "autostart", "off") == off
        assert not file.exists()
    turned = [event for event in home.events() if event["event"] == "autostart"]
    assert [event["details"]["enabled"] for event in turned] == [True, False]


async def test_it_is_turned_on_where_no_keyfob_runs_and_told_in_words(
    home: Home, tmp_path: Path
) -> None:
    environ = {**home.environ, "HOME": str(tmp_path)}
    code, out, _ = await keyfob(environ, "autostart", "on")
    assert code == 0
    assert "starts in the tray at login" in out
    assert str(tmp_path) in out
    code, out, _ = await keyfob(environ, "autostart", "off")
    assert (code, out) == (0, "Keyfob does not start at login.\n")
