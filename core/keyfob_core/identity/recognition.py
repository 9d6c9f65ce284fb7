"""Step 1: which client is this, which process, which person."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath

from keyfob_core.config import check_client_name
from keyfob_core.errors import AccessDenied, ConfigInvalid, RequestRefused
from keyfob_core.identity.lockout import Lockout
from keyfob_core.identity.naming import suggested_name
from keyfob_core.identity.signers import SignerOf
from keyfob_core.model import AuditEvent, AuthContext, Claims, Client, Inbound, KnownBy, Peer
from keyfob_core.ports import Audit, ClientTable, Clock, Taken
from keyfob_core.prompts import Answer, ClientPrompt, Decision
from keyfob_core.questions import Questions
from keyfob_core.states import ClientState
from keyfob_core.tuples import made
from keyfob_core.waits import Wait

TOKEN_PREFIX = "kf_"
_TOKENS = 64
_NOT_YET = tuple(
    AuthContext._field_defaults[name]
    for name in AuthContext._fields[AuthContext._fields.index("claimed") + 1 :]
)
"""What later steps set."""
_NEWS = 1.0
"""Seconds; that a client was seen a moment ago is not noted again."""
_MAKE_ONE = "Make one with `keyfob client token NAME` and send it as a Bearer token."
_MAKE_ANOTHER = "Make a new one with `keyfob client token NAME`."
OWN_NAME = "Keyfob"
"""The window's own name, which no other client may bear."""


def new_token() -> str:
    """A fresh client token: 256 random bits behind a prefix that scanners can know."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is kept of a client token.

    A plain SHA-256: the token is random, so there is nothing to guess, and looking a digest up
    tells nothing by its timing.
    """
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class Identity:
    """Turns a request into the beginning of its AuthContext."""

    def __init__(
        self,
        table: ClientTable,
        questions: Questions,
        audit: Audit,
        clock: Clock,
        person: str,
        lockout: Lockout | None = None,
        taken: Taken = tuple,
        signer_of: SignerOf | None = None,
    ) -> None:
        """`signer_of` is None where programs bear no signatures."""
        self._table = table
        self._questions = questions
        self._audit = audit
        self._clock = clock
        self._person = person
        self._lockout = lockout or Lockout(clock)
        self._taken = taken
        self._signer_of = signer_of
        # A client's next request has the token of its last.
        self._digest = lru_cache(maxsize=_TOKENS)(token_digest)

    def admit(self, inbound: Inbound) -> None:
        """Check the token alone; raises RequestRefused (401 or 429) as `identify` would."""
        if inbound.token is not None or inbound.peer is None:
            self._by_token(inbound)

    def known_name(self, inbound: Inbound) -> str | None:
        """The client's name where its token or its process has one; asks nobody."""
        try:
            found = self._good(inbound) if inbound.token is not None else None
        except RequestRefused:
            return None
        if found is None and inbound.token is None and inbound.peer is not None:
            found = self._table.by_executable(inbound.peer.executable)
        return found.name if found else None

    async def identify(
        self, inbound: Inbound, claimed: Claims, request_id: str, *, wait: Wait
    ) -> AuthContext:
        """Name the client by its token, else by its process.

        Raises RequestRefused (401, or 429 for one too many) for no or a wrong token,
        AnswerAwaited, PersonAwaited or AccessDenied while nobody has named the process.
        """
        peer = inbound.peer
        if inbound.token is not None or peer is None:
            found = self._by_token(inbound)
        else:
            if self._signer_of is not None:
                peer = replace(peer, signer=await self._signer_of(peer.executable))
            found = self._table.by_executable(peer.executable)
            if found is None or found.signer != peer.signer:
                found = await self._name(peer, found, inbound.claimed_name, claimed, wait)
        now = self._clock()
        if found.last_used_at is None or not 0 <= now - found.last_used_at < _NEWS:
            self._table.used(found, now)
        client = _client(found.name, found.known_by, found.token_id)
        who = request_id, inbound.listener, client, self._person, peer, claimed
        return made(AuthContext, (*who, *_NOT_YET))

    def _by_token(self, inbound: Inbound) -> ClientState:
        try:
            return self._good(inbound)
        except RequestRefused as error:
            if error.rule == "token-unknown":
                self._lockout.check(inbound)
                self._lockout.wrong(inbound)
            raise

    def _good(self, inbound: Inbound) -> ClientState:
        """The client whose token is good here and now; raises RequestRefused (401)."""
        if inbound.token is None:
            raise _bad_token("missing", "No client token.", _MAKE_ONE)
        found = self._table.by_digest(self._digest(inbound.token))
        in_url = inbound.token_in_url
        if found is None or (in_url and found.server is None):
            raise _bad_token(
                "unknown", "The client token is not known, or was revoked.", _MAKE_ANOTHER
            )
        if found.expires_at is not None and self._clock() >= found.expires_at:
            raise _bad_token("expired", "The client token has expired.", "Renew it, or pair again.")
        if found.known_by is KnownBy.PAIRING and not inbound.at_pair:
            raise _bad_token(
                "elsewhere", "A token of pairing is good under /pair only.", _MAKE_ANOTHER
            )
        if found.server is not None and not in_url and found.server != inbound.server:
            raise _bad_token(
                "elsewhere",
                f"This client token serves {found.server} only.",
                "Make one without --in-url, or pair at /pair/mcp, for several servers.",
            )
        return found

    async def _name(
        self,
        peer: Peer,
        former: ClientState | None,
        claimed_name: str | None,
        claimed: Claims,
        wait: Wait,
    ) -> ClientState:
        """Ask what to call a program, or whether one that another has signed since is the same."""
        if not self._questions.attended:
            raise AccessDenied(
                "A program that nobody has named yet wants to use Keyfob.",
                "Start the Keyfob tray app to name it, or set KEYFOB_TOKEN to a client token.",
            )
        wanted = claimed_name or claimed.name or PurePath(peer.executable).stem
        suggested = former.name if former else suggested_name(wanted, self._taken())
        prompt = ClientPrompt(
            peer=peer,
            claimed=claimed,
            suggested_name=suggested,
            former=former.name if former else None,
            former_signer=former.signer if former else None,
        )
        key = ("client", peer.executable, peer.signer)

        async def keep(answer: Answer) -> None:
            if isinstance(answer, Decision) and answer.allow:
                self._keep(peer, answer.text or suggested)

        answer = await self._questions.ask(key, prompt, wait=wait, keep=keep)
        if not isinstance(answer, Decision) or not answer.allow:
            raise AccessDenied(
                f"{peer.executable} was not allowed to use Keyfob.",
                "Start it again and name it in Keyfob.",
            )
        known = self._table.by_executable(peer.executable)
        if known is not None and known.signer == peer.signer:
            return known
        return self._keep(peer, answer.text or suggested)

    def _keep(self, peer: Peer, name: str) -> ClientState:
        try:
            check_client_name("name", name)
        except ConfigInvalid as error:
            raise AccessDenied(error.message, error.hint) from error
        details = {"process": peer.executable, "signer": peer.signer}
        self._audit.record(AuditEvent(event="client_named", client=name, details=details))
        return self._table.name_executable(peer.executable, name, self._clock(), peer.signer)


def _bad_token(what: str, message: str, hint: str) -> RequestRefused:
    return RequestRefused(401, message, hint, rule=f"token-{what}")


@lru_cache(maxsize=_TOKENS)
def _client(name: str, known_by: KnownBy, token_id: str | None) -> Client:
    return Client(name, known_by, token_id)


class WithOwnClient:
    """The client table, and beside it Keyfob's own window for as long as the engine lives."""

    def __init__(self, table: ClientTable, digest: str) -> None:
        self._table = table
        self._digest = digest
        self._own = ClientState(
            name=OWN_NAME, known_by=KnownBy.KEYFOB, created_at=0.0, last_used_at=None
        )

    def by_digest(self, digest: str) -> ClientState | None:
        """The client whose unrevoked token has this digest."""
        return self._own if digest == self._digest else self._table.by_digest(digest)

    def by_executable(self, executable: str) -> ClientState | None:
        """The client that the person named this executable."""
        return self._table.by_executable(executable)

    def used(self, client: ClientState, at: float) -> None:
        """Note that the client was seen."""
        if client is not self._own:
            self._table.used(client, at)

    def name_executable(
        self, executable: str, name: str, at: float, signer: str | None = None
    ) -> ClientState:
        """Keep the person's name for an executable, and who has signed it."""
        return self._table.name_executable(executable, name, at, signer)
