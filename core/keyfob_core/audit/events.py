"""The published list of audit events: a name and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "engine_started": "The engine began to serve.",
        "engine_stopped": "The engine ended in good order.",
        "autostart": "Keyfob starts at login from now on, or no longer.",
        "forwarding": "A request is about to go to a server; written before its first byte does.",
        "outcome": "A request that was forwarded has ended, in the way that its outcome says.",
        "refused": "Requests were refused; `times` counts those of one source, reason and minute.",
        "prompt": "A person was asked whether a call may pass; its arguments are redacted.",
        "decision": "A person, a rule or nobody decided; the outcome and the details say which.",
        "sign_in": "A sign-in began, went wrong or ended.",
        "account_connected": "An account's first credential was stored, or a new one replaced it.",
        "account_disconnected": "An account's credential was erased.",
        "refreshed": "An access token was replaced by its successor.",
        "refresh_failed": "A refresh did not succeed; the details say whether it is tried again.",
        "server_added": "A server was added to the configuration.",
        "document_read": "The OpenAPI document of a server was read again and is in use.",
        "server_removed": "A server was removed from the configuration.",
        "rule_added": "A rule was added by a command or by a remembered decision.",
        "rule_removed": "A rule was removed, or its time ran out.",
        "client_added": "An entry for Keyfob was written into a client's configuration.",
        "client_undone": "Keyfob's entry was taken out of a client's configuration again.",
        "client_imported": "Servers of a client's configuration were moved into Keyfob.",
        "client_restored": "What an import took out of a client's files was put back.",
        "client_token_issued": "A client was given a token.",
        "client_token_revoked": "One token of a client was taken back.",
        "client_revoked": "A client lost its tokens and its name.",
        "client_registered": "A client registered itself to pair; nobody has let it in yet.",
        "client_paired": "A client that the person let in by pairing got its tokens.",
        "pairing_ended": "A pairing has ended, and its tokens with it; the details say why.",
        "client_named": "A person gave a program its name.",
        "tools_waiting": "A server listed tools that are new or changed; they wait for a person.",
        "tool_approved": "A tool's text was approved; written before the approval holds.",
        "tool_rejected": "A tool's text was refused, and is asked about no more.",
        "config_changed": "The configuration was changed by hand and read again.",
        "config_accepted": "A person accepted what was edited by hand in the configuration.",
        "settings_changed": "Settings were changed by a command or in the window.",
        "access_changed": "What a tool or a server may be used for was changed.",
        "approvals_refused": "Approvals in state.db were of another hand; they count for nothing.",
        "store_moved": "Every secret was moved from one kind of store to another.",
        "store_state": "The credential store changed its condition.",
        "session_ended": "A session with a server is over; the details say by what.",
        "locked": "Keyfob was locked; the details say by what.",
        "unlocked": "Keyfob was opened again by the person.",
        "paused": "The person lets no call pass for a while.",
        "resumed": "The person ended a pause.",
        "log_recovered": "The end of this log was found damaged; what was cut is kept beside it.",
        "log_trimmed": "Old files were removed; the log begins behind the event of this number.",
        "log_cut": "Events that had been anchored in the credential store are missing here.",
    }
)
