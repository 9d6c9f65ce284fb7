from __future__ import annotations

import pytest

from keyfob_core.demo.calls import whoami_over_http, whoami_over_stdio
from keyfob_core.errors import UpstreamRefused
from support.upstreams import sdk_upstream


async def test_a_relay_that_refuses_the_token_fails_the_demo_with_a_hint() -> None:
    async with sdk_upstream("right") as upstream:
        with pytest.raises(UpstreamRefused) as refused:
            await whoami_over_http(upstream.url, "wrong")
    assert refused.value.hint
    assert "wrong" not in str(refused.value)


async def test_a_relay_that_is_not_there_fails_the_demo_with_a_hint() -> None:
    with pytest.raises(UpstreamRefused) as refused:
        await whoami_over_http("http://127.0.0.1:1/mcp", "token")
    assert refused.value.hint


async def test_a_bridge_that_ends_fails_the_demo_with_a_hint() -> None:
    environ = {"KEYFOB_HOME": "/dev/null/nowhere", "PATH": "/usr/bin:/bin"}
    with pytest.raises(UpstreamRefused) as refused:
        await whoami_over_stdio("demo", environ)
    assert refused.value.hint
