from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.oauth.plain import visible


def test_control_and_bidirectional_characters_are_written_out() -> None:
    assert visible("a\x1b[31m\u202eb\n") == "a␛[31m⟨U+202E⟩b␊"


def test_a_secret_that_is_said_back_is_cut_out() -> None:
    assert visible("bad code s3cret!", secrets=(None, "", "s3cret")) == "bad code [secret]!"


def test_a_secret_is_cut_out_before_a_long_text_is_shortened() -> None:
    secret = "s" * 40
    assert "sss" not in visible("x" * 280 + secret, secrets=(secret,))


@given(st.text())
def test_what_is_shown_is_one_printable_line_of_bounded_length(text: str) -> None:
    shown = visible(text)

    assert len(shown.splitlines()) <= 1
    assert len(shown) <= 303 * len("⟨U+10FFFF⟩")
