"""What a server needs, found out by the real engine at real servers."""

from __future__ import annotations

import pytest

from keyfob_core.demo.servers import demo_servers
from keyfob_core.errors import OAuthFailed
from keyfob_core.states import Need, ServerNeeds
from support.engine import Home, running_engine
from support.upstreams import sdk_upstream


async def test_the_engine_finds_out_what_a_server_needs_before_it_is_connected(home: Home) -> None:
    async with demo_servers() as servers, sdk_upstream() as guarded, running_engine(home) as keyfob:
        await keyfob.do("server.add", name="demo", url=servers.mcp_url)
        await keyfob.do("server.add", name="guarded", url=guarded.url)
        signed_in = await keyfob.do("server.needs", name="demo")
        assert isinstance(signed_in, ServerNeeds)
        assert signed_in.need is Need.SIGN_IN
        assert servers.mcp_url.startswith("http://127.0.0.1")
        assert signed_in.issuer
        guarded.tokens.add("needed")
        assert (await keyfob.do("server.needs", name="guarded")).need is Need.KEY


async def test_a_server_that_signs_nobody_in_is_told_from_one_that_wants_an_app(
    home: Home,
) -> None:
    async with sdk_upstream() as guarded, running_engine(home) as keyfob:
        await keyfob.do("server.add", name="guarded", url=guarded.url)
        with pytest.raises(OAuthFailed) as refused:
            await keyfob.do("connect", server="guarded")
        assert refused.value.hint.startswith("guarded answers without an account")
        guarded.tokens.add("needed")
        with pytest.raises(OAuthFailed) as refused:
            await keyfob.do("connect", server="guarded")
        assert "`keyfob connect guarded --method api-key --secret-stdin`" in refused.value.hint
        assert "--client-id" not in refused.value.hint
