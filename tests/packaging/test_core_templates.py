"""Which texts of the core are taken for people's, and in what form."""

from __future__ import annotations

from pathlib import Path

import pytest

from core_templates import errors_of, templates
from provider_words import provider_words


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('Error("It is gone.", hint="Look there.")', ["It is gone.", "Look there."]),
        ('Error(f"The file {path!r} is gone.")', ["The file {0} is gone."]),
        ('Error("Use " f"{{secret}} in {place}.")', ["Use {{secret}} in {0}."]),
        (
            "Error(f\"{n} tool{'s wait' if n > 1 else ' waits'} for you.\")",
            ["{0} tool waits for you.", "{0} tools wait for you."],
        ),
        (
            'def tell(x):\n    end = f" by {x}" if x else ""\n    return f"It was ended{end}."',
            ["It was ended by {0}.", "It was ended.", "by {0}"],
        ),
        (
            "Error(f\"Ask {who or 'whoever runs it'} now.\")",
            ["Ask whoever runs it now.", "Ask {0} now.", "whoever runs it"],
        ),
        (
            'HINT = "Try again."\ndef tell():\n    return Error(f"{HINT} It may work.")',
            ["Try again.", "Try again. It may work."],
        ),
        ('WideningPrompt(title="Unlock", details=(("Server", name),))', ["Server", "Unlock"]),
        ('"""A module that says nothing."""\nlog.info("it has begun")', []),
        ('rows("SELECT name FROM clients")\nraise ValueError("not a name")', []),
        ('HEADERS = {"Accept": "application/json, text/event-stream"}', []),
    ],
)
def test_what_people_read_is_found_and_nothing_else(
    tmp_path: Path, source: str, found: list[str]
) -> None:
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / "words.py").write_text(source, "utf-8")
    assert templates(tmp_path) == found


def test_what_is_said_in_a_terminal_or_a_browser_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "words.py").write_text('print("It is gone.")', "utf-8")
    (tmp_path / "bridge.py").write_text('print("It is gone.")', "utf-8")
    assert templates(tmp_path) == []


def test_a_provider_s_words_for_people_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(
        """
        [one]
        name = "One"
        notes = ["Send {key} once."]
        scopes.read = { text = "Read all", risk = "low" }
        app = { page = "https://one.test", steps = ["Make an app."] }
        [[one.keys]]
        name = "Token"
        places = [{ label = "Key", name = "X-Key", template = "Bearer {key}" }]
        """,
        "utf-8",
    )
    words = ["Key", "Make an app.", "Read all", "Send {{key}} once.", "Token"]
    assert provider_words(tmp_path) == words


def test_only_the_errors_of_the_window_are_read(tmp_path: Path) -> None:
    (tmp_path / "errors.py").write_text("class Locked(Exception): ...", "utf-8")
    window = tmp_path / "window"
    window.mkdir()
    source = 'label.tell("It is shown.")\nraise Locked(f"It is {how} locked.", "Open it.")'
    (window / "page.py").write_text(source, "utf-8")
    assert errors_of(window, tmp_path) == ["It is {0} locked.", "Open it."]
