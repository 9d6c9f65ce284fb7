"""The tables of config.toml about Keyfob itself, read into their values."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from keyfob_core.addresses.network import SYSTEM_PROXY, check_proxy_setting
from keyfob_core.addresses.origins import is_secure_url
from keyfob_core.config import (
    DEFAULT_PORT,
    LANGUAGES,
    MEBIBYTE,
    STORES,
    AuditSettings,
    LockSettings,
    Relay,
)
from keyfob_core.sessions.session_life import USUAL_LIMITS, SessionLimits
from keyfob_core.tables import Table


def settings_fields(top: Table) -> dict[str, Any]:
    """The fields of a Config that are settings; raises ConfigInvalid that names the field."""
    return {
        "relay": _relay(top.table("relay")),
        "audit": _audit(top.table("audit")),
        "lock": _lock(top.table("lock")),
        "sessions": _sessions(top.table("sessions")),
        "store": _store(top.table("store")),
        "language": _language(top.table("window")),
        "proxy": _proxy(top.table("network")),
        "client_metadata_url": _metadata_url(top.table("oauth")),
    }


def _relay(table: Table) -> Relay:
    table.only(("port", "wait", "max_body_mib", "list_wait", "search_above"))
    return Relay(
        _within(table, "port", DEFAULT_PORT, 0, 65535),
        float(_within(table, "wait", 45, 1, 3600)),
        _within(table, "max_body_mib", 64, 1, 4096) * MEBIBYTE,
        float(_within(table, "list_wait", 3, 1, 60)),
        _within(table, "search_above", 0, 0, 100_000) if "search_above" in table else None,
    )


def _audit(table: Table) -> AuditSettings:
    table.only(("keep_days", "keep_mib", "syslog"))
    return AuditSettings(
        _within(table, "keep_days", 400, 1, 36_500),
        _within(table, "keep_mib", 1024, 64, 1 << 20),
        _syslog(table),
    )


def _lock(table: Table) -> LockSettings:
    table.only(("screen", "idle"))
    idle = _within(table, "idle", 0, 1, 100_000) if "idle" in table else None
    return LockSettings(table.flag("screen", True), idle)


def _sessions(table: Table) -> SessionLimits:
    table.only(("max_age_days", "max_idle_hours", "per_client"))
    return SessionLimits(
        _within(table, "max_age_days", 30, 1, 365) * 86400.0,
        _within(table, "max_idle_hours", 168, 1, 8760) * 3600.0,
        _within(table, "per_client", USUAL_LIMITS.per_client, 1, 10_000),
    )


def _syslog(table: Table) -> str | None:
    target = table.text("syslog")
    if target is None or target == "local":
        return target
    try:
        parts = urlsplit(target)
        good = parts.scheme in ("udp", "tcp") and parts.hostname and (parts.port or 514)
    except ValueError:
        good, parts = False, urlsplit("")
    if not good or parts.path or parts.query or "@" in parts.netloc:
        hint = "Use local, udp://HOST:PORT or tcp://HOST:PORT."
        raise table.wrong("syslog", f"{target!r} is no syslog server", hint)
    return target


def _within(table: Table, key: str, default: int, least: int, most: int) -> int:
    number = table.number(key, default)
    if not least <= number <= most:
        raise table.wrong(key, f"{number} is out of range", f"Use {least} to {most}.")
    return number


def _store(table: Table) -> str:
    kind = table.only(("kind",)).text("kind") or "keychain"
    if kind not in STORES:
        raise table.wrong("kind", f"{kind!r} is no store", f"Use {' or '.join(STORES)}.")
    return kind


def _language(table: Table) -> str:
    language = table.only(("language",)).text("language") or LANGUAGES[0]
    if language not in LANGUAGES:
        raise table.wrong(
            "language", f"the window does not speak {language!r}", f"Use {', '.join(LANGUAGES)}."
        )
    return language


def _proxy(table: Table) -> str:
    return check_proxy_setting(table.only(("proxy",)).text("proxy") or SYSTEM_PROXY)


def _metadata_url(table: Table) -> str | None:
    url = table.only(("client_metadata_url",)).text("client_metadata_url")
    if url is not None and not (is_secure_url(url) and urlsplit(url).path.strip("/")):
        raise table.wrong(
            "client_metadata_url",
            f"{url!r} is no https address with a path",
            "Give the address at which your client ID metadata document lies.",
        )
    return url
