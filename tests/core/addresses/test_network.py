"""What may go by a proxy, and how proxies and certificates are named to people."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import pytest

from keyfob_core.addresses.network import (
    Proxy,
    may_go_by_proxy,
    proxy_refuses,
    read_proxy,
    untrusted,
)
from keyfob_core.errors import ConfigInvalid, UpstreamUnreachable
from keyfob_core.settings.config_reading import parse_config

PERSON = "https://mcp.example/mcp"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proxy.example:3128", Proxy("http://proxy.example:3128")),
        ("http://proxy.example", Proxy("http://proxy.example")),
        ("HTTPS://proxy.example:8443/ignored", Proxy("https://proxy.example:8443")),
        ("http://[2001:db8::1]:3128", Proxy("http://[2001:db8::1]:3128")),
        ("http://me:p%40ss@proxy.example:1", Proxy("http://proxy.example:1", "me", "p@ss")),
        ("me@proxy.example:1", Proxy("http://proxy.example:1", "me")),
    ],
)
def test_a_proxy_is_read_as_others_read_it(text: str, expected: Proxy) -> None:
    assert read_proxy(text) == expected
    assert "p@ss" not in repr(read_proxy(text))


@pytest.mark.parametrize(
    "text",
    [
        "socks5://me:the-password@proxy.example:1080",
        "http://me:the-password@",
        "http://me:the-password@proxy.example:99999999",
        "http://me:the-password@[proxy.example",
        "http://m%3Ae:the-password@proxy.example",
        "",
    ],
)
def test_a_proxy_that_cannot_be_is_not_quoted(text: str) -> None:
    with pytest.raises(UpstreamUnreachable) as caught:
        read_proxy(text)
    assert "the-password" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("value", ["system", "none", "http://proxy.example:3128", "proxy.example"])
def test_config_toml_may_name_a_proxy(value: str) -> None:
    assert parse_config(f'[network]\nproxy = "{value}"\n').proxy == value
    assert parse_config("").proxy == "system"


@pytest.mark.parametrize(
    "value", ["socks5://proxy.example", "http://", "http://me:the-password@proxy.example"]
)
def test_config_toml_takes_no_password_and_no_other_kind(value: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse_config(f'[network]\nproxy = "{value}"\n')
    assert caught.value.field == "network.proxy"
    assert "the-password" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "person_url", "may"),
    [
        ("https://93.184.216.34/token", PERSON, True),
        ("https://10.0.0.1/token", PERSON, False),
        ("https://169.254.169.254/token", PERSON, False),
        ("https://[fe80::1]/token", PERSON, False),
        ("https://10.0.0.1/mcp", "https://10.0.0.1/mcp", True),
    ],
)
async def test_an_address_is_judged_without_looking_anything_up(
    url: str, person_url: str, may: bool
) -> None:
    assert await may_go_by_proxy(url, person_url) is may


@pytest.mark.parametrize(
    ("addresses", "url", "may"),
    [
        (["93.184.216.34"], "https://auth.example/token", True),
        (["10.0.0.1"], "https://auth.example/token", False),
        (["127.0.0.1"], "https://auth.example/token", False),
        (["10.0.0.1", "93.184.216.34"], "https://auth.example/token", True),
        # The person's own intranet server, and its own pages.
        (["10.0.0.1"], "https://mcp.example/token", True),
        (["127.0.0.1"], "https://mcp.example/token", False),
        # Only the proxy knows it.
        ([], "https://auth.example/token", True),
    ],
)
async def test_a_name_is_judged_by_what_it_is_known_as_here(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], url: str, may: bool
) -> None:
    def getaddrinfo(host: str, port: int | None, *_: object, **__: object) -> list[Any]:
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert await may_go_by_proxy(url, PERSON) is may


async def test_a_name_service_that_hangs_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def getaddrinfo(*_: object, **__: object) -> list[Any]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with asyncio.timeout(5):
        assert await may_go_by_proxy("https://auth.example/token", PERSON)


def test_words_of_others_are_made_visible() -> None:
    error = ssl.SSLCertVerificationError(1, "no")
    said = untrusted(PERSON, error, "Good\u202eroot\x1b[2J").message
    assert "\u202e" not in said
    assert "\x1b" not in said
    assert "\x1b" not in proxy_refuses(Proxy("http://a\x1b.example:1"), PERSON, 502).message
