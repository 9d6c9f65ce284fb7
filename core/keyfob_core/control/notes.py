"""Events about what has already been done."""

from __future__ import annotations

import logging

from keyfob_core.errors import AuditUnavailable
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit

_log = logging.getLogger(__name__)


def note(audit: Audit, event: AuditEvent) -> None:
    """Record what was done; a log that is shut does not undo it.

    What allows more has its decision in the log before it is done; what allows less must work
    although the keychain, and with it the log, is shut.
    """
    try:
        audit.record(event)
    except AuditUnavailable:
        _log.info("%s could not be recorded, because the audit log is shut.", event.event)
