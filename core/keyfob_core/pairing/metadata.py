"""What the authorization server says of itself and of what it protects."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import quote, unquote

from keyfob_core.pairing.answers import GrantRefused

SCOPE = "mcp"
"""The one scope: what a client may do is for the rules and the person to say."""
_NAMES = ("127.0.0.1", "localhost", "[::1]")
_RESOURCE = re.compile(r"(http://[^/?#]+)(/pair(?:/s/([^/?#]+))?/mcp)/?")
_PROTECTED = re.compile(r"/\.well-known/oauth-protected-resource(/pair(?:/s/([^/]+))?/mcp)")


class Resources:
    """The addresses under /pair, and the server that each is for."""

    def __init__(self, base_url: Callable[[], str], servers: Callable[[], Collection[str]]) -> None:
        """`base_url` is `http://127.0.0.1:PORT`; `servers` are the names of all servers."""
        self._base_url = base_url
        self._servers = servers

    @property
    def issuer(self) -> str:
        """The authorization server's name."""
        return f"{self._base_url()}/pair"

    def server(self, resource: str, host: str) -> str | None:
        """The server that a resource (RFC 8707) is, None for all of them.

        `host` is what the request's own Host says. Raises GrantRefused for what is none of ours.
        """
        found = _RESOURCE.fullmatch(resource)
        if found is None or found[1].lower() not in self._origins(host):
            raise GrantRefused("invalid_target", "The resource is none of this relay's.")
        return self._known(found[3])

    def protected(self, path: str, host: str) -> dict[str, object] | None:
        """The metadata of one resource (RFC 9728), by its well-known path; None for no server."""
        found = _PROTECTED.fullmatch(path)
        if found is None:
            return None
        try:
            server = self._known(found[2])
        except GrantRefused:
            return None
        return {
            "resource": f"http://{host}{found[1]}",
            "authorization_servers": [self.issuer],
            "scopes_supported": [SCOPE],
            "bearer_methods_supported": ["header"],
            "resource_name": f"{server} through Keyfob" if server else "Keyfob",
        }

    def authorization_server(self) -> dict[str, object]:
        """The metadata of the server itself (RFC 8414)."""
        issuer = self.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "registration_endpoint": f"{issuer}/register",
            "revocation_endpoint": f"{issuer}/revoke",
            "scopes_supported": [SCOPE],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _known(self, name: str | None) -> str | None:
        server = None if name is None else unquote(name)
        if server is not None and (server not in self._servers() or quote(server, safe="") != name):
            raise GrantRefused("invalid_target", "There is no such server.")
        return server

    def _origins(self, host: str) -> frozenset[str]:
        port = self._base_url().rpartition(":")[2]
        return frozenset((*(f"http://{name}:{port}" for name in _NAMES), f"http://{host.lower()}"))
