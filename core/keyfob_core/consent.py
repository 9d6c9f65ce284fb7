"""Step 4 where the rules say ask: the person's decision, and how long it lasts."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from keyfob_core.access import Ruling
from keyfob_core.errors import AccessDenied
from keyfob_core.model import AuditEvent, AuthContext, KnownBy, Verdict
from keyfob_core.ports import Audit
from keyfob_core.prompts import AccessPrompt, Answer, Decision, Dismissed, Lasts, SeenTool
from keyfob_core.questions import Questions
from keyfob_core.waits import Wait
from keyfob_core.words.masking import masked

KeepRule = Callable[[AuthContext, Decision], Awaitable[str]]
"""Writes a decision that lasts as a rule and answers the rule's id."""

MAX_SESSION_DECISIONS = 1000
_TOLD = 256
_UNTIL_LOCK = ":until-lock"
"""Stands in place of a session, whose ids have no colon."""


class _Key(NamedTuple):
    """What an answer is remembered for."""

    client: str
    token_id: str | None
    session: str | None
    server: str | None
    tool: str | None
    pin: str | None
    account: str | None


class Consent:
    """Asks the person, and remembers what was decided for a session or until the lock."""

    def __init__(self, questions: Questions, audit: Audit, keep_rule: KeepRule) -> None:
        self._questions = questions
        self._audit = audit
        self._keep_rule = keep_rule
        self._remembered: dict[_Key, bool] = {}
        self._told: deque[str] = deque(maxlen=_TOLD)

    async def decide(
        self,
        context: AuthContext,
        arguments: object,
        *,
        wait: Wait,
        says: SeenTool | None = None,
    ) -> Ruling:
        """The person's ruling on one call; `says` is the tool as its server describes it.

        Raises AnswerAwaited, PersonAwaited, or AccessDenied when nobody can or does answer.
        """
        for key, words in (
            (_key_of(context, context.session_id), "this session's answer"),
            (_key_of(context, _UNTIL_LOCK), "your answer until the lock"),
        ):
            if (remembered := self._remembered.get(key)) is not None:
                return _ruling(remembered, words)
        if not self._questions.attended:
            raise AccessDenied(
                f"Nobody can be asked whether {context.client.name} may call {context.tool}.",
                "Start the Keyfob tray app, or allow it with `keyfob rule add`.",
            )
        try:
            text, shown = _text(arguments), _text(masked(arguments))
        except RecursionError:
            raise AccessDenied(
                f"The arguments for {context.tool} are nested deeper than anybody can be shown.",
                "Send flatter ones, or allow the tool with `keyfob rule add`.",
            ) from None
        self._asked(context, text, masked(arguments))
        noted: list[Ruling] = []

        async def keep(answer: Answer) -> None:
            # The call may have stopped waiting, and Keyfob may end before it is made again.
            noted.append(await self._note(context, answer))

        answer = await self._questions.ask(
            _key(context, text), _prompt(context, shown, says), wait=wait, keep=keep
        )
        if not noted:
            # It was asked for another call, whose session and token are its own.
            await keep(answer)
        if isinstance(answer, Dismissed):
            raise AccessDenied(
                f"Nobody answered whether {context.client.name} may call {context.tool}.",
                "Call again and answer the question in Keyfob.",
            )
        return noted[0]

    def end_session(self, session_id: str) -> None:
        """Forget what was answered for a session; its id is that of an `AuthContext`."""
        self._forget(lambda key: key.session == session_id)

    def lock(self) -> None:
        """Forget what was answered until the lock, and for sessions that nothing else ends."""
        self._forget(lambda key: key.session in (_UNTIL_LOCK, None))

    def _forget(self, ends: Callable[[_Key], bool]) -> None:
        for key in [key for key in self._remembered if ends(key)]:
            del self._remembered[key]

    def _remember(self, key: _Key, allow: bool) -> None:
        if len(self._remembered) >= MAX_SESSION_DECISIONS:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[key] = allow

    async def _note(self, context: AuthContext, answer: Answer) -> Ruling:
        if isinstance(answer, Dismissed):
            self._record(context, "dismissed", None)
            return _ruling(False, "no answer")
        self._record(context, "allow" if answer.allow else "deny", answer.lasts)
        if answer.lasts is Lasts.SESSION:
            self._remember(_key_of(context, context.session_id), answer.allow)
        if answer.lasts is Lasts.UNTIL_LOCK:
            self._remember(_key_of(context, _UNTIL_LOCK), answer.allow)
        if answer.lasts in (Lasts.HOURS, Lasts.ALWAYS):
            rule_id = await self._keep_rule(context, answer)
            return _ruling(answer.allow, f"your answer, kept as rule {rule_id}")
        return _ruling(answer.allow, "your answer")

    def _asked(self, context: AuthContext, arguments: str, shown: object) -> None:
        """Record what is asked: the arguments as they are shown, and the digest of all of them.

        Once for each call: one that begins to wait comes here again.
        """
        if context.request_id in self._told:
            return
        self._told.append(context.request_id)
        details = {"arguments": json.dumps(shown, ensure_ascii=False), "digest": _digest(arguments)}
        self._audit.record(
            AuditEvent(
                event="prompt",
                request_id=context.request_id,
                client=context.client.name,
                server=context.server,
                tool=context.tool,
                account=context.account,
                details=details,
            )
        )

    def _record(self, context: AuthContext, outcome: str, lasts: Lasts | None) -> None:
        self._audit.record(
            AuditEvent(
                event="decision",
                request_id=context.request_id,
                client=context.client.name,
                server=context.server,
                tool=context.tool,
                account=context.account,
                outcome=outcome,
                details={"lasts": lasts.value if lasts else None},
            )
        )


def _text(arguments: object) -> str:
    return json.dumps(arguments, indent=2, ensure_ascii=False, sort_keys=True)


def _ruling(allow: bool, decided_by: str) -> Ruling:
    return Ruling(Verdict.ALLOW if allow else Verdict.DENY, decided_by)


def _prompt(context: AuthContext, arguments: str, says: SeenTool | None) -> AccessPrompt:
    # A program known by its path alone may be anybody's by tomorrow: no "always" for it.
    lasting = (Lasts.ALWAYS,) if context.client.known_by is not KnownBy.PROCESS else ()
    return AccessPrompt(
        request_id=context.request_id,
        client=context.client,
        peer=context.peer,
        claimed=context.claimed,
        server=context.server or "",
        tool=context.tool or "",
        account=context.account,
        arguments=arguments,
        lasts=(Lasts.ONCE, Lasts.SESSION, Lasts.UNTIL_LOCK, Lasts.HOURS, *lasting),
        says=says,
    )


def _key(context: AuthContext, arguments: str) -> tuple[str | None, ...]:
    digest = _digest(arguments)
    return ("access", context.client.name, context.server, context.tool, context.account, digest)


def _digest(arguments: str) -> str:
    return hashlib.sha256(arguments.encode(errors="surrogatepass")).hexdigest()


def _key_of(context: AuthContext, session: str | None) -> _Key:
    client = context.client
    return _Key(
        client.name,
        client.token_id,
        session,
        context.server,
        context.tool,
        context.pin,
        context.account,
    )
