"""Takes pictures of every window: `python tests/desktop/shots.py OUT`, to be looked at."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import qasync
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from keyfob_core.errors import OAuthFailed
from keyfob_core.model import (
    AccountCondition,
    Claims,
    ClientState,
    KnownBy,
    Lasts,
    PendingPrompt,
    StoreCondition,
    StoreState,
)
from keyfob_desktop.add_server_dialog import AddServerDialog
from keyfob_desktop.app import application
from keyfob_desktop.connect_dialog import ConnectDialog
from keyfob_desktop.prompts import dialog_for
from keyfob_desktop.token_dialog import TokenDialog
from keyfob_desktop.tool_dialog import ToolDialog
from keyfob_desktop.window import Window
from support.desk import private_desk
from support.desktop import Running, running_engine, shows_all, until
from support.fake_engine import EMPTY, account, server
from support.prompts import access_prompt, client_prompt, sign_in_prompt, widening_prompt

Save = Callable[[QWidget, str], None]
PROMPTS = {
    "access": access_prompt(),
    "access-http": access_prompt(
        tool="delete_everything\u202etxt",
        arguments="{\n" + "".join(f'  "line_{i}": "{"x" * 90}",\n' for i in range(60)) + "}",
        peer=None,
        claimed=Claims(user_agent=None),
        account=None,
        lasts=(Lasts.ONCE,),
    ),
    "widening": widening_prompt(),
    "client": client_prompt(),
    "sign-in": sign_in_prompt(),
}
HEALTHY = replace(
    EMPTY,
    servers=(
        server("github", AccountCondition.HEALTHY),
        server("linear", AccountCondition.REFRESHING),
        server("notion"),
    ),
    accounts=(account("github-account"), account("linear-account")),
    clients=(
        ClientState(name="cursor", known_by=KnownBy.TOKEN, created_at=1.79e9, last_used_at=1.79e9),
        ClientState(
            name="claude",
            known_by=KnownBy.PROCESS,
            created_at=1.79e9,
            last_used_at=None,
            executable="/opt/claude/claude-desktop",
        ),
    ),
)
NEEDS_YOU = replace(
    HEALTHY,
    url=None,
    problem="Port 7332 is held by another program. Quit it or set KEYFOB_PORT.",
    store=StoreState(
        "Secret Service", StoreCondition.LOCKED, None, "Unlock your keychain, then try again."
    ),
    servers=(
        server("github", AccountCondition.NEEDS_YOU, "The refresh token is no longer accepted."),
        server("linear", AccountCondition.FAILED, "The server answers 503; tried again at 18:20."),
        server("notion"),
    ),
    accounts=(account("github-account", AccountCondition.NEEDS_YOU), account("linear-account")),
    waiting=(PendingPrompt("p1", PROMPTS["access"], 1.79e9),),
)


async def _shoot(out: Path, kind: str) -> None:
    def save(widget: QWidget, name: str) -> None:
        QApplication.processEvents()
        widget.grab().save(str(out / f"{name}-{kind}.png"))

    for name, status in (("empty", EMPTY), ("healthy", HEALTHY), ("needs-you", NEEDS_YOU)):
        async with running_engine(status) as running:
            await _shoot_window(running, name, save)
    async with running_engine(HEALTHY) as running:
        await _shoot_dialogs(running, save)
    for name, prompt in PROMPTS.items():
        dialog = dialog_for(prompt)
        dialog.show()
        await until(dialog.allow_button.isEnabled)
        save(dialog, f"prompt-{name}")
        dialog.withdraw()


async def _shoot_window(running: Running, name: str, save: Save) -> None:
    window = Window(running.door, running.failures.append)
    window.show_tray(name != "empty")
    window.show()
    await asyncio.sleep(0.1)
    save(window, f"window-{name}")
    if name == "healthy":
        window.servers.choose("notion")
        save(window, "window-not-connected")
        window.tabs.setCurrentWidget(window.clients)
        save(window, "window-clients")
        window.tabs.setCurrentWidget(window.activity)
        await until(lambda: window.activity.model.rowCount())
        save(window, "window-activity")
    window.hide()
    window.deleteLater()


async def _shoot_dialogs(running: Running, save: Save) -> None:
    status = running.door.status
    assert status is not None
    failed = running.failures.append
    add = AddServerDialog(running.door, failed)
    add.show()
    add.name.setText("wiki")
    add.url.setText("ftp://wiki.example")
    add.add_button.click()
    await until(add.url_error.isVisible)
    await until(lambda: shows_all(add))
    save(add, "add-server")
    add.close()
    connect = ConnectDialog(status.servers[2], "oauth", running.door, failed)
    connect.show()
    save(connect, "connect-form")
    connect.form.more.toggle.click()
    connect.form.api_key.click()
    await until(lambda: shows_all(connect))
    save(connect, "connect-form-more")
    connect.form.browser.click()
    running.engine.held.add("connect")
    connect.go_button.click()
    await until(lambda: len(connect.steps.words) == 3)
    save(connect, "connect-steps")
    running.loop.call_soon_threadsafe(running.engine.hold.set)
    await until(connect.tool_button.isVisible)
    save(connect, "connect-done")
    connect.close()
    running.engine.failures["connect"] = OAuthFailed(
        "access_denied", "The server says that you did not allow it.", "Try again and allow it."
    )
    connect = ConnectDialog(status.servers[2], "oauth", running.door, failed)
    connect.show()
    connect.go_button.click()
    await until(connect.steps.failure.isVisible)
    connect.steps.details.toggle.click()
    save(connect, "connect-failed")
    connect.close()
    tool = ToolDialog("github", running.door, failed)
    tool.show()
    tool.begin()
    await until(tool.call_button.isEnabled)
    tool.choose("create_issue")
    tool.call_button.click()
    await until(lambda: tool.answer.toPlainText())
    save(tool, "tool")
    tool.close()
    token = TokenDialog("github", running.door, failed)
    token.show()
    save(token, "token-ask")
    token.name.setText("cursor")
    token.make_button.click()
    await until(lambda: token.pages.currentIndex() == 1)
    save(token, "token-made")
    token.close()


def _dark() -> QPalette:
    """Fusion's own dark palette, which Qt takes only from a desktop that says so."""
    role, back, text = QPalette.ColorRole, QColor(50, 50, 50), QColor(240, 240, 240)
    palette = QPalette(back, back)
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(each, text)
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(130, 130, 130))
    palette.setColor(role.Base, back.darker(140))
    palette.setColor(role.AlternateBase, back.darker(120))
    palette.setColor(role.Light, back.lighter(150))
    palette.setColor(role.Mid, back.darker(130))
    palette.setColor(role.Dark, back.darker(150))
    palette.setColor(role.PlaceholderText, QColor(240, 240, 240, 128))
    palette.setColor(role.Highlight, QColor(48, 140, 198))
    return palette


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--points", type=int)
    asked = parser.parse_args()
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    if asked.points is None:
        with private_desk("2000x1600x24") as desk:
            for more in (["10"], ["16"], ["10", "--dark"], ["16", "--dark"]):
                command = [sys.executable, __file__, str(out), "--points", *more]
                subprocess.run(command, env=desk.environment, check=True)
        return
    app = application()
    font = app.font()
    font.setPointSize(asked.points)
    app.setFont(font)
    if asked.dark:
        app.setPalette(_dark())
    kind = f"{asked.points}-{'dark' if asked.dark else 'light'}"
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(_shoot(out, kind))


if __name__ == "__main__":
    main()
