"""The window and the real engine, against servers that we did not write."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QRadioButton
from pytestqt.qtbot import QtBot

from keyfob_core.control.wire import to_json
from keyfob_core.engine import Engine, Settings, compose
from keyfob_core.ports import Progress
from keyfob_core.states import AccountCondition, ServerState
from keyfob_core.stores.backends import native_backend
from keyfob_desktop.answers import account_in
from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.provider_dialog import ProviderDialog
from keyfob_desktop.loop import EngineDoor, EngineThread
from keyfob_desktop.prompts.prompter import DesktopPrompter
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.window import Window
from support.authorization_server import AuthorizationServer, Behaviour, authorization_server
from support.desktop import PATIENCE, opened, until
from support.engine import Home, new_home
from support.oidc_provider import oidc_provider
from support.protected_resource import ProtectedResource, protected_resource
from support.provider_entries import write_entry
from support.secret_service import private_secret_service
from support.upstreams import Reply, ScriptedUpstream, Seen, json_reply, scripted_upstream
from support.user_agent import UserAgent

LEFT = Qt.MouseButton.LeftButton
KEY = "marked-api-key-of-the-window"
SILENT = Behaviour(metadata={"code_challenge_methods_supported": None})
LONG = 30.0


@dataclass
class World:
    """The window, and the servers that it leads to; they live on the engine's thread."""

    window: Window
    door: EngineDoor
    loop: asyncio.AbstractEventLoop
    resource: ProtectedResource
    keyed: ScriptedUpstream
    silent: AuthorizationServer
    """Does not say that it takes S256."""
    home: Home
    browser: UserAgent

    async def connect(self, qtbot: QtBot, server: str, url: str) -> ConnectDialog:
        """Add a server and open its dialog, as a person does."""
        await self.door.call("server.add", {"name": server, "url": url})
        await until(lambda: any(s.name == server for s in self.servers))
        self.window.servers.choose(server)
        qtbot.mouseClick(self.window.servers.details.step_button, LEFT)
        return await opened(ConnectDialog)

    @property
    def servers(self) -> list[ServerState]:
        status = self.door.status
        return list(status.servers) if status else []


@pytest.fixture(scope="module")
def home() -> Generator[Home]:
    with private_secret_service() as service, new_home(service) as made:
        yield made


def takes_the_key(seen: Seen) -> Reply:
    """An MCP server of 2025-11-25 that wants its key in X-Api-Key."""
    if seen.header("x-api-key") != KEY:
        return Reply(status=401, fields=(("Content-Length", "0"),))
    message = json.loads(seen.body) if seen.body else {}
    if "id" not in message:
        return Reply(status=202, fields=(("Content-Length", "0"),))
    return json_reply({"jsonrpc": "2.0", "id": message["id"], "result": {}})


class AsJson:
    """An engine in this process whose answers are JSON values, as from another one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.subscribe = engine.subscribe
        self.status = engine.status
        self.until_stopped = engine.until_stopped

    async def dispatch(
        self, verb: str, args: dict[str, Any], confirmed: bool, progress: Progress
    ) -> object:
        return to_json(await self._engine.dispatch(verb, args, confirmed, progress))


@pytest.fixture
async def world(home: Home, qtbot: QtBot) -> AsyncIterator[World]:
    servers: list[tuple[ProtectedResource, ScriptedUpstream, AuthorizationServer]] = []
    browser = UserAgent()
    prompter = DesktopPrompter()

    @asynccontextmanager
    async def composed() -> AsyncGenerator[AsJson]:
        async with (
            oidc_provider() as provider,
            protected_resource(provider.issuer) as resource,
            scripted_upstream(takes_the_key) as keyed,
            authorization_server(SILENT) as silent,
        ):
            write_entry(home, keyed.url.removesuffix("/mcp"), {"issuer": provider.issuer})
            servers.append((resource, keyed, silent))
            async with compose(
                Settings(paths=home.paths, port=0, kind="tray"),
                prompter,
                browser=browser,
                backend=native_backend(sys.platform, home.bus),
            ) as engine:
                yield AsJson(engine)

    door, thread = EngineDoor(browser), EngineThread(composed)
    async with asyncio.timeout(LONG):
        await door.open(thread)
    loop, _ = thread.started.result()
    failures: list[BaseException] = []
    window = Window(door, failures.append)
    qtbot.addWidget(window)
    window.show()
    yield World(window, door, loop, *servers[0], home, browser)
    # The window is closed by now, and perhaps deleted: qtbot has done that.
    ended = await door.close(thread, PATIENCE)
    assert failures == []
    assert ended


def choose(qtbot: QtBot, way: QRadioButton) -> None:
    qtbot.mouseClick(way, LEFT, pos=QPoint(8, way.height() // 2))


async def till(dialog: ConnectDialog) -> None:
    """Wait for the end, good or bad: a device code is asked about every five seconds."""
    steps = dialog.steps
    async with asyncio.timeout(LONG):
        while not (steps.outcome.isVisible() or steps.failure.isVisible()):  # noqa: ASYNC110 - lies in a widget
            await asyncio.sleep(0.05)


async def test_a_device_code_is_shown_entered_elsewhere_and_connects(
    world: World, qtbot: QtBot
) -> None:
    dialog = await world.connect(qtbot, "tools", world.resource.url)
    choose(qtbot, dialog.form.device)
    qtbot.mouseClick(dialog.go_button, LEFT)
    page = dialog.steps.device
    await until(page.isVisible)
    assert page.qr.isVisible(), (page.link.address, page.qr.isHidden(), page.qr.size())
    assert page.left.text().startswith("The code is good for ")

    # The person, at another machine: reads the address and types the code.
    world.browser.filling["user_code"] = page.code.text()
    visiting = asyncio.run_coroutine_threadsafe(world.browser.visit(page.link.address), world.loop)
    async with asyncio.timeout(LONG):
        assert (await asyncio.wrap_future(visiting)).status_code == 200
    await till(dialog)

    assert dialog.steps.outcome.isVisible(), dialog.steps.failure.words
    qtbot.mouseClick(dialog.go_button, LEFT)
    details = world.window.servers.details
    await until(lambda: details.condition.text() == "Connected")
    assert details.account.text().startswith("tools (sign-in with a code)")
    status = world.door.status
    assert status is not None
    [held] = [each for each in status.accounts if each.name == "tools"]
    assert held.renews
    assert held.condition is AccountCondition.HEALTHY

    world.window.show_account("tools")
    qtbot.mouseClick(world.window.accounts.details.disconnect_button, LEFT)
    qtbot.mouseClick((await opened(ConfirmDialog)).go_button, LEFT)
    await until(lambda: world.window.accounts.details.condition.text() == "Not connected")
    assert not world.window.accounts.banner.isVisible(), world.window.accounts.banner.words


async def test_an_api_key_in_a_header_is_checked_and_a_refused_one_is_not_stored(
    world: World, qtbot: QtBot
) -> None:
    dialog = await world.connect(qtbot, "keyed", world.keyed.url)
    key = dialog.form.key
    choose(qtbot, dialog.form.api_key)
    qtbot.mouseClick(key.where.toggle, LEFT)
    for field, text in ((key.place.name, "X-Api-Key"), (key.place.template, "{key}")):
        field.clear()
        qtbot.keyClicks(field, text)
    qtbot.keyClicks(key.secrets[0], "not-the-key")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await till(dialog)
    assert dialog.steps.failure.isVisible()
    assert dialog.steps.failure.words.endswith("Nothing was stored.")
    status = world.door.status
    assert status is not None
    assert [each for each in status.accounts if each.name == "keyed"] == []

    qtbot.mouseClick(dialog.back_button, LEFT)
    key.secrets[0].clear()
    qtbot.keyClicks(key.secrets[0], KEY)
    qtbot.mouseClick(key.expires, LEFT, pos=QPoint(8, key.expires.height() // 2))
    key.days.setValue(1)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await till(dialog)
    assert dialog.steps.outcome.isVisible(), dialog.steps.failure.words
    qtbot.mouseClick(dialog.go_button, LEFT)

    details = world.window.servers.details
    await until(lambda: details.condition.text() == "Connected")
    assert details.expires.isVisible()
    assert KEY.encode() not in world.home.written()
    assert {seen.header("x-api-key") for seen in world.keyed.requests} == {
        None,
        "not-the-key",
        KEY,
    }


async def test_a_sign_in_server_that_differs_is_signed_in_to_as_the_person_says(
    world: World, qtbot: QtBot
) -> None:
    dialog = await world.connect(qtbot, "silent", world.silent.url)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await till(dialog)
    assert "PKCE" in dialog.steps.failure.words
    assert world.silent.asked("/authorize") == []

    qtbot.mouseClick(dialog.back_button, LEFT)
    qtbot.mouseClick(dialog.form.more.toggle, LEFT)
    advanced = dialog.form.advanced
    box = advanced.assume_s256
    qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    qtbot.keyClicks(advanced.parameters, "audience=the-api")
    qtbot.keyClick(advanced.resource, Qt.Key.Key_End)
    qtbot.keyClick(advanced.resource, Qt.Key.Key_Up)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await till(dialog)

    assert dialog.steps.outcome.isVisible(), dialog.steps.failure.words
    [asked] = world.silent.asked("/authorize")
    assert (asked.query["audience"], "resource" in asked.query) == ("the-api", False)
    assert [seen.form.get("resource") for seen in world.silent.asked("/token")] == [None]
    own = account_in(await world.door.call("account.show", {"name": "silent"}))
    assert own.profile == {
        "assume_s256": True,
        "authorize_params": {"audience": "the-api"},
        "resource": "omit",
    }


async def test_an_account_of_a_provider_without_a_server_is_connected(
    world: World, qtbot: QtBot
) -> None:
    accounts = world.window.accounts
    world.window.tabs.setCurrentWidget(accounts)
    qtbot.mouseClick(accounts.add_button, LEFT)
    choice = await opened(ProviderDialog)
    qtbot.keyClicks(choice.search, "acme")
    qtbot.mouseClick(choice.go_button, LEFT)
    dialog = await opened(ConnectDialog)
    await until(lambda: "suggested" in dialog.form.browser.text())
    qtbot.mouseClick(dialog.form.sign_in.more.toggle, LEFT)
    qtbot.keyClicks(dialog.form.sign_in.scopes, "tools:call offline_access")
    qtbot.keyClicks(dialog.form.account, "work")
    qtbot.mouseClick(dialog.go_button, LEFT)
    await till(dialog)

    assert dialog.steps.outcome.isVisible(), dialog.steps.failure.words
    assert not dialog.tool_button.isVisible()
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(lambda: accounts.list.current is not None and accounts.list.current.name == "work")
    held = accounts.list.current
    assert held is not None
    assert (held.condition, held.provider) == (AccountCondition.HEALTHY, "acme")
    assert held.renews
    assert accounts.details.servers.text() == "no server"
