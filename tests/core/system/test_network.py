"""The system's proxies, and whom it trusts."""

from __future__ import annotations

import platform
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import truststore

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.model import UpstreamRequest
from keyfob_core.oauth.http import HttpClient
from keyfob_core.system.network import ProxySettings, SystemNetwork
from keyfob_core.transports.forms import aiohttp_form, wire_form
from support.audit_log import SetClock
from support.certificates import TestAuthority
from support.forward_proxy import tls_front
from support.upstreams import json_reply, scripted_upstream

DONE = json_reply({"ok": True})
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def _no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


async def place(url: str, setting: str = "system") -> str | None:
    found = await SystemNetwork(lambda: setting).proxy_for(url)
    return found.place if found else None


@pytest.mark.parametrize("spell", [str.upper, str.lower])
async def test_variables_name_a_proxy_for_each_scheme_or_for_all(
    monkeypatch: pytest.MonkeyPatch, spell: type[str]
) -> None:
    assert await place("https://far.example/") is None
    monkeypatch.setenv(spell("all_proxy"), "http://all.example:1")
    assert await place("https://far.example/") == "all.example:1"
    assert await place("http://far.example/") == "all.example:1"
    monkeypatch.setenv(spell("https_proxy"), "http://secure.example:2")
    assert await place("https://far.example/") == "secure.example:2"
    assert await place("http://far.example/") == "all.example:1"
    monkeypatch.setenv(spell("http_proxy"), "plain.example:3")
    assert await place("http://far.example/") == "plain.example:3"


@pytest.mark.parametrize(
    ("exceptions", "url", "goes"),
    [
        ("far.example", "https://far.example/", False),
        ("far.example", "https://www.far.example/", False),
        (".far.example", "https://www.far.example/", False),
        ("far.example", "https://nearfar.example/", True),
        ("far.example:8443", "https://far.example:8443/", False),
        ("far.example:8443", "https://far.example/", True),
        ("a.example, far.example", "https://far.example/", False),
        ("*", "https://far.example/", False),
        ("192.0.2.0/24", "https://192.0.2.7/", False),
        ("192.0.2.0/24, nonsense/x", "https://192.0.3.7/", True),
        ("2001:db8::/32", "https://[2001:db8::1]/", False),
    ],
)
async def test_no_proxy_excepts_names_ports_and_ranges(
    monkeypatch: pytest.MonkeyPatch, exceptions: str, url: str, goes: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert await place(url) == ("proxy.example:3128" if goes else None)
    # Also where config.toml names the proxy.
    named = await place(url, "http://named.example:8080")
    assert named == ("named.example:8080" if goes else None)


@pytest.mark.parametrize(
    "url", ["http://localhost:1/", "http://127.8.9.1/", "https://[::1]/", "http://a.localhost/"]
)
async def test_this_machine_is_never_proxied(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert await place(url) is None
    assert await place(url, "http://named.example:8080") is None


async def test_with_none_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert await place("https://far.example/", "none") is None


async def test_a_proxy_that_cannot_be_used_is_an_error_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://me:the-password@proxy.example:1080")
    network = SystemNetwork()
    for _ in range(2):
        with pytest.raises(UpstreamUnreachable) as caught:
            await network.proxy_for("https://far.example/")
        assert "socks5" in caught.value.message
        assert "the-password" not in str(caught.value)


@dataclass
class Windows:
    """Settings such as Windows and macOS have, which change while a program runs."""

    proxies: dict[str, str] = field(default_factory=dict[str, str])
    excepted: set[str] = field(default_factory=set[str])
    looked: int = 0

    def settings(self) -> ProxySettings:
        return ProxySettings(self._proxies, self.excepted.__contains__)

    def _proxies(self) -> dict[str, str]:
        self.looked += 1
        return self.proxies


async def test_settings_of_the_system_are_read_anew_after_half_a_minute() -> None:
    windows, clock = Windows({"https": "http://office.example:8080"}), SetClock(100.0)
    network = SystemNetwork(settings=windows.settings(), now=clock)

    async def found() -> str | None:
        proxy = await network.proxy_for("https://far.example/mcp")
        return proxy.place if proxy else None

    assert [await found(), await found()] == ["office.example:8080"] * 2
    assert windows.looked == 1
    windows.proxies = {}
    assert await found() == "office.example:8080"
    clock.now += 31
    assert await found() is None
    windows.proxies = {"https": "http://home.example:3128"}
    windows.excepted.add("far.example")
    clock.now += 31
    assert await found() is None


@dataclass
class Secured:
    """A server by TLS, and the authority that its certificate is by."""

    url: str
    authority: TestAuthority


@asynccontextmanager
async def secured(folder: Path) -> AsyncGenerator[Secured]:
    authority = TestAuthority()
    async with (
        scripted_upstream(DONE) as server,
        tls_front(origin_of(server.url), authority.server(folder, "127.0.0.1")) as front,
    ):
        yield Secured(front + "/mcp", authority)


async def call(network: SystemNetwork, url: str, form: str) -> int:
    """The status of a request by each of the three that speak TLS."""
    if form == "sign-in":
        answer = await HttpClient(network).get(url, person_url=url)
        return answer.status
    upstream = (wire_form() if form == "wire" else aiohttp_form()).upstream(network)
    request = UpstreamRequest(http_method="GET", url=url, headers=())
    try:
        async with upstream.open(request) as response:
            return response.status
    finally:
        await upstream.close()


FORMS = pytest.mark.parametrize("form", ["wire", "aiohttp", "sign-in"])


@FORMS
@pytest.mark.parametrize("system", ["Linux", "Darwin", "Windows"])
async def test_a_certificate_is_judged_as_the_system_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, system: str
) -> None:
    # truststore stands for the store of Windows and macOS; here it judges by this machine's.
    monkeypatch.setattr(platform, "system", lambda: system)
    network = SystemNetwork()
    context = await network.tls()
    assert isinstance(context, truststore.SSLContext) == (system != "Linux")
    async with secured(tmp_path) as server:
        with pytest.raises(UpstreamUnreachable) as caught:
            await call(network, server.url, form)
    assert "is issued by Test authority, whom this system does not trust" in caught.value.message
    assert "trust store" in caught.value.hint


@FORMS
async def test_ssl_cert_file_is_honoured_also_when_it_is_corrected_while_we_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    async with secured(tmp_path) as server:
        file = TestAuthority().file(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        network = SystemNetwork()
        with pytest.raises(UpstreamUnreachable) as caught:
            await call(network, server.url, form)
        assert "Test authority" in caught.value.message
        server.authority.file(tmp_path)
        assert await call(network, server.url, form) == 200
        assert await network.tls() is await network.tls()


@FORMS
async def test_ssl_cert_dir_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    async with secured(tmp_path) as server:
        server.authority.file(folder, f"{server.authority.openssl_hash()}.0")
        assert await call(SystemNetwork(), server.url, form) == 200


@FORMS
@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_certificates_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, content: str | None
) -> None:
    file = tmp_path / "bundle.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(UpstreamUnreachable) as caught:
        await call(SystemNetwork(), "https://127.0.0.1:1/", form)
    assert "SSL_CERT_FILE names no certificates that can be read" in caught.value.message


@FORMS
async def test_a_certificate_for_another_name_is_not_called_distrusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    async with secured(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority.file(tmp_path)))
        by_name = server.url.replace("127.0.0.1", "localhost")
        with pytest.raises(UpstreamUnreachable) as caught:
            await call(SystemNetwork(), by_name, form)
    assert "is not good" in caught.value.message


async def test_nobody_is_asked_for_a_certificate_where_no_connection_may_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secured(tmp_path) as server:
        network = SystemNetwork()
        assert await network.distrusted(server.url) == "Test authority"
        assert await network.distrusted(server.url.replace("127.0.0.1", "[::1]")) is None
        assert await network.distrusted("https://localhost.:1/") is None
