"""The way out: which proxy leads to a server."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from keyfob_core.errors import UpstreamUnreachable
from keyfob_core.origins import is_loopback_url


def proxy_for(url: str) -> str | None:
    """The proxy that the environment, or the system's settings, name for a server.

    Raises UpstreamUnreachable for one of a kind that cannot be used.
    """
    parts = urlsplit(url)
    if is_loopback_url(url) or proxy_bypass(parts.hostname or ""):
        return None
    proxy = getproxies().get(parts.scheme)
    if not proxy:
        return None
    scheme, found, _ = proxy.partition("://")
    if found and scheme.lower() not in ("http", "https"):
        raise UpstreamUnreachable(
            f"The way out is a proxy of the kind {scheme}, which Keyfob cannot use.",
            "Set an http proxy in HTTPS_PROXY, or name the server in NO_PROXY.",
        )
    return proxy if found else f"http://{proxy}"
