from __future__ import annotations

from pathlib import Path

import pytest

from keyfob_core.config import Rule
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.undo import KEPT_SECONDS, Undos
from keyfob_core.control.widening import Widening
from keyfob_core.errors import AccessDenied, UnknownName
from keyfob_core.model import AuditEvent, Verdict
from keyfob_core.prompts import Decision
from keyfob_core.questions import Questions
from keyfob_core.settings.config_file import ConfigFile, drop_server, put_rule, restore_server
from support.prompter import RecordingPrompter

TEXT = """# my servers
[servers.one]
url = "https://one.example/mcp"  # the first
access = "allow"

# only the important ones
[servers.one.tools."create issue"]
access = "deny"

[defaults]
pinning = "off"

[servers.two]
url = "https://two.example/mcp"

[clients.cursor.servers.one]
access = "ask"  # careful
"""


class Events:
    def __init__(self) -> None:
        self.told: list[AuditEvent] = []

    def record(self, event: AuditEvent) -> None:
        self.told.append(event)


class World:
    def __init__(self, folder: Path, answer: Decision | None = None) -> None:
        self.path = folder / "config.toml"
        self.path.write_text(TEXT)
        self.config = LiveConfig(ConfigFile(self.path), lambda: None)
        self.now = 0.0
        self.events = Events()
        prompter = RecordingPrompter(answer or Decision(allow=False))
        self.questions = Questions(prompter, lambda: self.now, lambda: None)

        async def opened() -> None: ...

        widening = Widening(prompter, self.questions, self.events, opened)
        self.undos = Undos(self.config, widening, self.events, lambda: self.now)

    def remove(self) -> str:
        back = restore_server(self.undos.text(), "one")
        told = AuditEvent(event="server_added", server="one")
        return self.undos.remove("the server one", drop_server("one"), back, told).undo


async def test_what_was_removed_comes_back_to_the_letter(tmp_path: Path) -> None:
    world = World(tmp_path)
    name = world.remove()
    assert "one" not in world.config().servers
    back = await world.undos.undo(name, confirmed=True)
    assert world.path.read_text() == TEXT
    assert back.what == "the server one"
    assert world.config().clients["cursor"]["one"].access is Verdict.ASK
    assert [one.event for one in world.events.told] == ["decision", "server_added"]


async def test_in_a_file_that_was_changed_since_it_comes_back_with_its_comments(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    name = world.remove()
    world.config.edit(put_rule(Rule("r1", Verdict.DENY, "cursor")))
    await world.undos.undo(name, confirmed=True)
    text = world.path.read_text()
    assert "# careful" in text
    assert [rule.id for rule in world.config().rules] == ["r1"]
    tools = world.config().servers["one"].levels.tools
    assert tools["create issue"].access is Verdict.DENY


async def test_undoing_allows_more_and_so_another_program_s_undo_is_asked_about(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    name = world.remove()
    without = world.path.read_text()
    with pytest.raises(AccessDenied):
        await world.undos.undo(name, confirmed=False)
    assert world.path.read_text() == without
    await world.questions.close()


async def test_it_is_undone_once_and_not_after_ten_minutes(tmp_path: Path) -> None:
    world = World(tmp_path)
    name = world.remove()
    await world.undos.undo(name, confirmed=True)
    with pytest.raises(UnknownName):
        await world.undos.undo(name, confirmed=True)
    late = world.remove()
    world.now = KEPT_SECONDS + 1
    with pytest.raises(UnknownName):
        await world.undos.undo(late, confirmed=True)
