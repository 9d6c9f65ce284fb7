"""What a server needs, found out before the person chooses a way in."""

from __future__ import annotations

from keyfob_core.addresses.origins import origin_of
from keyfob_core.errors import OAuthFailed
from keyfob_core.model import Profile
from keyfob_core.oauth.discovery import discover, probe
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.metadata import default_server
from keyfob_core.states import Need, ServerNeeds

_REFUSED = frozenset({401, 403})


async def look_at(http: HttpClient, url: str, profile: Profile) -> ServerNeeds:
    """Ask the MCP server at `url` without a credential, and look for who signs people in.

    Raises OAuthFailed (`insecure_url`) or UpstreamUnreachable where the server cannot be asked.
    """
    answer = await probe(http, url)
    if 200 <= answer.status < 300:
        return ServerNeeds(need=Need.NOTHING)
    refused = ServerNeeds(need=Need.KEY if answer.status in _REFUSED else Need.UNKNOWN)
    try:
        found = await discover(http, url, challenge=answer.challenge, profile=profile)
    except OAuthFailed:
        return refused
    server = found.server
    if not found.resource.authorization_servers and server == default_server(origin_of(url)):
        # Nothing is published: what 2025-03-26 has clients assume then is most often not there.
        return refused
    registers = server.registration_endpoint is not None or server.reads_client_metadata
    return ServerNeeds(
        need=Need.SIGN_IN if registers else Need.OWN_APP,
        issuer=server.issuer,
        by_code=server.device_authorization_endpoint is not None,
    )
