"""The address of the loopback redirect (RFC 8252, section 7.3)."""

from __future__ import annotations

from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import Profile

ADDRESSES = {
    "127.0.0.1": ("127.0.0.1",),
    "localhost": ("127.0.0.1", "::1"),
    "::1": ("::1",),
    "[::1]": ("::1",),
}
"""Where the redirect listens for each host that a profile may name."""
_UNFIT = set(" ?#{}\\%")


def redirect_uri_of(profile: Profile, port: int | None = None) -> str:
    """The redirect URI of a profile, as a person copies it into a provider's page.

    Without a port where none is fixed: a loopback redirect may then use any (RFC 8252, section
    7.3). Raises ConfigInvalid for a host or path that cannot be one of ours.
    """
    if profile.callback_host not in ADDRESSES:
        raise ConfigInvalid(
            "callback_host",
            f"{profile.callback_host!r} is not this machine",
            "Take 127.0.0.1, localhost or [::1].",
        )
    path = profile.callback_path
    if not (path.startswith("/") and path.isascii() and path.isprintable()) or set(path) & _UNFIT:
        raise ConfigInvalid("callback_path", f"{path!r} is no path", "Give one like /callback.")
    host = "[::1]" if profile.callback_host == "::1" else profile.callback_host
    port = profile.callback_port or port
    return f"http://{host}:{port}{path}" if port else f"http://{host}{path}"
