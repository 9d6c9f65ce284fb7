"""What a person gives for a service account, as the renewal it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keyfob_core.errors import ConfigInvalid
from keyfob_core.oauth.key_files import client_with_key, github_app, google_service_account
from keyfob_core.renewals import (
    ClientCredentials,
    EnterpriseManaged,
    Renewal,
    ServiceClient,
    SubjectToken,
    WorkloadIdentity,
    WorkloadUse,
)

_Read = Callable[[str | None, "_Parameters", tuple[str, ...]], Renewal]


class _Parameters:
    """Parameters by name; each that is there must be taken."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._left = dict(values)

    def need(self, name: str) -> str:
        value = self.maybe(name)
        if not value:
            raise ConfigInvalid(name, "is missing", f"Give it with --set {name}=VALUE.")
        return value

    def maybe(self, name: str) -> str | None:
        return self._left.pop(name, None)

    def none_left(self) -> None:
        for name in self._left:
            raise ConfigInvalid(name, "means nothing for this kind of account", "Leave it out.")


def read_renewal(
    kind: str, key: str | None, parameters: Mapping[str, str], scopes: tuple[str, ...]
) -> Renewal:
    """The renewal of a kind: one of `KINDS`.

    `key` is the text of a key file, or a client's secret. Raises ConfigInvalid by field.
    """
    read = _READERS.get(kind)
    if read is None:
        raise ConfigInvalid("kind", f"{kind!r} is no kind", f"Use one of {', '.join(KINDS)}.")
    given = _Parameters(parameters)
    renewal = read(key, given, scopes)
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
    use = given.maybe("use") or WorkloadUse.CLIENT_ASSERTION.value
    if use not in tuple(WorkloadUse):
        raise ConfigInvalid("use", f"{use!r} is none", f"Use {', '.join(WorkloadUse)}.")
    return WorkloadIdentity(
        token_file=given.need("token_file"),
        use=WorkloadUse(use),
        client_id=given.maybe("client_id"),
        scopes=scopes,
        audience=given.maybe("audience"),
        token_endpoint=given.maybe("token_endpoint"),
    )


def _enterprise(key: str | None, given: _Parameters, scopes: tuple[str, ...]) -> Renewal:
    return EnterpriseManaged(
        idp_token_endpoint=given.need("idp_token_endpoint"),
        idp_client=_client(None, given, "idp_"),
        client=_client(None, given),
        subject_kind=SubjectToken.REFRESH_TOKEN,
        refresh_token=_key(key, "the identity provider's refresh token").strip(),
        scopes=scopes,
        idp_issuer=given.maybe("idp_issuer"),
    )


_READERS: Mapping[str, _Read] = {
    "client-credentials": _client_credentials,
    "google": _google,
    "github-app": _github,
    "workload-identity": _workload,
    "enterprise-managed": _enterprise,
}
KINDS = tuple(_READERS)
