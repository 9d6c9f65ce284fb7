from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyfob_core.cli.text import json_text, moment, table, visible

ANY_TEXT = st.text(st.characters(codec=None))
DANGEROUS = "\x1b[2J\x07\x9b31m\u202egpj.exe\u2066\u200b\ufeff\r\n\x7f\u2028\U000e0041\ud800"


@given(ANY_TEXT)
@example(DANGEROUS)
def test_nothing_that_a_terminal_obeys_or_hides_survives(text: str) -> None:
    for character in visible(text):
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANY_TEXT)
@example(DANGEROUS)
def test_lines_may_stay_lines_and_nothing_else_does(text: str) -> None:
    shown = visible(text, lines=True)
    assert shown.count("\n") == text.count("\n")
    assert visible(shown.replace("\n", "").replace("\t", "")) == shown.replace("\n", "").replace(
        "\t", ""
    )


@given(st.text(st.characters(categories=["L", "N", "P", "S"]).filter(lambda c: c.isascii())))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_what_was_hidden_can_be_recognised() -> None:
    assert visible("a\x1bb\u202ec\n") == "a␛b⟨U+202E⟩c␊"
    assert visible("naïve 日本 👍🏽 ❤️") == "naïve 日本 👍🏽 ❤️"


@given(ANY_TEXT)
def test_json_is_read_back_and_is_plain_ascii(text: str) -> None:
    printed = json_text({"text": text})
    assert json.loads(printed) == {"text": text}
    assert printed.replace("\n", "").isprintable()
    assert printed.isascii()


def test_a_table_aligns_and_marks_what_is_missing() -> None:
    assert table(("NAME", "X"), (("a", None), ("long name", 3))).split("\n") == [
        "NAME       X",
        "a          -",
        "long name  3",
    ]


def test_a_cell_cannot_begin_a_line_of_its_own() -> None:
    assert len(table(("NAME",), (("evil\nNAME",),)).split("\n")) == 2


def test_no_time_is_a_dash() -> None:
    assert moment(None) == "-"
    assert moment(0.0).startswith(("1970-01-01", "1969-12-31"))


@pytest.mark.parametrize("seconds", [253_402_300_800 + 86_400, 1e20])
def test_what_ends_after_the_last_year_of_the_calendar_never_ends(seconds: float) -> None:
    assert moment(seconds) == "never"
