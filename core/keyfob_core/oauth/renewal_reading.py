"""What a person gives for a service account, as the renewal it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from keyfob_core.errors import ConfigInvalid
from keyfob_core.oauth.id_tokens import require_id_token
from keyfob_core.oauth.key_files import client_with_key, github_app, google_service_account
from keyfob_core.renewals import (
    ClientCredentials,
    CompanyToken,
    EnterpriseManaged,
    Renewal,
    RenewalKind,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
    WorkloadUse,
)

T = TypeVar("T", bound=StrEnum)

NO_SECRETS: Mapping[str, str] = MappingProxyType({})
_Read = Callable[[str | None, "_Parameters", tuple[str, ...]], Renewal]


class _Parameters:
    """Parameters by name, and further secrets by theirs; each that is there must be taken."""

    def __init__(self, values: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        self._left = dict(values)
        self._secrets = dict(secrets)

    def need(self, name: str) -> str:
        value = self.maybe(name)
        if not value:
            raise ConfigInvalid(name, "is missing", f"Give it with --set {name}=VALUE.")
        return value

    def maybe(self, name: str) -> str | None:
        return self._left.pop(name, None)

    def secret(self, name: str) -> str | None:
        return self._secrets.pop(name, None)

    def one_of(self, name: str, choices: type[T], usual: T) -> T:
        value = self.maybe(name)
        if value is not None and value not in tuple(choices):
            raise ConfigInvalid(name, f"{value!r} is none", f"Use {', '.join(choices)}.")
        return usual if value is None else choices(value)

    def none_left(self) -> None:
        for name in (*self._left, *self._secrets):
            raise ConfigInvalid(name, "means nothing for this kind of account", "Leave it out.")


def read_renewal(
    kind: str,
    key: str | None,
    parameters: Mapping[str, str],
    scopes: tuple[str, ...],
    secrets: Mapping[str, str] = NO_SECRETS,
) -> Renewal:
    """The renewal of a kind: a `RenewalKind`.

    `key` is the text of a key file, a client's secret or a token; `secrets` are further ones by
    name. Raises ConfigInvalid by field.
    """
    if kind not in tuple(RenewalKind):
        fix = f"Use one of {', '.join(RenewalKind)}."
        raise ConfigInvalid("kind", f"{kind!r} is no kind", fix)
    given = _Parameters(parameters, secrets)
    renewal = _READERS[RenewalKind(kind)](key, given, scopes)
    given.none_left()
    return renewal


def _key(key: str | None, what: str) -> str:
    if not key or not key.strip():
        raise ConfigInvalid("key_file", f"{what} is missing", "Give it with --key-file FILE.")
    return key


def _client(key: str | None, given: _Parameters, prefix: str = "") -> ServiceClient:
    client_id = given.need(f"{prefix}client_id")
    text = (key or "").strip()
    if text.startswith("-----BEGIN") or text.startswith("{"):
        return client_with_key(client_id, text, given.maybe(f"{prefix}key_id"))
    method = given.maybe(f"{prefix}auth")
    return ServiceClient(client_id=client_id, method=method, secret=text or None)


def _client_credentials(
    key: str | None, given: _Parameters, scopes: tuple[str, ...]
) -> ClientCredentials:
    return ClientCredentials(
        client=_client(_key(key, "the client's secret or private key"), given),
        scopes=scopes,
        audience=given.maybe("audience"),
        token_endpoint=given.maybe("token_endpoint"),
    )


def _google(key: str | None, given: _Parameters, scopes: tuple[str, ...]) -> Renewal:
    text = _key(key, "the service account's JSON key")
    return google_service_account(text, scopes=scopes, subject=given.maybe("subject"))


def _github(key: str | None, given: _Parameters, scopes: tuple[str, ...]) -> Renewal:
    repositories = given.maybe("repositories") or ""
    return github_app(
        _key(key, "the app's private key"),
        app_id=given.need("app_id"),
        installation_id=given.need("installation_id"),
        api_url=given.maybe("api_url") or "https://api.github.com",
        repositories=tuple(filter(None, repositories.replace(",", " ").split())),
    )


def _workload(key: str | None, given: _Parameters, scopes: tuple[str, ...]) -> Renewal:
    return WorkloadIdentity(
        token_file=given.need("token_file"),
        use=given.one_of("use", WorkloadUse, WorkloadUse.CLIENT_ASSERTION),
        client_id=given.maybe("client_id"),
        scopes=scopes,
        audience=given.maybe("audience"),
        token_endpoint=given.maybe("token_endpoint"),
    )


def _enterprise(key: str | None, given: _Parameters, scopes: tuple[str, ...]) -> Renewal:
    brought = given.one_of("subject", CompanyToken, CompanyToken.REFRESH_TOKEN)
    token = (key or "").strip()
    if not token:
        fix = "Send it to stdin with --secret-stdin, or name its file with --key-file FILE."
        raise ConfigInvalid("secret", f"the identity provider's {brought} is missing", fix)
    by_itself = brought is CompanyToken.REFRESH_TOKEN
    is_id_token = brought is CompanyToken.ID_TOKEN
    return EnterpriseManaged(
        idp_token_endpoint=given.need("idp_token_endpoint"),
        idp_client=_client(given.secret("idp_client_secret"), given, "idp_"),
        client=_client(given.secret("client_secret"), given),
        subject_kind=SubjectToken.REFRESH_TOKEN if by_itself else SubjectToken.ID_TOKEN,
        id_token=require_id_token(token) if is_id_token else None,
        refresh_token=None if is_id_token else token,
        scopes=scopes,
        idp_issuer=given.maybe("idp_issuer"),
    )


_READERS: Mapping[RenewalKind, _Read] = {
    RenewalKind.CLIENT_CREDENTIALS: _client_credentials,
    RenewalKind.GOOGLE: _google,
    RenewalKind.GITHUB_APP: _github,
    RenewalKind.WORKLOAD_IDENTITY: _workload,
    RenewalKind.ENTERPRISE_MANAGED: _enterprise,
}
