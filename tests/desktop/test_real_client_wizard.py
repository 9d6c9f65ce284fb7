"""The wizard on the real engine: clients' files as people have them, and real clicks."""

from __future__ import annotations

import asyncio
import json
import sys
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from keyfob_desktop.clients.client_wizard import ClientWizard
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from support.desktop import opened, until
from support.marked import found, mark
from support.real_desktop import RealEngine

PROGRAM = str(Path(__file__).parents[1] / "support" / "stdio_program.py")
SECRET, ARGUMENT = mark("variable"), mark("argument")


def claude_desktop() -> str:
    """As Claude Desktop's settings come to look, with one key that can be moved and one not."""
    files = {"command": sys.executable, "args": [PROGRAM], "env": {"A_TOKEN": SECRET}}
    database = {"command": "npx", "args": ["server-postgres", f"postgres://ada:{ARGUMENT}@db/x"]}
    return json.dumps({"globalShortcut": "", "mcpServers": {"files": files, "db": database}})


CODEX = '# mine\nmodel = "m"   # fast\r\n\n[tui]\ntheme = "dark"\n'
CONTINUE = "name: Mine\nversion: 1.0.0\nmodels: []\n# servers\nmcpServers:\n- name: x\n  url: y\n"


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Somebody with three clients; the files by the clients' labels."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in ("XDG_CONFIG_HOME", "CODEX_HOME", "CONTINUE_GLOBAL_DIR", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    files = {
        "Claude Desktop": tmp_path / ".config" / "Claude" / "claude_desktop_config.json",
        "Codex": tmp_path / ".codex" / "config.toml",
        "Continue": tmp_path / ".continue" / "config.yaml",
    }
    for file, text in zip(files.values(), (claude_desktop(), CODEX, CONTINUE), strict=True):
        file.parent.mkdir(parents=True)
        file.write_bytes(text.encode())
    return files


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


async def settled(wizard: ClientWizard) -> None:
    """Wait until it has done all that was asked; a program is started and tried in between."""
    async with asyncio.timeout(60):
        while wizard._tasks.busy:  # noqa: ASYNC110 - what is waited for lies in a widget
            await asyncio.sleep(0.01)


async def test_every_client_is_moved_connected_and_brought_back_byte_for_byte(
    person: dict[str, Path], real: RealEngine, qtbot: QtBot
) -> None:
    before = {label: file.read_bytes() for label, file in person.items()}
    wizard = ClientWizard(real.door, real.failures.append)
    qtbot.addWidget(wizard)
    wizard.show()
    wizard.begin()
    await until(lambda: wizard.client is not None)
    await settled(wizard)
    told = wizard.summary.text() + wizard.plan.toPlainText()
    assert "Found here: Claude Desktop, Codex and Continue." in told
    assert "in their files: 2. Move them into your keychain" in told
    assert "files moves into Keyfob" in told
    assert not found(SECRET, [told.encode()])
    assert not found(ARGUMENT, [told.encode()])

    click(qtbot, wizard.all_button)
    await settled(wizard)
    assert "Restart Claude Desktop, Codex, Continue" in wizard.news.words
    assert not wizard.banner.isVisible(), wizard.banner.words
    left = json.loads(person["Claude Desktop"].read_bytes())["mcpServers"]
    assert set(left) == {"keyfob", "db"}
    assert "keyfob" in tomllib.loads(person["Codex"].read_text())["mcp_servers"]
    for label, file in person.items():
        assert not found(SECRET, [one.read_bytes() for one in file.parent.iterdir()]), label
    assert [server["name"] for server in await real.do("server.list")] == ["files"]

    wizard.choose("claude-desktop")
    click(qtbot, wizard.put_back_button)
    asked: ConfirmDialog = await opened(ConfirmDialog)
    click(qtbot, asked.go_button)
    await settled(wizard)
    assert "secrets and all" in wizard.news.words
    for client in ("codex", "continue"):
        wizard.choose(client)
        click(qtbot, wizard.undo_button)
        await settled(wizard)
    assert {label: file.read_bytes() for label, file in person.items()} == before
    assert [len(list(file.parent.iterdir())) for file in person.values()] == [1, 1, 1]
    click(qtbot, wizard.close_button)
