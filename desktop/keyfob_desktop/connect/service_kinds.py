"""The kinds of service accounts, and what each needs from the person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from keyfob_core.renewals import CompanyToken, RenewalKind, WorkloadUse

translate = QCoreApplication.translate


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
        label=QCoreApplication.translate(
            "ServiceKinds", "A client of its own (client credentials)"
        ),
        about=QCoreApplication.translate(
            "ServiceKinds", "The issuer gives tokens to a program that it knows."
        ),
        brings=Brings.SECRET_OR_FILE,
        secret=translate("ServiceKinds", "Client secret"),
        in_file=QCoreApplication.translate(
            "ServiceKinds", "Private key (PEM or JWK), instead of a secret"
        ),
        parameters=(
            Parameter("client_id", translate("ServiceKinds", "Client ID"), needed=True),
            Parameter(
                "audience",
                translate("ServiceKinds", "Audience"),
                translate("ServiceKinds", "the server's address"),
            ),
            Parameter(
                "token_endpoint",
                translate("ServiceKinds", "Token address"),
                translate("ServiceKinds", "found at the server"),
            ),
            Parameter(
                "key_id",
                translate("ServiceKinds", "Key ID"),
                translate("ServiceKinds", "for a private key"),
            ),
        ),
    )


def _google() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.GOOGLE,
        label=translate("ServiceKinds", "Google service account"),
        about=QCoreApplication.translate(
            "ServiceKinds", "A JSON key from Google Cloud, under IAM, Service accounts, Keys."
        ),
        brings=Brings.FILE,
        secret=translate("ServiceKinds", "JSON key file"),
        parameters=(
            Parameter(
                "subject",
                translate("ServiceKinds", "Acts for"),
                translate("ServiceKinds", "nobody but itself"),
            ),
        ),
        scopes_needed=True,
    )


def _github() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.GITHUB_APP,
        label=translate("ServiceKinds", "GitHub App"),
        about=QCoreApplication.translate(
            "ServiceKinds", "An app that is installed in an organization, with its private key."
        ),
        brings=Brings.FILE,
        secret=translate("ServiceKinds", "Private key (.pem)"),
        parameters=(
            Parameter(
                "app_id",
                translate("ServiceKinds", "App ID or client ID"),
                "123456",
                needed=True,
            ),
            Parameter(
                "installation_id",
                translate("ServiceKinds", "Installation ID"),
                "7654321",
                needed=True,
            ),
            Parameter(
                "repositories",
                translate("ServiceKinds", "Repositories"),
                translate("ServiceKinds", "all of the installation"),
            ),
            Parameter(
                "api_url",
                translate("ServiceKinds", "API address"),
                "https://api.github.com",
            ),
        ),
        takes_scopes=False,
    )


def _workload() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.WORKLOAD_IDENTITY,
        label=translate("ServiceKinds", "Workload identity (a token in a file)"),
        about=QCoreApplication.translate(
            "ServiceKinds",
            "A platform such as Kubernetes keeps a token fresh in a file; nothing is stored.",
        ),
        brings=Brings.NOTHING,
        secret="",
        parameters=(
            Parameter(
                "token_file",
                translate("ServiceKinds", "Token file"),
                "/var/run/secrets/token",
                needed=True,
            ),
            Parameter(
                "use",
                translate("ServiceKinds", "Used as"),
                choices=(
                    (
                        WorkloadUse.CLIENT_ASSERTION,
                        translate("ServiceKinds", "Proof of the client"),
                    ),
                    (
                        WorkloadUse.ASSERTION,
                        translate("ServiceKinds", "The grant itself"),
                    ),
                    (
                        WorkloadUse.SUBJECT_TOKEN,
                        translate("ServiceKinds", "A token to exchange"),
                    ),
                ),
            ),
            Parameter(
                "client_id",
                translate("ServiceKinds", "Client ID"),
                translate("ServiceKinds", "none"),
            ),
            Parameter(
                "audience",
                translate("ServiceKinds", "Audience"),
                translate("ServiceKinds", "the server's address"),
            ),
            Parameter(
                "token_endpoint",
                translate("ServiceKinds", "Token address"),
                translate("ServiceKinds", "found at the server"),
            ),
        ),
    )


def _enterprise() -> ServiceKind:
    return ServiceKind(
        id=RenewalKind.ENTERPRISE_MANAGED,
        label=QCoreApplication.translate(
            "ServiceKinds", "Your company's sign-in (enterprise-managed)"
        ),
        about=QCoreApplication.translate(
            "ServiceKinds", "Your company's identity provider vouches for you at the server."
        ),
        brings=Brings.SECRET_OR_FILE,
        secret=translate("ServiceKinds", "Its token"),
        in_file=translate("ServiceKinds", "A file with the token, instead"),
        parameters=(
            Parameter(
                "idp_token_endpoint",
                translate("ServiceKinds", "Its token address"),
                needed=True,
            ),
            Parameter(
                "idp_client_id",
                translate("ServiceKinds", "Client ID there"),
                needed=True,
            ),
            Parameter(
                "client_id",
                translate("ServiceKinds", "Client ID at the server"),
                needed=True,
            ),
            Parameter(
                "subject",
                translate("ServiceKinds", "The token is"),
                needed=True,
                choices=(
                    (
                        CompanyToken.REFRESH_TOKEN,
                        translate("ServiceKinds", "A refresh token"),
                    ),
                    (
                        CompanyToken.ID_TOKEN,
                        QCoreApplication.translate(
                            "ServiceKinds", "An ID token, good until it expires"
                        ),
                    ),
                    (
                        CompanyToken.RENEWED_ID_TOKEN,
                        QCoreApplication.translate(
                            "ServiceKinds", "A refresh token that buys ID tokens"
                        ),
                    ),
                ),
            ),
            Parameter(
                "idp_client_secret",
                translate("ServiceKinds", "Client secret there"),
                translate("ServiceKinds", "none"),
                secret=True,
            ),
            Parameter(
                "client_secret",
                translate("ServiceKinds", "Client secret at the server"),
                translate("ServiceKinds", "none"),
                secret=True,
            ),
            Parameter(
                "idp_issuer",
                translate("ServiceKinds", "Its issuer"),
                translate("ServiceKinds", "the token address"),
            ),
        ),
    )
