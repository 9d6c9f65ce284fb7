"""What a sign-in tells on its way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a sign-in did, in words a person can follow."""

    name: str
    """discovery, registration, browser, code, paste, callback, token, checked or stored."""
    text: str
    details: tuple[tuple[str, str], ...] = ()
    """What a window shows apart, by name: a device code's parts, an address to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What a person enters where to let this device sign in (RFC 8628, section 3.2)."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None = None
    """Has the code in it, for a QR code."""
    expires_at: float
    """Seconds since the epoch."""
    interval: float
    """Seconds between two questions to the server."""
