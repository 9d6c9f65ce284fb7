"""What the values of the flow show of themselves, and how they are changed."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob_core.model import ApiKey, Inbound, Listener, UpstreamRequest

SECRET = "hush-hush"
HEADERS = (("Authorization", f"Bearer {SECRET}"),)


@pytest.mark.parametrize(
    "value",
    [
        Inbound(
            listener=Listener.HTTP,
            http_method="POST",
            server="one",
            headers=HEADERS,
            body=SECRET.encode(),
            token=SECRET,
            endpoint=f"/pair/token?code={SECRET}",
        ),
        UpstreamRequest(
            http_method="POST",
            url=f"https://one.example/mcp?key={SECRET}",
            headers=HEADERS,
            body=SECRET.encode(),
            server="one",
            credential=ApiKey(secret=SECRET, origin="https://one.example", obtained_at=0.0),
        ),
    ],
)
def test_a_request_shows_no_secret_wherever_it_is_printed(value: object) -> None:
    shown = [repr(value), str(value), f"{value}", repr((value,)), repr(ValueError(value))]
    assert not any(SECRET in text for text in shown)
    assert "POST" in repr(value)
    assert "one" in repr(value)


def test_a_body_comes_to_a_request_with_all_else_as_it_is() -> None:
    marks: dict[str, Any] = {name: f"mark {name}" for name in Inbound._fields}
    assert Inbound(**marks).with_body(b"body")._asdict() == {**marks, "body": b"body"}
