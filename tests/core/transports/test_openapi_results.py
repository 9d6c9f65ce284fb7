"""What an API's answer becomes: bounded, and without our own secrets."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from keyfob_core.model import UpstreamResponse
from keyfob_core.transports.openapi.results import tool_result

SECRET = 'a-secret/of "mine"+='
MEBIBYTE = 1024 * 1024


class Body:
    """Chunks, and how many of them were taken."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.taken = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            self.taken += 1
            return chunk
        raise StopAsyncIteration


def response(
    data: bytes | Body, kind: str | None = "application/json", status: int = 200, **headers: str
) -> UpstreamResponse:
    fields = [("Content-Type", kind)] if kind is not None else []
    fields += [(name.replace("_", "-"), value) for name, value in headers.items()]
    body = data if isinstance(data, Body) else Body(iter((data,) if data else ()))
    return UpstreamResponse(status=status, headers=tuple(fields), body=body)


async def result_of(answer: UpstreamResponse) -> dict[str, Any]:
    return await tool_result(answer, "https://api.example/v1/a", frozenset({SECRET, "short"}))


def words(result: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in result["content"])


async def test_json_is_its_own_text_and_an_object_is_structured_as_well() -> None:
    text = '{"a": 1.10, "b": [9007199254740993]}'
    result = await result_of(response(text.encode(), "application/hal+json; charset=utf-8"))
    assert words(result) == text
    assert result["structuredContent"] == json.loads(text)
    assert "isError" not in result
    assert "structuredContent" not in await result_of(response(b"[1]"))
    assert "structuredContent" not in await result_of(response(b"{no json"))


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
async def test_numbers_that_json_has_not_stay_in_the_text_alone(number: str) -> None:
    # Written anew, they would make the whole answer unreadable for a client.
    text = f'{{"a": [{number}]}}'
    result = await result_of(response(text.encode()))
    assert words(result) == text
    assert "structuredContent" not in result


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        ("grün".encode("latin-1"), "text/plain; charset=ISO-8859-1", "grün"),
        ("grün".encode(), "text/html", "grün"),
        ("grün".encode("utf-16"), 'text/plain; charset="utf-16"', "grün"),
        (b"gr\xfcn", "text/csv", "gr\ufffdn"),
        (b"a", "text/plain; charset=no-such", "a"),
        (b"a", "text/plain; charset=idna", "a"),
        (b"a", "text/plain; charset=hex", "a"),
        (b"a: 1", "application/yaml", "a: 1"),
        (b"<a/>", "application/atom+xml", "<a/>"),
    ],
)
async def test_text_is_read_as_its_kind_says(data: bytes, kind: str, text: str) -> None:
    assert words(await result_of(response(data, kind))) == text


@pytest.mark.parametrize("status", [200, 204])
async def test_an_answer_without_a_body_says_so(status: int) -> None:
    result = await result_of(response(b"", None, status))
    assert words(result).startswith(f"HTTP {status} ")
    assert "isError" not in result


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("image/png", "image"), ("audio/ogg", "audio"), ("application/zip", None), (None, None)],
)
async def test_what_is_no_text_is_handed_on_encoded(kind: str | None, shape: str | None) -> None:
    [part] = (await result_of(response(b"\x00\xff", kind)))["content"]
    encoded = base64.b64encode(b"\x00\xff").decode()
    if shape is not None:
        assert part == {"type": shape, "data": encoded, "mimeType": kind}
    else:
        assert part["type"] == "resource"
        assert part["resource"]["blob"] == encoded
        assert part["resource"]["uri"].startswith("urn:sha256:")


@pytest.mark.parametrize(
    ("kind", "status", "most"),
    [
        ("text/plain", 200, 2 * MEBIBYTE),
        ("image/png", 200, 3 * MEBIBYTE),
        ("text/plain", 500, 99999),
    ],
)
async def test_an_answer_without_end_is_read_only_so_far(kind: str, status: int, most: int) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    body = Body(endless())
    result = await result_of(response(body, kind, status))
    assert body.taken * 1000 <= most
    assert len(json.dumps(result)) <= most
    assert (result.get("isError") is True) is (kind != "text/plain" or status == 500)
    if status == 200 and kind == "text/plain":
        assert "goes on" in result["content"][1]["text"]


@pytest.mark.parametrize("status", [400, 404, 418, 422, 429, 500, 503, 599])
async def test_an_apis_error_is_told_to_the_model_with_its_words(status: int) -> None:
    result = await result_of(response(b'{"error": "no such note"}', status=status))
    assert result["isError"] is True
    assert words(result).startswith(f"HTTP {status}")
    assert words(result).endswith('{"error": "no such note"}')


async def test_what_was_made_and_what_follows_is_told() -> None:
    made = await result_of(response(b"", None, 201, Location="/v1/users/7"))
    assert words(made) == "HTTP 201 Created, without a body.\nLocation: /v1/users/7"
    link = f'<https://api.example/a?page=2&key={quote(SECRET, safe="")}>; rel="next"'
    page = await result_of(response(b"[1]", Link=link))
    assert words(page).startswith("[1]\nLink: <https://api.example/a?page=2&key=[your credential]>")
    preloaded = await result_of(response(b"[1]", Link="</a.css>; rel=preload"))
    assert words(preloaded) == "[1]"


async def test_an_api_that_wants_less_says_when_it_can_be_asked_again() -> None:
    result = await result_of(response(b'{"error": "slow down"}', status=429, Retry_After="30"))
    assert words(result).splitlines()[:2] == ["HTTP 429 Too Many Requests", "Retry-After: 30"]


async def test_what_has_not_changed_is_no_redirect() -> None:
    result = await result_of(response(b"", None, 304))
    assert words(result) == "HTTP 304 Not Modified, without a body."
    assert "isError" not in result


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("https://evil.example/a?b", "https://evil.example,"),
        ("/v2/a", "within itself"),
        ("https://api.example/v2", "within itself"),
        ("", "within itself"),
    ],
)
async def test_a_redirect_is_told_and_not_followed(status: int, location: str, where: str) -> None:
    result = await result_of(response(b"moved", status=status, Location=location))
    assert result["isError"] is True
    assert where in words(result)


async def test_an_encoded_answer_is_refused_unread() -> None:
    body = Body(iter((b"\x1f\x8b",)))
    result = await result_of(response(body, Content_Encoding="gzip"))
    assert result["isError"] is True
    assert body.taken == 0


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "shape",
    [SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1]],
    ids=["plain", "in an address", "in JSON"],
)
async def test_a_secret_that_the_api_repeats_is_taken_out(status: int, shape: str) -> None:
    text = f'{{"url": "https://api.example/?key={shape}", "short": 1}}'
    result = await result_of(response(text.encode(), status=status))
    assert shape not in json.dumps(result)
    assert "[your credential]" in words(result)
    assert "short" in words(result)


@pytest.mark.parametrize("inside", range(1, len(SECRET)))
async def test_a_secret_across_the_limit_leaves_no_beginning_behind(inside: int) -> None:
    before = "x" * (16 * 1024 - inside)
    result = await result_of(response(f"{before}{SECRET}{'y' * 50}".encode(), "text/plain", 400))
    assert SECRET[:4] not in words(result)
