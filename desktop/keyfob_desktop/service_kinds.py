"""The kinds of service accounts, and what each needs from the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

_CONTEXT = "ServiceKinds"


class Brings(StrEnum):
    """What a kind is proven with."""

    KEY_FILE = "key file"
    SECRET = "secret"
    SECRET_OR_KEY_FILE = "secret or key file"
    NOTHING = "nothing"
    """The platform keeps a token fresh in a file, which a parameter names."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field, by the name that the engine knows it by."""

    name: str
    label: str
    example: str = ""
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKind:
    """One kind."""

    id: str
    label: str
    about: str
    brings: Brings
    secret: str
    """What the secret, or the file, is called."""
    parameters: tuple[Parameter, ...]
    scopes_needed: bool = False
    takes_scopes: bool = True


def service_kinds() -> tuple[ServiceKind, ...]:
    """All of them."""
    return (_client_credentials(), _google(), _github(), _workload(), _enterprise())


def kind_for(provider: str) -> str:
    """The kind that a provider's service accounts are most likely of."""
    if provider.startswith("google") or provider == "gmail":
        return "google"
    return "github-app" if provider == "github" else "client-credentials"


def _client_credentials() -> ServiceKind:
    return ServiceKind(
        id="client-credentials",
        label=_tr("A client of its own (client credentials)"),
        about=_tr("The issuer gives tokens to a program that it knows."),
        brings=Brings.SECRET_OR_KEY_FILE,
        secret=_tr("Client secret"),
        parameters=(
            Parameter("client_id", _tr("Client ID"), needed=True),
            Parameter("audience", _tr("Audience"), _tr("the server's address")),
            Parameter("token_endpoint", _tr("Token address"), _tr("found at the server")),
            Parameter("key_id", _tr("Key ID"), _tr("for a private key")),
        ),
    )


def _google() -> ServiceKind:
    return ServiceKind(
        id="google",
        label=_tr("Google service account"),
        about=_tr("A JSON key from Google Cloud, under IAM, Service accounts, Keys."),
        brings=Brings.KEY_FILE,
        secret=_tr("JSON key file"),
        parameters=(Parameter("subject", _tr("Acts for"), _tr("nobody but itself")),),
        scopes_needed=True,
    )


def _github() -> ServiceKind:
    return ServiceKind(
        id="github-app",
        label=_tr("GitHub App"),
        about=_tr("An app that is installed in an organization, with its private key."),
        brings=Brings.KEY_FILE,
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
        id="workload-identity",
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
                choices=("client_assertion", "assertion", "subject_token"),
            ),
            Parameter("client_id", _tr("Client ID"), _tr("none")),
            Parameter("audience", _tr("Audience"), _tr("the server's address")),
            Parameter("token_endpoint", _tr("Token address"), _tr("found at the server")),
        ),
    )


def _enterprise() -> ServiceKind:
    return ServiceKind(
        id="enterprise-managed",
        label=_tr("Your company's sign-in (enterprise-managed)"),
        about=_tr("Your company's identity provider vouches for you at the server."),
        brings=Brings.SECRET,
        secret=_tr("Its refresh token"),
        parameters=(
            Parameter("idp_token_endpoint", _tr("Its token address"), needed=True),
            Parameter("idp_client_id", _tr("Client ID there"), needed=True),
            Parameter("client_id", _tr("Client ID at the server"), needed=True),
            Parameter("idp_issuer", _tr("Its issuer"), _tr("the token address")),
        ),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
