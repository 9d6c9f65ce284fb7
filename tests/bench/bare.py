"""Keyfob's own HTTP on both sides without the steps between: what forwarding itself costs."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from keyfob_core.errors import RequestRefused
from keyfob_core.messages.headers import headers_down, headers_up
from keyfob_core.model import AuditEvent, Headers, Inbound, Outbound, UpstreamRequest
from keyfob_core.model import UpstreamResponse as Response
from keyfob_core.system.loops import engine_loop
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.forms import HttpWay, fastest_form
from keyfob_core.transports.http.policy import Doors

_LIMIT = 64 * 1024 * 1024


class Bare:
    """Stamps one secret on everything, whoever asks."""

    def __init__(self, way: HttpWay, url: str, token: str) -> None:
        self._way = way
        self._url = url
        self._stamp: Headers = (("Authorization", f"Bearer {token}"),)

    def admit(self, inbound: Inbound) -> None:
        """Let all in."""

    def refuse(self, inbound: Inbound, error: RequestRefused) -> None:
        """Note nothing."""
        raise error

    def handle(self, inbound: Inbound) -> AbstractAsyncContextManager[Outbound]:
        """Send it up, and its answer down."""
        upward = UpstreamRequest(
            http_method=inbound.http_method,
            url=self._url,
            headers=headers_up(inbound.headers, self._stamp),
            body=inbound.body,
        )
        return _Exchange(self._way.open(upward))


class _Exchange:
    def __init__(self, exchange: AbstractAsyncContextManager[Response]) -> None:
        self._exchange = exchange

    async def __aenter__(self) -> Outbound:
        response = await self._exchange.__aenter__()
        return Outbound(
            status=response.status, headers=headers_down(response.headers), body=response.body
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exchange.__aexit__(kind, error, trace)


class _NoRefusals:
    def refuse(self, source: str, reason: str, event: AuditEvent) -> None:
        """Note nothing."""


async def _serve(url: str, token: str) -> None:
    form = fastest_form()
    doors = Doors(
        relay=Bare(form.upstream(SystemNetwork()), url, token),
        refusals=_NoRefusals(),
        token_server=lambda _: None,
        wait_page=lambda _: b"",
        max_body=lambda: _LIMIT,
    )
    print(await form.listener(doors).start(0), flush=True)
    await asyncio.get_running_loop().create_future()


def main() -> None:
    """Serve the URL of the argument on a free port, which is printed; the token comes on stdin."""
    token = sys.stdin.readline().strip()
    with asyncio.Runner(loop_factory=engine_loop) as runner:
        runner.run(_serve(sys.argv[1], token))


if __name__ == "__main__":
    main()
