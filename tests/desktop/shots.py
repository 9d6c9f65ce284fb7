"""Takes pictures of every window: `python tests/desktop/shots.py OUT`, to be looked at."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from errno import EADDRINUSE
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import qasync
from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget

from keyfob_core.control.examination import Report
from keyfob_core.control.tool_access import ToolState
from keyfob_core.diagnosis.findings import Finding, Fix, Outcome
from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Claims, KnownBy, Verdict
from keyfob_core.prompts import Lasts, PendingPrompt
from keyfob_core.providers.provider import Risk, ScopeWords
from keyfob_core.setups.client_setups import Standing
from keyfob_core.states import (
    AccountCondition,
    ClientState,
    LatchCondition,
    LatchState,
    LockedBy,
    StoreCondition,
)
from keyfob_core.stores.backends import native_backend
from keyfob_core.stores.failures import state_of
from keyfob_core.transports.http.policy import port_taken
from keyfob_desktop.answers import Happening
from keyfob_desktop.app import application
from keyfob_desktop.clients.client_wizard import ClientWizard
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.provider_answers import providers_in
from keyfob_desktop.connect.provider_dialog import ProviderDialog
from keyfob_desktop.connect.risk import RiskMark
from keyfob_desktop.connect.target import Target
from keyfob_desktop.languages import ENGLISH, LANGUAGES, install
from keyfob_desktop.prompts.kinds import dialog_for
from keyfob_desktop.prompts.passphrase_prompt import PassphraseDialog
from keyfob_desktop.prompts.sign_in_prompt import SignInDialog
from keyfob_desktop.recent import recent_lines
from keyfob_desktop.servers.add_server_dialog import AddServerDialog
from keyfob_desktop.servers.token_dialog import TokenDialog
from keyfob_desktop.servers.tool_dialog import ToolDialog
from keyfob_desktop.settings.move_dialog import MoveDialog
from keyfob_desktop.settings.unlock_dialog import UnlockDialog
from keyfob_desktop.tray import Tray
from keyfob_desktop.widgets.outlines import draw_outlines
from keyfob_desktop.window import Window
from support.client_machine import ARGUED, GITHUB, TOKENS, Machine, plan
from support.dark import fusion_dark
from support.desk import private_desk
from support.desktop import Running, running_engine, shows_all, until
from support.fake_engine import EMPTY, PASSPHRASE, account, server
from support.prompts import (
    access_prompt,
    client_prompt,
    pairing_prompt,
    passphrase_prompt,
    sign_in_prompt,
    step_up_prompt,
    tool_change_prompt,
    tool_list_prompt,
    unlock_prompt,
    widening_prompt,
)

SCOPES = {
    "repo": ScopeWords("Read and change all your repositories, the private ones too", Risk.WRITE),
    "read:org": ScopeWords("See which organizations and teams you belong to", Risk.READ),
    "delete_repo": ScopeWords("Delete repositories", Risk.ADMIN),
}
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
    "unlock": unlock_prompt(),
    "widening": widening_prompt(),
    "client": client_prompt(),
    "pairing": pairing_prompt(),
    "pairing-unknown": pairing_prompt(peer=None, executable=None, server="github"),
    "sign-in": sign_in_prompt(),
    "step-up": step_up_prompt(),
    "tool-list": tool_list_prompt(),
    "tool-change": tool_change_prompt(),
    "passphrase": passphrase_prompt(),
    "passphrase-new": passphrase_prompt(new=True),
}
HEALTHY = replace(
    EMPTY,
    servers=(
        server("github", AccountCondition.HEALTHY),
        server("linear", AccountCondition.REFRESHING),
        server("notion"),
    ),
    accounts=(
        account(
            "github-account",
            provider="github",
            label="octocat",
            scope="repo read:org delete_repo workflow",
        ),
        account("github-home", provider="github", label="ada@example.org"),
        account("linear-account", AccountCondition.REFRESHING, provider="linear"),
        account(
            "datadog",
            method="api-key",
            provider="datadog",
            issuer=None,
            scope=None,
            renews=False,
            expires_at=time.time() + 4.5 * 86400,
            remind_at=1.0,
        ),
    ),
    clients=(
        ClientState(name="cursor", known_by=KnownBy.TOKEN, created_at=1.79e9, last_used_at=1.79e9),
        ClientState(
            name="claude",
            known_by=KnownBy.PROCESS,
            created_at=1.79e9,
            last_used_at=None,
            executable="/opt/claude/claude-desktop",
        ),
        ClientState(
            name="goose",
            known_by=KnownBy.PAIRING,
            created_at=1.79e9,
            last_used_at=1.79e9,
            server="github",
            token_id="0a1b2c3d",
            expires_at=1.79e9,
            ends_at=1.8e9,
        ),
    ),
)
NEEDS_YOU = replace(
    HEALTHY,
    url=None,
    problem=str(port_taken(7332, OSError(EADDRINUSE, "taken"))),
    store=state_of(native_backend("linux"), StoreCondition.LOCKED),
    servers=(
        server(
            "github",
            AccountCondition.NEEDS_YOU,
            "The sign-in of the account github-account has ended.",
        ),
        server("linear", AccountCondition.FAILED, "The server answers HTTP 503."),
        server("notion"),
    ),
    accounts=(account("github-account", AccountCondition.NEEDS_YOU), account("linear-account")),
    waiting=(PendingPrompt("p1", PROMPTS["access"], 1.79e9),),
)


LOCKED = replace(
    HEALTHY,
    latch=LatchState(condition=LatchCondition.LOCKED, since=1.79e9, locked_by=LockedBy.SCREEN),
    waiting=(PendingPrompt("p1", PROMPTS["unlock"], 1.79e9),),
)
PAUSED = replace(HEALTHY, latch=LatchState(condition=LatchCondition.PAUSED, since=1.79e9))
EDITED = replace(
    HEALTHY,
    unaccepted=(
        "defaults.access: ask becomes allow",
        "servers.github.url: https://api.githubcopilot.com/mcp/ becomes https://mcp.example/mcp",
    ),
)
WINDOWS = {
    "empty": EMPTY,
    "healthy": HEALTHY,
    "needs-you": NEEDS_YOU,
    "locked": LOCKED,
    "paused": PAUSED,
    "edited": EDITED,
}


async def _shoot(out: Path, kind: str) -> None:
    def save(widget: QWidget, name: str) -> None:
        # Not processEvents: it would run other tasks inside of this one.
        QApplication.sendPostedEvents()
        widget.grab().save(str(out / f"{name}-{kind}.png"))

    for name, status in WINDOWS.items():
        async with running_engine(status) as running:
            if name != "empty":
                _furnish(running)
            await _shoot_window(running, name, save)
    async with running_engine(HEALTHY) as running:
        await _shoot_dialogs(running, save)
    _shoot_menu(save)
    for name, prompt in PROMPTS.items():
        dialog = dialog_for(prompt)
        dialog.show_more(len(name) % 3)
        dialog.show_end(time.time() + 290)
        dialog.show()
        if isinstance(dialog, SignInDialog):
            dialog.explain(SCOPES)
        if isinstance(dialog, PassphraseDialog):
            dialog.fields.first.setText(PASSPHRASE)
            dialog.fields.again.setText(PASSPHRASE)
        await until(dialog.allow_button.isEnabled)
        save(dialog, f"prompt-{name}")
        dialog.withdraw()


def _furnish(running: Running) -> None:
    """Give the engine tools, rules and findings."""
    allow, ask, deny = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
    running.engine.tools = (
        _tool("create_issue", own=ask, access=ask),
        _tool("delete_repository", own=deny, access=deny),
        _tool("get_file_contents", access=allow, decided_by="rule r3"),
        _tool("list_issues", access=allow, own=allow),
        _tool("merge_pull_request", pin="changed", pending="t1", access=ask),
        _tool("search_code", access=ask),
        _tool("transfer_issue", pin="new", pending="t2", access=ask),
    )
    rule = {"client": None, "server": None, "group": None, "tool": None, "account": None}
    running.engine.rules = (
        {**rule, "id": "r3", "access": "allow", "server": "github", "tool": "get_*"},
        {**rule, "id": "r4", "access": "deny", "client": "goose"},
        {**rule, "id": "r7", "access": "allow", "client": "cursor", "server": "linear", "pin": "x"},
        {**rule, "id": "r8", "access": "ask", "server": "notion", "until": 1.81e9},
    )
    running.engine.report = Report(
        is_well=False,
        findings=(
            Finding(
                rule="account",
                outcome=Outcome.WARNING,
                sentence="linear-account cannot be renewed now. The server answers HTTP 503.",
                hint="Keyfob tries again by itself.",
                fix=Fix(words="Try again", verb="account.refresh", args={"name": "linear"}),
            ),
            Finding(
                rule="folders",
                outcome=Outcome.BAD,
                sentence="~/.local/share/keyfob can be opened by others (755).",
                hint="Close it: chmod 700 ~/.local/share/keyfob",
                fix=Fix(words="Close it to others", verb="doctor.close"),
            ),
            Finding(
                rule="tools",
                outcome=Outcome.NOTE,
                sentence="2 tools wait for your approval, of github.",
                hint="Clients neither see nor call them before: `keyfob tool pending`.",
                fix=Fix(words="Show", verb="show", args={"page": "servers"}),
            ),
            Finding(
                rule="store",
                outcome=Outcome.GOOD,
                sentence="Your secrets are in Secret Service, and it is open.",
            ),
        ),
    )


def _tool(name: str, **changes: Any) -> ToolState:
    usual = ToolState(
        name=name,
        pin="approved",
        pending=None,
        own=None,
        access=Verdict.ASK,
        decided_by="defaults.access",
    )
    return replace(usual, **changes)


def _ended(client: str, outcome: str) -> Happening:
    return Happening(
        at="1.79e9",
        event="outcome",
        client=client,
        server="github",
        tool="create_issue",
        outcome=outcome,
    )


def _shoot_menu(save: Save) -> None:
    tray = Tray(lambda: False)
    tray.show_status(NEEDS_YOU)
    tray.show_recent(recent_lines((_ended("claude", "denied"), _ended("cursor", "ok"))))
    for name, menu in (("tray", tray.menu), ("tray-recent", tray.recent_menu)):
        menu.popup(QPoint(20, 20))
        save(menu, name)
        menu.close()
    tray.close()


async def _shoot_window(running: Running, name: str, save: Save) -> None:
    window = Window(running.door, running.failures.append)
    window.show_tray(name != "empty")
    window.show()
    await asyncio.sleep(0.1)
    save(window, f"window-{name}")
    if name == "empty":
        running.engine.events = []
        for page, kind in (
            (window.accounts, "accounts"),
            (window.clients, "clients"),
            (window.activity, "activity"),
        ):
            window.tabs.setCurrentWidget(page)
            await asyncio.sleep(0.2)
            save(window, f"window-empty-{kind}")
    if name == "healthy":
        await until(lambda: window.servers.tools.rows)
        await asyncio.sleep(0.1)
        save(window, "window-tools")
        window.servers.choose("notion")
        save(window, "window-not-connected")
        Machine(running).standing = Standing.CHANGED
        window.tabs.setCurrentWidget(window.clients)
        await until(lambda: window.clients.rules.model.rowCount())
        await until(window.clients.repair_button.isVisible)
        await asyncio.sleep(0.1)
        save(window, "window-clients")
        window.tabs.setCurrentWidget(window.activity)
        await until(lambda: window.activity.model.rowCount() and window.activity.chart.counts)
        window.activity.table.setCurrentIndex(window.activity.model.index(1, 0))
        await until(lambda: len(window.activity.detail.steps) == 4)
        await asyncio.sleep(0.2)
        save(window, "window-activity")
        window.activity.filter.client.setCurrentIndex(1)
        window.activity.exports.verify_button.click()
        await until(window.activity.exports.banner.isVisible)
        await asyncio.sleep(0.2)
        save(window, "window-activity-filtered")
        window.activity.exports.banner.hide()
        window.show_account("github-account")
        await until(lambda: len(window.findChildren(RiskMark)) >= 4 and _told(window, "octocat"))
        await asyncio.sleep(0.2)
        save(window, "window-accounts")
        window.show_account("datadog")
        save(window, "window-account-key")
        window.tabs.setCurrentWidget(window.settings)
        await until(lambda: window.settings.store.text())
        await asyncio.sleep(0.2)
        save(window, "window-settings")
        bar = window.settings.findChildren(QScrollArea)[0].verticalScrollBar()
        bar.setValue(bar.maximum() * 3 // 5)
        save(window, "window-settings-more")
        window.tabs.setCurrentWidget(window.diagnostics)
        await until(lambda: window.diagnostics.rows)
        await asyncio.sleep(0.2)
        save(window, "window-diagnostics")
    window.hide()
    window.deleteLater()


async def _shoot_dialogs(running: Running, save: Save) -> None:
    status = running.door.status
    assert status is not None
    failed = running.failures.append
    add = AddServerDialog(running.door, failed)
    add.show()
    await until(lambda: add.tiles.found.rowCount() > 20)
    await asyncio.sleep(0.2)
    save(add, "add-server-catalogue")
    add.search.setText("lin")
    add.name.setText("wiki")
    add.url.setText("ftp://wiki.example")
    add.add_button.click()
    await until(add.url_error.isVisible)
    await until(lambda: shows_all(add))
    save(add, "add-server")
    add.close()
    await _shoot_connecting(running, save)
    await _shoot_store(running, save)
    tool = ToolDialog("github", running.door, failed)
    tool.show()
    tool.begin()
    await until(tool.call_button.isEnabled)
    tool.choose("create_issue")
    tool.call_button.click()
    await until(lambda: tool.answer.toPlainText())
    save(tool, "tool")
    tool.close()
    machine = Machine(running)
    machine.plans["cursor"] = plan("cursor", "Cursor", GITHUB, ARGUED, leftovers=(TOKENS,))
    wizard = ClientWizard(running.door, failed)
    wizard.show()
    wizard.begin()
    await until(wizard.move_button.isEnabled)
    save(wizard, "clients-found")
    wizard.move_button.click()
    await until(wizard.put_back_button.isVisible)
    save(wizard, "clients-moved")
    wizard.close()
    running.engine.more["client.list"] = lambda _: ()
    none = ClientWizard(running.door, failed)
    none.show()
    none.begin()
    await until(none.empty.isVisible)
    save(none, "clients-none")
    none.close()
    token = TokenDialog("github", running.door, failed)
    token.show()
    save(token, "token-ask")
    token.name.setText("cursor")
    token.make_button.click()
    await until(lambda: token.pages.currentIndex() == 1)
    save(token, "token-made")
    token.close()


def _connect(running: Running, name: str = "notion", provider: str | None = None) -> ConnectDialog:
    target = Target(title=name, server=name, provider=provider)
    dialog = ConnectDialog(target, running.door, running.failures.append)
    dialog.show()
    return dialog


async def _shoot_connecting(running: Running, save: Save) -> None:
    plain = _connect(running)
    save(plain, "connect-form")
    plain.form.sign_in.more.toggle.click()
    await asyncio.sleep(0.2)
    save(plain, "connect-form-more")
    plain.form.sign_in.more.toggle.click()
    plain.form.more.toggle.click()
    await asyncio.sleep(0.2)
    save(plain, "connect-form-advanced")
    plain.form.more.toggle.click()
    plain.form.api_key.click()
    plain.form.key.where.toggle.click()
    await asyncio.sleep(0.2)
    save(plain, "connect-key")
    plain.form.service.click()
    for kind in ("google", "client-credentials", "enterprise-managed"):
        choice = plain.form.service_account.kind_choice
        choice.setCurrentIndex(choice.findData(kind))
        await asyncio.sleep(0.2)
        save(plain, f"connect-service-{kind}")
    plain.close()
    for name in ("github", "datadog", "atlassian"):
        known = _connect(running, name, name)
        await until(lambda dialog=known: _suggested() in _ways(dialog))
        await asyncio.sleep(0.2)
        save(known, f"connect-{name}")
        if name == "github":
            known.form.sign_in.more.toggle.click()
            known.form.sign_in.may.toggle.click()
            known.form.sign_in.scope_list.as_ticked.click()
            await asyncio.sleep(0.3)
            save(known, "connect-github-scopes")
        known.close()
    running.engine.held.add("connect")
    for way in ("browser", "device"):
        dialog = _connect(running)
        getattr(dialog.form, way).click()
        dialog.go_button.click()
        awaited = dialog.steps.paste if way == "browser" else dialog.steps.device
        await until(awaited.isVisible)
        await asyncio.sleep(0.2)
        save(dialog, f"connect-{way}")
        if way == "browser":
            dialog.steps.paste.more.toggle.click()
            await asyncio.sleep(0.2)
            save(dialog, "connect-paste")
        dialog.close()
    running.engine.held.clear()
    dialog = _connect(running)
    dialog.go_button.click()
    await until(dialog.tool_button.isVisible)
    save(dialog, "connect-done")
    dialog.close()
    running.engine.failures["connect"] = OAuthFailed(
        "access_denied", "The sign-in was declined.", "Start it again if that was not meant."
    )
    dialog = _connect(running)
    dialog.go_button.click()
    await until(dialog.steps.failure.isVisible)
    dialog.steps.details.toggle.click()
    save(dialog, "connect-failed")
    dialog.close()
    choice = ProviderDialog(providers_in(await running.door.call("provider.list")))
    choice.show()
    choice.search.setText("go")
    save(choice, "providers")
    choice.close()


async def _shoot_store(running: Running, save: Save) -> None:
    move = MoveDialog("encrypted-file", running.door, running.failures.append)
    move.show()
    move.fields.first.setText("a few words")
    save(move, "move")
    move.fields.again.setText("a few words")
    move.go_button.click()
    await until(move.steps.outcome.isVisible)
    save(move, "move-done")
    move.close()
    unlock = UnlockDialog(StoreCondition.LOCKED, running.door, running.failures.append)
    unlock.show()
    unlock.fields.first.setText("wrong")
    unlock.go_button.click()
    await until(unlock.banner.isVisible)
    save(unlock, "unlock")
    unlock.close()
    for condition in (StoreCondition.OUTDATED, StoreCondition.GONE):
        other = UnlockDialog(condition, running.door, running.failures.append)
        other.show()
        save(other, f"unlock-{condition}")
        other.close()
    own = {
        "resource": "https://api.example.org/",
        "authorize_params": {"access_type": "offline", "prompt": "consent"},
        "dpop": True,
    }
    running.engine.own = {"client_id": "my-own-app", "profile": own}
    target = Target(title="github", server="github", account="github-account", method="oauth")
    known = ConnectDialog(target, running.door, running.failures.append)
    known.show()
    await until(known.form.advanced.isVisible)
    await asyncio.sleep(0.2)
    save(known, "connect-known-advanced")
    known.close()


def _ways(dialog: ConnectDialog) -> str:
    form = dialog.form
    return " ".join(w.text() for w in (form.browser, form.device, form.api_key, form.service))


def _suggested() -> str:
    return QCoreApplication.translate("ConnectForm", "{way} (suggested)").format(way="")


def _told(window: QWidget, text: str) -> bool:
    return any(text in label.text() for label in window.findChildren(QLabel))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--points", type=int)
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--all", action="store_true", help="three sizes and three languages")
    asked = parser.parse_args()
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    if asked.points is None:
        with private_desk("2000x1600x24") as desk:
            sizes = ("10", "13", "16") if asked.all else ("10", "16")
            languages = tuple(LANGUAGES) if asked.all else (asked.language or ENGLISH,)
            for size, language, dark in product(sizes, languages, ([], ["--dark"])):
                named = ["--points", size, "--language", language, *dark]
                command = [sys.executable, __file__, str(out), *named]
                subprocess.run(command, env=desk.environment, check=True)
        return
    app = application()
    install(asked.language or ENGLISH, app)
    font = app.font()
    font.setPointSize(asked.points)
    app.setFont(font)
    if asked.dark:
        app.setPalette(fusion_dark())
        draw_outlines(app)
    spoken = "" if asked.language in (None, ENGLISH) else f"-{asked.language}"
    kind = f"{asked.points}-{'dark' if asked.dark else 'light'}{spoken}"
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(_shoot(out, kind))


if __name__ == "__main__":
    main()
