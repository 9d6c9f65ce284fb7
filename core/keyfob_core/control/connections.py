"""Connecting accounts: by a command, or because a call needs one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from keyfob_core.accounts.credentials import PROGRAM
from keyfob_core.accounts.owner import Accounts
from keyfob_core.config import Account, Server, ServerKind
from keyfob_core.control.live_config import LiveConfig
from keyfob_core.control.notes import note
from keyfob_core.control.sign_ins import SignIns
from keyfob_core.control.wanted import Wanted, address_of, profile_for
from keyfob_core.errors import (
    AnswerAwaited,
    CredentialMissing,
    Error,
    OAuthFailed,
    SignInNeeded,
    UpstreamRefused,
)
from keyfob_core.model import (
    AuditEvent,
    AuthContext,
    Credential,
    Profile,
    Token,
)
from keyfob_core.ports import (
    Audit,
    ChallengeScope,
    CheckKey,
    DeviceSignIn,
    Farewell,
    Labels,
    Progress,
    ReadRenewal,
    SecretStore,
    ServiceSignIn,
    SignIn,
)
from keyfob_core.prompts import Decision, SignInPrompt
from keyfob_core.providers.catalogue import Catalogue
from keyfob_core.providers.provider import Provider
from keyfob_core.questions import Questions
from keyfob_core.settings.config_file import put_account
from keyfob_core.setups.kept_tokens import AdoptToken
from keyfob_core.states import Need, ServerNeeds
from keyfob_core.steps import DeviceCode, Step
from keyfob_core.waits import Wait

_WITH_A_PERSON = ("oauth", "device-code")
_LEAST_SECONDS = 1.0
"""A sign-in that was just begun may need no page at all."""


LookAt = Callable[[str, Profile], Awaitable[ServerNeeds]]
"""Finds out what the server at an address needs; raises Error where it cannot be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """Every way in which an account is obtained, and the way out."""

    code: SignIn
    device: DeviceSignIn
    service: ServiceSignIn
    read_renewal: ReadRenewal
    check_key: CheckKey
    labels: Labels
    farewell: Farewell
    challenge_scope: ChallengeScope
    look_at: LookAt
    adopt: AdoptToken


class Connections:
    """Signs accounts in and keeps what they answer; one sign-in an account at a time."""

    def __init__(
        self,
        config: LiveConfig,
        catalogue: Catalogue,
        accounts: Accounts,
        ways: WaysIn,
        store: SecretStore,
        questions: Questions,
        audit: Audit,
    ) -> None:
        self._config = config
        self._catalogue = catalogue
        self._accounts = accounts
        self._ways = ways
        self._store = store
        self._questions = questions
        self._audit = audit
        self._sign_ins = SignIns()

    async def connect(self, wanted: Wanted, progress: Progress) -> None:
        """Obtain what is wanted and keep it; raises what the way in raises.

        A sign-in of the same account that is under way is joined; cancelling the last one that
        waits for it ends it.
        """
        await self._sign_ins.join(
            wanted.account.name, lambda tell: self._obtain(wanted, tell), progress
        )

    def paste(self, account: str, address: str) -> None:
        """Give a sign-in that waits the callback address a browser elsewhere ended on.

        Raises UnknownName where none waits.
        """
        self._sign_ins.paste(account, address)

    async def disconnect(self, account: str) -> str | None:
        """Erase an account's credential, then tell its issuer; a sentence where that failed."""
        held = await self._accounts.held(account)
        held = await self._accounts.erase(account) or held
        token = held if isinstance(held, Token) else None
        if token is None:
            return None
        try:
            await self._ways.farewell.revoke(token)
            await self._ways.farewell.delete_registration(token.registration, origin=token.origin)
        except Error as error:
            return f"It is erased here, but {token.issuer} was not told: {error.message}"
        return None

    async def needs(self, name: str) -> ServerNeeds:
        """What a server that is reached at an address needs; raises Error."""
        server = self._config().server(name)
        if server.kind is not ServerKind.HTTP:
            return ServerNeeds(need=Need.UNKNOWN)
        account = Account(server.levels.account or server.name, "oauth")
        return await self._ways.look_at(server.url, self._profile(account, server))

    async def for_call(
        self, context: AuthContext, reason: str, challenge: str | None, *, step_up: bool, wait: Wait
    ) -> str:
        """Ask the person to sign in because a call needs it; the account that then serves it.

        A step-up asks for the challenge's scopes on top of what the account has. Raises
        SignInNeeded or CredentialMissing when that is not to be, AnswerAwaited when it takes
        longer than the call waits, PersonAwaited where the wait is held, UpstreamRefused for
        scopes that were asked for before.
        """
        config = self._config()
        server = config.server(context.server or "")
        name = context.account or server.levels.account or server.name
        account = config.accounts.get(name, Account(name, "oauth"))
        url = address_of(server, self._provider(account, server))
        by_hand = account.method not in _WITH_A_PERSON or url.startswith(PROGRAM)
        if by_hand or not self._questions.attended:
            if step_up:
                raise UpstreamRefused(
                    f"The server {server.name} wants more rights than the account {name} has.",
                    f"Grant them with `keyfob connect {server.name} --scope SCOPE`.",
                )
            raise CredentialMissing(
                reason, f"Connect it in Keyfob, or with `keyfob connect {server.name}`."
            )
        had, more = await self._scopes(name, challenge) if step_up else ((), ())
        if step_up and not more:
            raise UpstreamRefused(
                f"The server {server.name} wants scopes that the account {name} was asked for "
                "already.",
                "Ask the server's people for the rights, or connect another account.",
            )
        prompt = SignInPrompt(
            client=context.client,
            server=server.name,
            account=name,
            reason=reason,
            scopes=had,
            more_scopes=more,
        )
        key = ("sign-in", name, *more)
        answer = await self._questions.ask(key, prompt, wait=wait)
        if not isinstance(answer, Decision) or not answer.allow:
            raise SignInNeeded(reason, "Sign in from Keyfob's window when you want to.")
        if more:
            account = replace(account, scopes=(*had, *more))
        wanted = Wanted(
            account=account,
            server=server,
            url=url,
            profile=self._profile(account, server),
            challenge=challenge,
        )
        task = self._sign_ins.start(name, lambda tell: self._obtain(wanted, tell))
        try:
            await wait.until(task, least=_LEAST_SECONDS)
        except TimeoutError:
            raise AnswerAwaited(
                "The sign-in waits for you in the browser.", "Finish it there, then try again."
            ) from None
        return name

    async def close(self) -> None:
        """End the sign-ins that are under way."""
        await self._sign_ins.close()

    def _provider(self, account: Account, server: Server) -> Provider | None:
        if account.provider:
            return self._catalogue.get(account.provider)
        return self._catalogue.for_url(server.url)

    def _profile(self, account: Account, server: Server) -> Profile:
        return profile_for(account, self._provider(account, server), self._config())

    async def _scopes(
        self, account: str, challenge: str | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the account has, and what a challenge wants on top."""
        wants = self._ways.challenge_scope(challenge) if challenge else None
        held = await self._accounts.held(account)
        if wants is None or not isinstance(held, Token):
            return (), ()
        had = tuple((held.requested_scope or held.scope or "").split())
        return had, tuple(scope for scope in wants.split() if scope not in had)

    async def _obtain(self, wanted: Wanted, progress: Progress) -> None:
        try:
            credential = await self._credential(wanted, progress)
        except Error as error:
            self._record("sign_in", wanted, "failed", {"reason": f"{error.code}: {error.message}"})
            raise
        if isinstance(credential, Token):
            credential = replace(credential, label=await self._ways.labels(credential))
        # A refresh may have raised the generation while the person was at the browser.
        held = await self._accounts.held(wanted.account.name)
        generation = held.generation + 1 if held else 1
        await self._keep(wanted, replace(credential, generation=generation), progress)

    async def _credential(self, wanted: Wanted, progress: Progress) -> Credential:
        if wanted.key is not None:
            if wanted.key.origin.startswith(PROGRAM):
                progress(Step("unchecked", "Nobody but the program can tell whether it is good."))
            elif wanted.server is not None and wanted.server.openapi is not None:
                progress(Step("unchecked", "An API has no call that is safe to try a key with."))
            elif wanted.server is not None and wanted.check_key:
                await self._ways.check_key(wanted.url, wanted.key)
                progress(Step("checked", f"{wanted.server.name} takes the key."))
            return wanted.key
        if wanted.kept_token is not None:
            return await self._ways.adopt(wanted.url, wanted.kept_token, wanted.profile)
        if wanted.service_kind is not None:
            renewal = self._ways.read_renewal(
                wanted.service_kind,
                wanted.service_key,
                wanted.service_parameters,
                wanted.account.scopes,
                wanted.service_secrets,
            )
            return await self._ways.service.first_token(
                renewal, url=wanted.url, profile=wanted.profile, progress=progress
            )
        try:
            return await self._signed_in(wanted, progress)
        except OAuthFailed as error:
            hint = await self._other_way(wanted, error)
            if hint is None:
                raise
            raise OAuthFailed(error.oauth_code, error.message, hint) from error

    async def _other_way(self, wanted: Wanted, error: OAuthFailed) -> str | None:
        """What to do at a server that registers nobody, where it most likely signs nobody in."""
        server = wanted.server
        is_own = wanted.account.client_id is not None
        if error.oauth_code != "registration_unavailable" or server is None or is_own:
            return None
        try:
            need = (await self.needs(server.name)).need
        except Error:
            return None
        if need is Need.NOTHING:
            told = f"{server.name} answers without an account: clients reach it as it is."
            return " ".join((told, error.hint))
        if need is Need.KEY:
            return (
                f"{server.name} names nobody who signs people in, so it most likely takes a key: "
                f"`keyfob connect {server.name} --method api-key --secret-stdin`."
            )
        return None

    async def _signed_in(self, wanted: Wanted, progress: Progress) -> Token:
        name = wanted.account.name
        held = await self._accounts.held(name)
        known = held.registration if isinstance(held, Token) and held.renewal is None else None
        forgotten = wanted.register_again or self._accounts.is_client_unknown(name)
        if wanted.account.method == "device-code":
            return await self._ways.device.authorize(
                wanted.url,
                scopes=wanted.account.scopes,
                registration=wanted.own_client or known,
                forgotten=forgotten,
                client_id=wanted.account.client_id,
                challenge=wanted.challenge,
                progress=progress,
                show=lambda code: progress(_device_step(code)),
                profile=wanted.profile,
            )
        return await self._ways.code.authorize(
            wanted.url,
            scopes=wanted.account.scopes,
            registration=wanted.own_client or known,
            forgotten=forgotten,
            client_id=wanted.account.client_id,
            challenge=wanted.challenge,
            progress=progress,
            profile=wanted.profile,
            answers=self._sign_ins.pasted(name),
        )

    async def _keep(self, wanted: Wanted, credential: Credential, progress: Progress) -> None:
        await self._accounts.keep(wanted.account.name, credential)
        self._config.edit(
            put_account(wanted.account, wanted.server.name if wanted.server else None)
        )
        store = await self._store.state()
        progress(Step("stored", f"Stored in {store.name} as account/{wanted.account.name}."))
        details = {"method": wanted.account.method, "origin": credential.origin}
        self._record("account_connected", wanted, "ok", details)

    def _record(self, event: str, wanted: Wanted, outcome: str, details: Mapping[str, str]) -> None:
        note(
            self._audit,
            AuditEvent(
                event=event,
                server=wanted.server.name if wanted.server else None,
                account=wanted.account.name,
                outcome=outcome,
                details=dict(details),
            ),
        )


def _device_step(code: DeviceCode) -> Step:
    details = [
        ("user_code", code.user_code),
        ("verification_uri", code.verification_uri),
        ("expires_at", str(code.expires_at)),
    ]
    if code.verification_uri_complete:
        details.append(("verification_uri_complete", code.verification_uri_complete))
    text = f"Enter the code {code.user_code} at {code.verification_uri}"
    return Step("code", text, tuple(details))
