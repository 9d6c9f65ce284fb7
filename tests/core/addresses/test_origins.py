from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyfob_core.addresses.origins import (
    Reach,
    address_reach,
    is_loopback_url,
    is_secure_url,
    may_connect,
    origin_of,
)
from keyfob_core.errors import ConfigInvalid


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.com/mcp", "https://example.com"),
        ("https://example.com:443/a?b", "https://example.com"),
        ("http://example.com:8080", "http://example.com:8080"),
        ("http://[::1]:80/x", "http://[::1]"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "//x/y",
        "javascript:alert(1)",
        "file:///etc",
        "https://",
        "https://u:p@x",
        "http://x:y/",
    ],
)
def test_what_is_no_web_address_has_no_origin(url: str) -> None:
    with pytest.raises(ConfigInvalid):
        origin_of(url)
    assert not is_secure_url(url)


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://x/y", True),
        ("http://x/y", False),
        ("http://127.0.0.1:1/", True),
        ("http://localhost/", True),
        ("http://[::1]/", True),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_plain_http_is_secure_on_loopback_alone(url: str, secure: bool) -> None:
    assert is_secure_url(url) is secure


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("127.0.0.1", Reach.LOOPBACK),
        ("127.8.8.8", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("10.1.2.3", Reach.PRIVATE),
        ("192.168.0.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("224.0.0.1", Reach.PRIVATE),
        ("93.184.216.34", Reach.PUBLIC),
        ("2606:2800:220:1:248:1893:25c8:1946", Reach.PUBLIC),
    ],
)
def test_an_address_says_how_far_it_reaches(address: str, reach: Reach) -> None:
    assert address_reach(address) is reach


@pytest.mark.parametrize(
    ("url", "person", "address", "may"),
    [
        ("https://a.com/x", "https://a.com/mcp", "93.184.216.34", True),
        ("https://a.com/x", "https://a.com/mcp", "127.0.0.1", False),
        ("https://a.com/x", "https://a.com/mcp", "169.254.169.254", False),
        ("https://as.com/x", "https://a.com/mcp", "10.0.0.1", False),
        ("https://intra/x", "https://intra/mcp", "10.0.0.1", True),
        ("https://other/x", "https://intra/mcp", "10.0.0.1", False),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:1/mcp", "127.0.0.1", True),
        ("http://localhost:9/x", "http://localhost:1/mcp", "::1", True),
        ("https://a.com/x", "http://127.0.0.1:1/mcp", "10.0.0.1", False),
        ("https://rebind/x", "https://rebind/mcp", "127.0.0.1", False),
    ],
)
def test_a_near_address_is_reached_only_where_the_persons_own_url_is_as_near(
    url: str, person: str, address: str, may: bool
) -> None:
    assert may_connect(url, person, address) is may


@given(st.ip_addresses())
def test_no_public_server_leads_behind_the_firewall(address: object) -> None:
    reach = address_reach(str(address))
    allowed = may_connect("https://as.example/x", "https://a.example/mcp", str(address))
    assert allowed is (reach is Reach.PUBLIC)


@given(st.text(max_size=40))
def test_any_text_is_a_web_address_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"http://{text}/mcp"):
        try:
            assert origin_of(url).startswith("http")
            is_loopback_url(url)
        except ConfigInvalid as error:
            assert error.field == "url"  # noqa: PT017
