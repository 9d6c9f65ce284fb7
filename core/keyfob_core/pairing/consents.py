"""The person's answer to a client that wants to pair: one question at a time, asked in Keyfob."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import PurePath

from keyfob_core.config import check_client_name
from keyfob_core.errors import ConfigInvalid
from keyfob_core.identity.naming import suggested_name
from keyfob_core.identity.pairings import Pairing, PairingTable
from keyfob_core.model import AuditEvent, Claims
from keyfob_core.pairing.authorization import AuthorizationRequest
from keyfob_core.pairing.codes import Codes
from keyfob_core.pairing.registration import Registrar
from keyfob_core.ports import Audit, Taken
from keyfob_core.prompts import Answer, Decision, Dismissed, PairingPrompt
from keyfob_core.questions import Questions

PATIENCE_SECONDS = 300.0
_MOST_KEPT = 20


@dataclass(slots=True)
class _Asked:
    request: AuthorizationRequest
    task: asyncio.Task[str]
    """Its result is where the browser goes."""


class Consents:
    """Asks for a yes, and keeps the answer until the browser comes for it."""

    def __init__(
        self,
        questions: Questions,
        registrar: Registrar,
        table: PairingTable,
        codes: Codes,
        audit: Audit,
        taken: Taken,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._questions = questions
        self._registrar = registrar
        self._table = table
        self._codes = codes
        self._audit = audit
        self._taken = taken
        self._patience = patience
        self._asked: dict[str, _Asked] = {}

    def open(self, request: AuthorizationRequest) -> str | None:
        """Ask the person, and answer the id to wait by; None while another client is asked about.

        The same request asked again waits for the same answer.
        """
        for wait_id, asked in self._asked.items():
            if not asked.task.done():
                return wait_id if asked.request == request else None
        while len(self._asked) >= _MOST_KEPT:
            del self._asked[next(iter(self._asked))]
        wait_id = secrets.token_urlsafe(24)
        self._asked[wait_id] = _Asked(request, asyncio.create_task(self._ask(wait_id, request)))
        return wait_id

    @property
    def attended(self) -> bool:
        """Whether a person can answer at all."""
        return self._questions.attended

    def client(self, wait_id: str) -> str | None:
        """What the client calls itself whose answer is awaited; None where none is."""
        asked = self._asked.get(wait_id)
        return asked.request.client.name if asked and not asked.task.done() else None

    def take(self, wait_id: str) -> str | None:
        """Where the browser goes with the answer, once; None where there is none."""
        asked = self._asked.get(wait_id)
        if asked is None or not asked.task.done():
            return None
        del self._asked[wait_id]
        return None if asked.task.cancelled() else asked.task.result()

    async def close(self) -> None:
        """Withdraw what is asked."""
        tasks = [asked.task for asked in self._asked.values()]
        self._asked.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, wait_id: str, request: AuthorizationRequest) -> str:
        key = ("pairing", wait_id)
        prompt = self._prompt(request)
        try:
            async with asyncio.timeout(self._patience):
                answer: Answer = await self._questions.ask(key, prompt, wait=None)
        except TimeoutError:
            answer = Dismissed()
        finally:
            self._questions.withdraw(key)
        name = _named(answer, prompt.suggested_name)
        outcome = "allow" if name else "dismissed" if isinstance(answer, Dismissed) else "deny"
        self._audit.record(
            AuditEvent(
                event="decision",
                client=name,
                server=request.server,
                outcome=outcome,
                details={
                    "asked": "Let a client pair",
                    "claimed": request.client.name,
                    "process": request.client.executable,
                    "redirect": request.redirect,
                },
            )
        )
        if name is None:
            return request.refused("access_denied", "The person did not let the client in.")
        return request.answer({"code": self._codes.new(request, name)})

    def _prompt(self, request: AuthorizationRequest) -> PairingPrompt:
        client = request.client
        peer = self._registrar.peer(client)
        before = [one for one in self._table.pairings() if one.client_id == client.client_id]
        return PairingPrompt(
            claimed=Claims(name=client.name or None),
            peer=peer,
            executable=client.executable,
            redirect=request.redirect,
            server=request.server,
            suggested_name=self._suggested(before, client.name, client.executable),
        )

    def _suggested(self, before: list[Pairing], claimed: str, executable: str | None) -> str:
        if before:
            return before[-1].client
        wanted = claimed or (PurePath(executable).stem if executable else "")
        return suggested_name(wanted, self._taken())


def _named(answer: Answer, suggested: str) -> str | None:
    """The name of a client that was let in."""
    if not isinstance(answer, Decision) or not answer.allow:
        return None
    try:
        return check_client_name("name", answer.text or suggested)
    except ConfigInvalid:
        return None
