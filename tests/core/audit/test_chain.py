from __future__ import annotations

import json
import tracemalloc
from enum import StrEnum
from types import MappingProxyType
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.audit.chain import (
    GENESIS,
    STRING_LIMIT,
    KnownRests,
    content,
    rest_of,
    seal,
    take_apart,
)
from keyfob_core.audit.events import EVENTS
from keyfob_core.model import AuditEvent, Details, Verdict
from support.audit_log import KEY

MEBIBYTE = 1024 * 1024


def line_of(event: AuditEvent) -> dict[str, Any]:
    return json.loads(seal(KEY, GENESIS, content(1, 0.0, event))[0])


def test_a_line_holds_the_event_its_number_its_moment_and_its_code() -> None:
    text = content(
        7,
        1_800_000_000.1239,
        AuditEvent(
            event="outcome",
            request_id="r1",
            client="cursor",
            server="github",
            tool="create_issue",
            account="github-work",
            outcome="ok",
            details={"ms": 12, "replayed": False, "verdict": Verdict.ALLOW, "rule": None},
        ),
    )
    line, mac = seal(KEY, GENESIS, text)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "seq": 7,
        "time": "2027-01-15T08:00:00.123Z",
        "event": "outcome",
        "request_id": "r1",
        "client": "cursor",
        "server": "github",
        "tool": "create_issue",
        "account": "github-work",
        "outcome": "ok",
        "details": {"ms": 12, "replayed": False, "verdict": "allow", "rule": None},
        "mac": mac,
    }
    assert take_apart(line) == (7, text, mac)


def test_the_code_is_an_hmac_over_the_code_before_and_the_content() -> None:
    text = content(1, 0.0, AuditEvent(event="engine_started"))
    assert text == b'{"seq":1,"time":"1970-01-01T00:00:00.000Z","event":"engine_started"'
    # openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f over 64 zeros and that text
    assert seal(KEY, GENESIS, text)[1] == (
        "60fa513454e9a11fe26c4cab6b3b309f88007bc148829be6e31f4d0668d6deab"
    )
    assert seal(KEY, "f" * 64, text)[1] != seal(KEY, GENESIS, text)[1]
    assert seal(bytes(32), GENESIS, text)[1] != seal(KEY, GENESIS, text)[1]


@pytest.mark.parametrize("name", ["", "forwarded", "Forwarding"])
def test_an_event_that_is_not_published_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="not a published"):
        content(1, 0.0, AuditEvent(event=name))


def test_every_published_event_has_one_sentence() -> None:
    for name, sentence in EVENTS.items():
        assert name.replace("_", "").isalpha()
        assert sentence.endswith(".")
        content(1, 0.0, AuditEvent(event=name))


@pytest.mark.parametrize(
    "value",
    [b"bytes", bytearray(b"x"), object(), ["list"], {"a": "dict"}, ValueError("secret"), 1j],
)
def test_an_event_cannot_carry_bytes_or_objects(value: object) -> None:
    with pytest.raises(TypeError) as caught:
        content(1, 0.0, AuditEvent(event="refused", details={"x": cast(str, value)}))
    assert "secret" not in str(caught.value)
    with pytest.raises(TypeError):
        content(1, 0.0, AuditEvent(event="refused", client=cast(str, value)))
    with pytest.raises(TypeError):
        content(1, 0.0, AuditEvent(event="refused", details={cast(str, b"name"): 1}))


def test_texts_from_outside_are_cut() -> None:
    line = line_of(
        AuditEvent(
            event="refused", tool="t" * 10_000, details={"reason": "é" * STRING_LIMIT, "n" * 900: 1}
        )
    )
    assert line["tool"] == "t" * (STRING_LIMIT - 1) + "…"
    assert line["details"]["reason"] == "é" * STRING_LIMIT
    assert "n" * (STRING_LIMIT - 1) + "…" in line["details"]


def test_equal_values_of_different_types_are_each_written_as_what_they_are() -> None:
    values = (1, True, 1.0, 0, False, 0.0, -0.0, 1, True)
    rests = KnownRests()
    events = [AuditEvent(event="outcome", details={"x": value}) for value in values]
    lines = [content(1, 0.0, event, rests) for event in events]
    assert lines == [content(1, 0.0, event) for event in events]
    written = [line.rpartition(b'"x":')[2].decode() for line in lines]
    assert written == ["1}", "true}", "1.0}", "0}", "false}", "0.0}", "-0.0}", "1}", "true}"]


@pytest.mark.parametrize("is_fixed", [False, True])
def test_a_long_text_from_outside_is_written_and_not_kept(is_fixed: bool) -> None:
    rests = KnownRests()

    def write(tool: str) -> bytes:
        said: Details = {"method": tool}
        said = MappingProxyType(said) if is_fixed else said
        event = AuditEvent(event="refused", tool=tool, details=said)
        return content(1, 0.0, event, rests)

    tracemalloc.start()
    try:
        for number in range(8):
            assert len(write(str(number) * MEBIBYTE)) < 4 * STRING_LIMIT
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < MEBIBYTE


def test_details_that_were_changed_are_written_as_they_are_now() -> None:
    rests = KnownRests()
    details: dict[str, str | int | float | bool | None] = {"x": 1}
    event = AuditEvent(event="outcome", details=details)
    assert rests(event) == ',"details":{"x":1}'
    details["x"] = True
    assert rests(event) == ',"details":{"x":true}'


def test_the_same_details_of_another_event_are_written_with_what_is_its_own() -> None:
    rests = KnownRests()
    details = MappingProxyType({"x": 1})
    events = [AuditEvent(event="outcome", tool=tool, details=details) for tool in "aba"]
    assert [rests(event) for event in events] == [rest_of(event) for event in events]


@pytest.mark.parametrize("is_new", [False, True])
def test_no_more_lines_are_remembered_than_one_s_calls_need(is_new: bool) -> None:
    rests = KnownRests()
    tracemalloc.start()
    try:
        for number in range(20_000):
            event = AuditEvent(event="refused", tool=f"{number:0400}")
            if is_new:
                event = event._replace(details=MappingProxyType({}))
            assert rests(event) == rests(event) == f',"tool":"{number:0400}"'
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < MEBIBYTE


def test_numbers_that_json_cannot_carry_become_words() -> None:
    details = {"a": float("nan"), "b": float("inf"), "c": 10**5000, "d": -(2**40), "e": 1.5}
    assert line_of(AuditEvent(event="outcome", details=details))["details"] == {
        "a": "nan",
        "b": "inf",
        "c": "a number of 16610 bits",
        "d": -(2**40),
        "e": 1.5,
    }


class Colour(StrEnum):
    RED = "red"


@given(
    st.dictionaries(
        st.text(max_size=20),
        st.text(max_size=60)
        | st.integers()
        | st.booleans()
        | st.none()
        | st.floats()
        | st.just(Colour.RED),
        max_size=5,
    ),
    st.text(st.characters(), max_size=60),
)
def test_any_text_stays_on_one_line_of_ascii_json(
    details: dict[str, str | int | float | bool | None], client: str
) -> None:
    event = AuditEvent(event="refused", client=client, details=details)
    line, _ = seal(KEY, GENESIS, content(1, 0.0, event))
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert json.loads(line)["client"] == client
    assert take_apart(line) is not None


@given(st.binary(max_size=300))
def test_whatever_is_no_line_is_told_apart(line: bytes) -> None:
    assert take_apart(line) is None
