"""Whose account it is: a label from the issuer's user info (OpenID Connect Core, section 5.3)."""

from __future__ import annotations

from keyfob_core.errors import OAuthFailed, UpstreamUnreachable
from keyfob_core.model import Token
from keyfob_core.oauth.http import HttpClient
from keyfob_core.oauth.metadata import text
from keyfob_core.oauth.plain import visible

_CLAIMS = ("email", "preferred_username", "login", "name")
_LONGEST_LABEL = 100
_OK = 200


async def account_label(http: HttpClient, token: Token) -> str | None:
    """The person's address or name at the provider, None where it does not say.

    The token goes to `token.userinfo_endpoint` alone, which is the issuer's own or stands in the
    provider's entry, and follows no redirect. The label is made safe to show. Raises nothing.
    """
    if token.userinfo_endpoint is None or token.token_type != "Bearer":
        return None
    headers = {
        "Authorization": f"Bearer {token.access_token}",
        "Accept": "application/json",
    }
    try:
        answer = await http.call(
            "GET", token.userinfo_endpoint, person_url=token.origin, headers=headers
        )
    except (OAuthFailed, UpstreamUnreachable):
        return None
    document = answer.json_object() if answer.status == _OK else None
    if document is None:
        return None
    said = next(filter(None, (text(document, claim) for claim in _CLAIMS)), None)
    if said is None or len(said) > _LONGEST_LABEL:
        return None
    return visible(said.strip()) or None
