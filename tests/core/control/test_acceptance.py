from __future__ import annotations

from pathlib import Path

from keyfob_core.control.acceptance import Acceptance
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.widening import Widening
from keyfob_core.model import AuditEvent
from keyfob_core.prompts import WideningPrompt
from keyfob_core.questions import Questions
from keyfob_core.settings.config_file import ConfigFile
from keyfob_core.state.accepted_config import AcceptedRecord
from keyfob_core.state.database import open_database
from support.prompter import ALLOW, RecordingPrompter

EVERYTHING = '[[rules]]\nid = "all"\naccess = "allow"\n'
LITTLE = '[[rules]]\nid = "little"\naccess = "allow"\ntool = "list_notes"\n'


class Log:
    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def record(self, event: AuditEvent) -> None:
        self.events.append(event)


async def test_an_edit_that_comes_while_the_file_is_read_is_not_accepted_unseen(
    tmp_path: Path,
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    later = [LITTLE]

    def read() -> None:
        if later and path.read_text():
            path.write_text(later.pop())

    async def open_store() -> None:
        """It is open."""

    database = open_database(tmp_path / "state.db")
    config = LiveConfig(ConfigFile(path), read, AcceptedRecord(database))
    config.open(bytes(32), is_new=True)
    prompter, log = RecordingPrompter(ALLOW), Log()
    questions = Questions(prompter, lambda: 1.0, lambda: None)
    acceptance = Acceptance(config, Widening(prompter, questions, log, open_store), log)

    path.write_text(EVERYTHING)
    accepted = await acceptance.accept(confirmed=False)
    [asked] = prompter.asked
    assert isinstance(asked, WideningPrompt)
    seen = [part for part, _ in asked.details]
    assert [change.part for change in accepted] == seen

    for text in (EVERYTHING, LITTLE):
        path.write_text(text)
        config.refresh()
        assert all(f"rules.{rule.id}" in seen for rule in config().rules)
    database.close()
