"""The one HTTP client of the OAuth side: bounded, unredirected, and kept out of private places."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from keyfob_core.addresses.network import (
    Network,
    Proxy,
    may_go_by_proxy,
    proxy_refuses,
    proxy_unreachable,
    untrusted,
)
from keyfob_core.addresses.origins import is_secure_url, may_connect, origin_of
from keyfob_core.errors import ConfigInvalid, OAuthFailed, UpstreamUnreachable
from keyfob_core.oauth.plain import visible

if TYPE_CHECKING:
    import httpx2

_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_REDIRECTS = 3
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer that was read whole; `challenge` is its `WWW-Authenticate`, joined by commas."""

    url: str
    status: int
    content_type: str = ""
    challenge: str = ""
    location: str = ""
    dpop_nonce: str = ""
    body: bytes = field(default=b"", repr=False)

    def json_object(self) -> Mapping[str, object] | None:
        """The body as a JSON object, or None where it is none."""
        try:
            document: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return cast("dict[str, object]", document) if isinstance(document, dict) else None

    def raise_if_transient(self) -> None:
        """Raise UpstreamUnreachable for what passes by itself: 5xx and 429."""
        if self.status >= 500 or self.status == _TOO_MANY_REQUESTS:
            raise UpstreamUnreachable(
                f"{origin_of(self.url)} answers HTTP {self.status}.",
                "Nothing is lost. Try again in a few minutes.",
            )


class HttpClient:
    """Fetches what OAuth needs from https, or from http on loopback.

    Each exchange has its own connection, whose address is checked before a byte is sent and
    which no earlier peer can have half closed: a token request lost on an idle connection would
    lose a rotated refresh token with it. Behind a proxy the connected address is the proxy's; what
    can be told of the server's from here is checked instead (`may_go_by_proxy`).
    """

    def __init__(
        self, network: Network, *, seconds: float = 30.0, most_bytes: int = 1 << 20
    ) -> None:
        self._network = network
        self._seconds = seconds
        self._most_bytes = most_bytes

    async def get(self, url: str, *, person_url: str) -> HttpAnswer:
        """Fetch a document, following redirects within its origin only.

        A redirect elsewhere is answered as it is. Raises UpstreamUnreachable, and OAuthFailed
        `insecure_url` or `bad_response`.
        """
        headers = {"Accept": "application/json"}
        answer = await self._send("GET", url, person_url, headers)
        for _ in range(_MOST_REDIRECTS):
            target = _within_origin(answer)
            if target is None:
                break
            answer = await self._send("GET", target, person_url, headers)
        return answer

    async def post(
        self, url: str, *, person_url: str, body: bytes, headers: Mapping[str, str]
    ) -> HttpAnswer:
        """Post a body and follow nothing. Raises as `get` does."""
        return await self._send("POST", url, person_url, headers, body)

    async def call(
        self, method: str, url: str, *, person_url: str, headers: Mapping[str, str]
    ) -> HttpAnswer:
        """Send a request that may carry a secret, and follow nothing. Raises as `get` does."""
        return await self._send(method, url, person_url, headers)

    async def look(
        self,
        method: str,
        url: str,
        *,
        person_url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Answer the head of a response alone; its body may stream for ever. Raises as `get`."""
        return await self._send(method, url, person_url, headers or {}, body, head_only=True)

    async def _send(
        self,
        method: str,
        url: str,
        person_url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        head_only: bool = False,
    ) -> HttpAnswer:
        _require_secure(url)
        proxy = await self._network.proxy_for(url)
        if proxy is not None and not await may_go_by_proxy(url, person_url):
            raise _leads_inside(url, "an address")
        # A start that signs in nowhere does without it; what takes long to import holds up no call.
        await asyncio.to_thread(import_module, "httpx2")
        import httpx2

        try:
            async with (
                asyncio.timeout(self._seconds),
                await self._client(url, proxy) as client,
                client.stream(
                    method,
                    url,
                    content=body or None,
                    headers=dict(headers),
                    extensions={"trace": _guard(url, person_url, proxy)},
                ) as response,
            ):
                content = b"" if head_only else await self._read(url, response)
        except (TimeoutError, httpx2.HTTPError) as error:
            raise await self._unreachable(url, proxy, error) from error
        except httpx2.InvalidURL as error:
            raise insecure(url) from error
        return HttpAnswer(
            url=url,
            status=response.status_code,
            content_type=response.headers.get("content-type", ""),
            challenge=", ".join(response.headers.get_list("www-authenticate")),
            location=response.headers.get("location", ""),
            dpop_nonce=response.headers.get("dpop-nonce", ""),
            body=content,
        )

    async def _client(self, url: str, proxy: Proxy | None) -> httpx2.AsyncClient:
        import httpx2

        tls = await self._network.tls() if url.startswith("https:") else False
        return httpx2.AsyncClient(
            verify=tls,
            proxy=httpx2.Proxy(proxy.url, auth=proxy.auth, ssl_context=_own(proxy, tls))
            if proxy
            else None,
            trust_env=False,
            follow_redirects=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
            timeout=httpx2.Timeout(min(10.0, self._seconds)),
            headers={"User-Agent": "Keyfob", "Accept-Encoding": "identity"},
        )

    async def _unreachable(
        self, url: str, proxy: Proxy | None, error: Exception
    ) -> UpstreamUnreachable:
        import httpx2

        refused = _refused_certificate(error)
        if refused is not None:
            return untrusted(url, refused, await self._network.distrusted(url))
        if proxy is not None and isinstance(error, httpx2.ProxyError):
            status = str(error)[:3]
            return proxy_refuses(proxy, url, int(status) if status.isdigit() else None)
        reason = visible(str(error) or "it took too long")
        if proxy is not None and isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            return proxy_unreachable(proxy, url, reason)
        return UpstreamUnreachable(
            f"{origin_of(url)} cannot be reached: {reason}.", "Check the network, then try again."
        )

    async def _read(self, url: str, response: httpx2.Response) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > self._most_bytes:
                raise OAuthFailed(
                    "bad_response",
                    f"{origin_of(url)} sent more than {self._most_bytes} bytes and was cut off.",
                    "Ask whoever runs that server.",
                )
        return bytes(content)


def _own(proxy: Proxy, tls: ssl.SSLContext | bool) -> ssl.SSLContext | None:
    """The context for a connection to the proxy itself, where that is to be secure."""
    return tls if proxy.url.startswith("https:") and isinstance(tls, ssl.SSLContext) else None


def _refused_certificate(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _guard(
    url: str, person_url: str, proxy: Proxy | None
) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    async def check(event: str, details: Mapping[str, Any]) -> None:
        if event != "connection.connect_tcp.complete":
            return
        stream = details["return_value"]
        address = str(stream.get_extra_info("server_addr")[0])
        if proxy is not None or may_connect(url, person_url, address):
            # A proxy may lie anywhere: the person's own system names it.
            return
        await stream.aclose()
        raise _leads_inside(url, address)

    return check


def _leads_inside(url: str, where: str) -> OAuthFailed:
    return OAuthFailed(
        "insecure_url",
        f"{origin_of(url)} leads to {where}, which lies inside your own network.",
        "A server on the internet has no business there, so nothing was sent.",
    )


def _within_origin(answer: HttpAnswer) -> str | None:
    if answer.status not in _REDIRECTS or not answer.location:
        return None
    try:
        target = urljoin(answer.url, answer.location)
        return target if origin_of(target) == origin_of(answer.url) else None
    except (ConfigInvalid, ValueError):
        return None


def _require_secure(url: str) -> None:
    if not is_secure_url(url):
        raise insecure(url)


def insecure(url: str) -> OAuthFailed:
    """The error for an address that is neither https nor on this machine."""
    return OAuthFailed(
        "insecure_url",
        f"{visible(url)} is not a safe address for a sign-in.",
        "It has to begin with https:// (http:// is accepted on this machine only).",
    )
