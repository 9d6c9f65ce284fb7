"""Every error Keyfob raises on purpose.

Error:
├── AccessDenied            a rule or a person said no
├── AnswerAwaited           nobody has answered yet; the question stays open
├── CredentialMissing       the server has no connected account
├── SignInNeeded            the account's sign-in has ended
├── StoreLocked             the keychain is there but locked
├── StoreUnavailable        no keychain, or it does not answer
├── UpstreamUnreachable     network failure, time-out or 5xx from outside: passes by itself
├── UpstreamRefused         the server refuses the credential we hold
├── OAuthFailed             an authorization server, or a check on it, said no
├── AuditUnavailable        the log cannot be written, so nothing is forwarded
├── StateUnavailable        state.db is damaged, newer than this program, or cannot be written
├── RequestRefused          a request that breaks the relay's rules
├── UnknownName             no server, account, client or rule of that name
├── ConfigInvalid           config.toml, by field
├── EngineUnreachable       the running engine does not answer
├── ConfirmationNeeded      a command that allows more waits for a yes
├── Locked                  Keyfob is locked until the person opens it
└── Paused                  the person lets no call pass for a while
"""

from __future__ import annotations

from typing import ClassVar


class Error(Exception):
    """Base of all: `message` says what happened, `hint` what the person can do about it."""

    code: ClassVar[str] = "error"
    """Stable name, in `--json` output and on the control socket."""
    rpc_code: ClassVar[int] = -31000
    """The JSON-RPC code a client sees; the table stands in the README."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class AccessDenied(Error):
    """A rule or a person said no."""

    code = "access_denied"
    rpc_code = -31001


class AnswerAwaited(Error):
    """Nobody has answered yet; the prompt stays and its answer serves a repeated request."""

    code = "answer_awaited"
    rpc_code = -31002

    def __init__(self, message: str, hint: str = "", *, wait_id: str = "") -> None:
        super().__init__(message, hint)
        self.wait_id = wait_id


class CredentialMissing(Error):
    """The server has no connected account."""

    code = "credential_missing"
    rpc_code = -31003


class SignInNeeded(Error):
    """The account's sign-in has ended; only the person can start it again."""

    code = "sign_in_needed"
    rpc_code = -31004


class StoreLocked(Error):
    """The keychain is there but locked."""

    code = "store_locked"
    rpc_code = -31005


class StoreUnavailable(Error):
    """There is no keychain, or it does not answer."""

    code = "store_unavailable"
    rpc_code = -31006


class UpstreamUnreachable(Error):
    """Network failure, time-out or 5xx from outside: nothing of ours is wrong, and it passes."""

    code = "upstream_unreachable"
    rpc_code = -31007


class UpstreamRefused(Error):
    """The server refuses the credential we hold."""

    code = "upstream_refused"
    rpc_code = -31008


class OAuthFailed(Error):
    """An authorization server, or one of our checks on it, said no.

    `oauth_code` is the RFC 6749 error code, or one of ours: issuer_mismatch, state_mismatch,
    resource_mismatch, pkce_unsupported, insecure_url, registration_unavailable,
    callback_unavailable, device_code_unsupported, cancelled, timed_out, bad_metadata,
    bad_response.
    """

    code = "oauth_failed"
    rpc_code = -31009

    def __init__(self, oauth_code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.oauth_code = oauth_code


class AuditUnavailable(Error):
    """The audit log cannot be written, so nothing is forwarded."""

    code = "audit_unavailable"
    rpc_code = -31010


class RequestRefused(Error):
    """A request that breaks the relay's rules, with the HTTP status that says so.

    `rule` is the name of the check that it failed, as the audit has it; `retry_after` says in how
    many seconds it may be tried again, where time helps.
    """

    code = "request_refused"
    rpc_code = -31011

    def __init__(
        self,
        status: int,
        message: str,
        hint: str = "",
        *,
        rpc_code: int = 0,
        rule: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.rule = rule
        self.retry_after = retry_after
        self.wire_code = rpc_code or self.rpc_code


class UnknownName(Error):
    """There is no server, account, client or rule of that name."""

    code = "unknown_name"
    rpc_code = -31012


class ConfigInvalid(Error):
    """A value in config.toml, or given to a command, that cannot be; `field` names it."""

    code = "config_invalid"
    rpc_code = -31013

    def __init__(self, field: str, message: str, hint: str = "") -> None:
        super().__init__(f"{field}: {message}", hint)
        self.field = field


class EngineUnreachable(Error):
    """The running engine does not answer."""

    code = "engine_unreachable"
    rpc_code = -31014


class ConfirmationNeeded(Error):
    """A command that allows more waits for a yes at the terminal, or for `--yes`."""

    code = "confirmation_needed"
    rpc_code = -31015


class StateUnavailable(Error):
    """state.db is damaged, newer than this program, or cannot be written."""

    code = "state_unavailable"
    rpc_code = -31016


class Locked(Error):
    """Keyfob is locked: no credential is used and no call passes until the person opens it."""

    code = "locked"
    rpc_code = -31018


class Paused(Error):
    """The person lets no call pass until they resume, or until a time."""

    code = "paused"
    rpc_code = -31019
