from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.accounts.placements import (
    Stamp,
    check_key,
    check_placement,
    is_placement,
    stamp_key,
    with_query,
)
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ApiKey, KeyPart, Placement, PlacementKind

MARK = "marked-secret-51f0"
HEADER, QUERY, BASIC = PlacementKind.HEADER, PlacementKind.QUERY, PlacementKind.BASIC


def key(placement: Placement, secret: str = MARK, *parts: KeyPart) -> ApiKey:
    return ApiKey(
        secret=secret, origin="https://x", obtained_at=0, placement=placement, parts=parts
    )


def in_header(name: str, template: str = "{key}") -> Placement:
    return Placement(name=name, template=template)


@pytest.mark.parametrize(
    ("placement", "header"),
    [
        (Placement(), ("Authorization", f"Bearer {MARK}")),
        (in_header("X-Api-Key"), ("X-Api-Key", MARK)),
        (in_header("Authorization", "Token token={key}"), ("Authorization", f"Token token={MARK}")),
        (
            Placement(template="ApiKey {username}:{key}", username="ann"),
            ("Authorization", f"ApiKey ann:{MARK}"),
        ),
    ],
)
def test_a_key_stands_in_its_header_as_its_template_says(
    placement: Placement, header: tuple[str, str]
) -> None:
    check_key(key(placement))
    assert stamp_key(key(placement)) == Stamp(headers=(header,))


@pytest.mark.parametrize(
    ("template", "username", "pair"),
    [
        ("{username}:{key}", "ann@example.com", f"ann@example.com:{MARK}"),
        ("{key}:", None, f"{MARK}:"),
        ("api:{key}", None, f"api:{MARK}"),
        ("{username}:{key}", "jörg", f"jörg:{MARK}"),
    ],
)
def test_a_basic_key_is_the_encoded_pair(template: str, username: str | None, pair: str) -> None:
    basic = Placement(kind=BASIC, template=template, username=username)
    check_key(key(basic))
    ((name, value),) = stamp_key(key(basic)).headers
    assert name == "Authorization"
    scheme, _, encoded = value.partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(encoded).decode() == pair


def test_a_key_of_several_parts_is_sent_whole() -> None:
    application = KeyPart(placement=in_header("DD-APPLICATION-KEY"), secret="second")
    in_url = KeyPart(placement=Placement(kind=QUERY, name="site", template="{key}"), secret="eu")
    both = key(in_header("DD-API-KEY"), "first", application, in_url)
    check_key(both)
    assert stamp_key(both).headers == (("DD-API-KEY", "first"), ("DD-APPLICATION-KEY", "second"))
    assert stamp_key(both).query == (("site", "eu"),)


def test_a_secret_that_looks_like_a_slot_stays_as_it_is() -> None:
    odd = Placement(template="{username} {key}", username="{key}")
    assert stamp_key(key(odd, "{username}")).headers == (("Authorization", "{key} {username}"),)


@given(
    st.text(min_size=1, max_size=20),
    st.text(max_size=20),
    st.sampled_from(["", "?a=1&b=%2F&a=2", "?api_key=old&z", "?z=%E4&&"]),
)
def test_a_parameter_reads_back_as_it_was_and_takes_the_place_of_its_name(
    name: str, value: str, query: str
) -> None:
    name, value = (text.encode("utf-8", "replace").decode() for text in (name, value))
    url = with_query(f"https://host/mcp{query}", ((name, value),))
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert [found for at, found in pairs if at == name] == [value]
    before = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    assert [pair for pair in pairs if pair[0] != name] == [p for p in before if p[0] != name]


def test_a_url_without_a_key_in_it_stays_byte_for_byte() -> None:
    odd = "https://host/a%2Fb?x=%7e&&y=1+2"
    assert with_query(odd, ()) == odd
    assert with_query(odd, (("k", "v"),)) == "https://host/a%2Fb?x=%7e&y=1+2&k=v"


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Cookie",
        "TE",
        "Upgrade",
        "Proxy-Authorization",
        "Mcp-Session-Id",
        "MCP-Protocol-Version",
        "Accept",
        "Content-Type",
        "DPoP",
        "Origin",
        "Sec-Fetch-Site",
        "X-Forwarded-For",
        "",
        "X Key",
        "X-Key:",
        "X-Key\r\nHost",
        "Schlüssel",
        "x" * 129,
    ],
)
def test_a_key_has_no_place_in_a_header_that_means_something_else(name: str) -> None:
    with pytest.raises(ConfigInvalid) as failed:
        check_placement(in_header(name), "datadog.key.parts[0]")
    assert failed.value.field == "datadog.key.parts[0].name"
    assert failed.value.hint
    assert not is_placement(in_header(name))


@pytest.mark.parametrize(
    "placement",
    [
        Placement(template="Bearer"),
        Placement(template="{key} {key}"),
        Placement(template="{key} {other}"),
        Placement(template="{key}\r\nHost: elsewhere"),
        Placement(template="Schlüssel {key}"),
        Placement(template="{key}", username="ann"),
        Placement(template="{username} {key}", username="a\nb"),
        Placement(template="{username} {key}", username="jörg"),
        Placement(kind=BASIC, template="{key}"),
        Placement(kind=BASIC, template="{username}:{key}", username="a:b"),
        Placement(kind=QUERY, name="", template="{key}"),
        Placement(kind=QUERY, name="a\nb", template="{key}"),
        replace(Placement(), kind="cookie"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_a_placement_that_cannot_be_sent_is_refused(placement: Placement) -> None:
    assert not is_placement(placement)


@pytest.mark.parametrize(
    ("placement", "secret"),
    [
        (Placement(), ""),
        (Placement(), f"{MARK} "),
        (Placement(), f"{MARK}\r\nHost: elsewhere"),
        (Placement(), f"{MARK}ü"),
        (Placement(kind=BASIC, template="{key}:"), f"{MARK}:x"),
        (Placement(kind=BASIC, template="{username}:{key}"), MARK),
        (Placement(kind=QUERY, name="k", template="{key}"), f"{MARK}\n"),
    ],
)
def test_a_secret_that_cannot_be_sent_is_refused_unquoted(
    placement: Placement, secret: str
) -> None:
    with pytest.raises(ConfigInvalid) as failed:
        check_key(key(placement, secret))
    assert MARK not in str(failed.value)


def test_two_secrets_never_share_a_place() -> None:
    twice = KeyPart(placement=in_header("AUTHORIZATION"), secret="second")
    basic = KeyPart(placement=Placement(kind=BASIC, template="{key}:"), secret="second")
    for part in (twice, basic):
        with pytest.raises(ConfigInvalid):
            check_key(key(Placement(), MARK, part))


def test_no_repr_shows_a_secret() -> None:
    part = KeyPart(placement=Placement(kind=QUERY, name="k", template="{key}"), secret=MARK)
    whole = key(Placement(), MARK, part)
    assert MARK not in repr(whole)
    assert MARK not in repr(part)
    assert MARK not in repr(stamp_key(whole))
