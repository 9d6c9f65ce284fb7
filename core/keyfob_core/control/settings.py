"""Keyfob's own settings, shown and changed one by one."""

from __future__ import annotations

from collections.abc import Mapping

from keyfob_core.config import MEBIBYTE, Config
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.control.widening import Widening
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import put_settings
from keyfob_core.tables import nearest

Value = bool | int | str | None

_DAY, _HOUR = 86400.0, 3600.0


def settings_in(config: Config) -> dict[str, Value]:
    """Every setting by its path in config.toml, as it is in force; None for one that is unset."""
    relay, sessions = config.relay, config.sessions
    return {
        "defaults.access": config.default_access.value,
        "defaults.pinning": "ask" if config.pinning else "off",
        "lock.screen": config.lock.screen,
        "lock.idle": config.lock.idle,
        "relay.port": relay.port,
        "relay.wait": int(relay.wait),
        "relay.list_wait": int(relay.list_wait),
        "relay.max_body_mib": relay.max_body // MEBIBYTE,
        "relay.search_above": relay.search_above,
        "sessions.max_age_days": int(sessions.max_age / _DAY),
        "sessions.max_idle_hours": int(sessions.max_idle / _HOUR),
        "sessions.per_client": sessions.per_client,
        "audit.keep_days": config.audit.keep_days,
        "audit.keep_mib": config.audit.keep_mib,
        "audit.syslog": config.audit.syslog,
        "network.proxy": config.proxy,
        "window.language": config.language,
        "oauth.client_metadata_url": config.client_metadata_url,
    }


class SettingsDesk:
    """Changes settings; what allows more waits for a yes, and comments stay."""

    def __init__(self, config: LiveConfig, widening: Widening, audit: Audit) -> None:
        self._config = config
        self._widening = widening
        self._audit = audit

    def show(self) -> dict[str, Value]:
        """Every setting as it is in force."""
        return settings_in(self._config())

    async def change(self, values: Mapping[str, object], *, confirmed: bool) -> dict[str, Value]:
        """Write these, by their paths; None gives one its default back.

        Raises ConfigInvalid by the path, ConfirmationNeeded and AccessDenied; then nothing changed.
        """
        known = self.show()
        wanted: dict[str, Value] = {}
        for path, value in values.items():
            if path not in known:
                raise ConfigInvalid(path, "is no setting", nearest(path, known))
            if not isinstance(value, bool | int | str | None):
                raise ConfigInvalid(path, "must be a text, a whole number, true or false")
            wanted[path] = value or None if isinstance(value, str) else value
        if not wanted:
            return known
        edit = put_settings(wanted)
        if wider := self._config.foresee(edit):
            prompt = WideningPrompt(
                title="Change settings",
                text="Change Keyfob's settings so that they allow more?",
                details=tuple((change.part, change.words) for change in wider),
            )
            await self._widening.agree(prompt, confirmed=confirmed)
        self._config.edit(edit)
        details = {"settings": ", ".join(wanted)}
        note(self._audit, AuditEvent(event="settings_changed", outcome="ok", details=details))
        return self.show()
