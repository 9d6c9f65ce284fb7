from __future__ import annotations

import string
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyfob_core.pairing.redirects import is_allowed_redirect, is_registered, with_parameters

HOSTS = ("127.0.0.1", "[::1]", "localhost")


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:33418/",
        "http://localhost:4711/a/b?c=d",
        "http://[::1]:4711/callback",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "vscode://vscode.mcp/callback",
        "com.example.app:/oauth",
        "com.example.app://oauth/callback",
    ],
)
def test_loopback_and_private_schemes_are_allowed(uri: str) -> None:
    assert is_allowed_redirect(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "callback",
        "//127.0.0.1/callback",
        "https://127.0.0.1/callback",
        "https://evil.example/callback",
        "http://evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://evil.example@127.0.0.1/callback",
        "http://evil.example\\@127.0.0.1/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1/callback#fragment",
        "http://2130706433/callback",
        "http://0.0.0.0/callback",
        "http://127.0.0.2/callback",
        "http://127.0.0.1/call back",
        "http://127.0.0.1/call\r\nback",
        "http://127.0.0.1/\u0441allback",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "about:blank",
        "blob:http://127.0.0.1/x",
        "ws://127.0.0.1/",
        "ms-settings:display",
        "mailto:a@b.example",
        "unknown://callback",
        "com.example.app:",
        "cursor:",
        ".:/x",
        "http://127.0.0.1/" + "a" * 2048,
    ],
)
def test_nothing_else_is(uri: str) -> None:
    assert not is_allowed_redirect(uri)


@example("http://127.0.0.1\u2488:80/")
@given(st.text(alphabet=string.printable + "\u0441\u2488\u3002", max_size=60))
def test_what_is_allowed_stays_on_this_machine(tail: str) -> None:
    for start in ("http:", "http://", "http://127.0.0.1", "https://", "", "x"):
        uri = start + tail
        if is_allowed_redirect(uri):
            parts = urlsplit(uri)
            if parts.scheme in ("http", "https"):
                assert parts.scheme == "http"
                assert parts.netloc.rpartition(":")[0] in HOSTS or parts.netloc in HOSTS
            assert parts.scheme not in ("javascript", "data", "file", "ftp", "ws", "wss", "blob")
            assert uri.isascii()
            assert "#" not in uri


def test_a_redirect_is_registered_exactly_but_for_a_loopback_port() -> None:
    registered = ("http://127.0.0.1/cb?a=1", "cursor://x/cb")
    assert is_registered("http://127.0.0.1/cb?a=1", registered)
    assert is_registered("http://127.0.0.1:4711/cb?a=1", registered)
    assert is_registered("cursor://x/cb", registered)
    for other in (
        "http://localhost:4711/cb?a=1",
        "http://127.0.0.1:4711/cb",
        "http://127.0.0.1:4711/cb/?a=1",
        "http://127.0.0.1:4711/CB?a=1",
        "http://127.0.0.1:x/cb?a=1",
        "cursor://x:4711/cb",
        "cursor://x/cb/",
        "cursor://x/cb?more",
    ):
        assert not is_registered(other, registered), other


def test_parameters_leave_the_redirect_as_it_is() -> None:
    assert with_parameters("com.example.app:/cb", {"code": "a b"}) == "com.example.app:/cb?code=a+b"
    assert with_parameters("http://[::1]/?x=%2f", {"a": "&"}) == "http://[::1]/?x=%2f&a=%26"
