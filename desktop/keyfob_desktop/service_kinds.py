"""The kinds of service accounts, and what each needs from the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from keyfob_core.renewals import CompanyToken, RenewalKind, WorkloadUse

_CONTEXT = "ServiceKinds"


class Brings(StrEnum):
    """What a kind is proven with."""

    FILE = "file"
    SECRET_OR_FILE = "secret or file"
    NOTHING = "nothing"
    """The platform keeps a token fresh in a file, which a parameter names."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field, by the name that the engine knows it by."""

    name: str
    label: str
    example: str = ""
    needed: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    """What can be chosen: the engine's name for it, and the person's."""
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKind:
    """One kind."""

    id: str
    label: str
    about: str
    brings: Brings
    secret: str
    """What the secret, or the file, is called."""
    in_file: str = ""
    """What the file is called where it may be brought instead of the secret."""
    parameters: tuple[Parameter, ...]
    scopes_needed: bool = False
    takes_scopes: bool = True


def service_kinds() -> tuple[ServiceKind, ...]:
    """All of them."""
    return (_client_credentials(), _google(), _github(), _workload(), _enterprise())


def kind_for(provider: str) -> str:
    """The kind that a provider's service accounts are most likely of."""
    if provider.startswith("google") or provider == "gmail":
        return RenewalKind.GOOGLE
    return RenewalKind.GITHUB_APP if provider == "github" else RenewalKind.CLIENT_CREDENTIALS


def _client_credentials() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.CLIENT_CREDENTIALS,
        label=_tr("A client of its own (client credentials)"),
        about=_tr("The issuer gives tokens to a program that it knows."),
        brings=Brings.SECRET_OR_FILE,
        secret=_tr("Client secret"),
        in_file=_tr("Private key (PEM or JWK), instead of a secret"),
        parameters=(
            Parameter("client_id", _tr("Client ID"), needed=True),
            Parameter("audience", _tr("Audience"), _tr("the server's address")),
            Parameter("token_endpoint", _tr("Token address"), _tr("found at the server")),
            Parameter("key_id", _tr("Key ID"), _tr("for a private key")),
        ),
    )


def _google() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.GOOGLE,
        label=_tr("Google service account"),
        about=_tr("A JSON key from Google Cloud, under IAM, Service accounts, Keys."),
        brings=Brings.FILE,
        secret=_tr("JSON key file"),
        parameters=(Parameter("subject", _tr("Acts for"), _tr("nobody but itself")),),
        scopes_needed=True,
    )


def _github() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.GITHUB_APP,
        label=_tr("GitHub App"),
        about=_tr("An app that is installed in an organization, with its private key."),
        brings=Brings.FILE,
        secret=_tr("Private key (.pem)"),
        parameters=(
            Parameter("app_id", _tr("App ID or client ID"), "123456", needed=True),
            Parameter("installation_id", _tr("Installation ID"), "7654321", needed=True),
            Parameter("repositories", _tr("Repositories"), _tr("all of the installation")),
            Parameter("api_url", _tr("API address"), "https://api.github.com"),
        ),
        takes_scopes=False,
    )


def _workload() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.WORKLOAD_IDENTITY,
        label=_tr("Workload identity (a token in a file)"),
        about=_tr(
            "A platform such as Kubernetes keeps a token fresh in a file; nothing is stored."
        ),
        brings=Brings.NOTHING,
        secret="",
        parameters=(
            Parameter("token_file", _tr("Token file"), "/var/run/secrets/token", needed=True),
            Parameter(
                "use",
                _tr("Used as"),
                choices=(
                    (WorkloadUse.CLIENT_ASSERTION, _tr("Proof of the client")),
                    (WorkloadUse.ASSERTION, _tr("The grant itself")),
                    (WorkloadUse.SUBJECT_TOKEN, _tr("A token to exchange")),
                ),
            ),
            Parameter("client_id", _tr("Client ID"), _tr("none")),
            Parameter("audience", _tr("Audience"), _tr("the server's address")),
            Parameter("token_endpoint", _tr("Token address"), _tr("found at the server")),
        ),
    )


def _enterprise() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.ENTERPRISE_MANAGED,
        label=_tr("Your company's sign-in (enterprise-managed)"),
        about=_tr("Your company's identity provider vouches for you at the server."),
        brings=Brings.SECRET_OR_FILE,
        secret=_tr("Its token"),
        in_file=_tr("A file with the token, instead"),
        parameters=(
            Parameter("idp_token_endpoint", _tr("Its token address"), needed=True),
            Parameter("idp_client_id", _tr("Client ID there"), needed=True),
            Parameter("client_id", _tr("Client ID at the server"), needed=True),
            Parameter(
                "subject",
                _tr("The token is"),
                needed=True,
                choices=(
                    (CompanyToken.REFRESH_TOKEN, _tr("A refresh token")),
                    (CompanyToken.ID_TOKEN, _tr("An ID token, good until it expires")),
                    (CompanyToken.RENEWED_ID_TOKEN, _tr("A refresh token that buys ID tokens")),
                ),
            ),
            Parameter("idp_client_secret", _tr("Client secret there"), _tr("none"), secret=True),
            Parameter(
                "client_secret", _tr("Client secret at the server"), _tr("none"), secret=True
            ),
            Parameter("idp_issuer", _tr("Its issuer"), _tr("the token address")),
        ),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
