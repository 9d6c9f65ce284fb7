"""The key files that services hand out, read into renewals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from keyfob_core.addresses.origins import is_secure_url
from keyfob_core.errors import ConfigInvalid
from keyfob_core.oauth.assertions import signing_key
from keyfob_core.renewals import GitHubApp, GoogleServiceAccount, ServiceClient

_GOOGLE_HINT = (
    "Give the JSON key that Google made for the service account (IAM > Service accounts > Keys)."
)
_GITHUB_HINT = "It stands on the page of the GitHub App, or in the address of its installation."


def google_service_account(
    text: str, *, scopes: tuple[str, ...], subject: str | None = None
) -> GoogleServiceAccount:
    """The renewal for a Google service account's JSON key.

    Raises ConfigInvalid with the member that is missing or wrong.
    """
    document = _json_object(text)
    kind = document.get("type")
    if kind != "service_account":
        other = kind if kind in _GOOGLE_TYPES else "something else"
        raise ConfigInvalid("type", f"the file is for {other}, not a service account", _GOOGLE_HINT)
    if not scopes:
        raise ConfigInvalid(
            "scopes",
            "a Google service account needs at least one scope",
            "Give one, such as --scope https://www.googleapis.com/auth/cloud-platform.",
        )
    private_key = _member(document, "private_key")
    signing_key(private_key)
    endpoint = _member(document, "token_uri")
    if not is_secure_url(endpoint):
        raise ConfigInvalid("token_uri", "is not an https address", _GOOGLE_HINT)
    return GoogleServiceAccount(
        client_email=_member(document, "client_email"),
        private_key=private_key,
        key_id=_member(document, "private_key_id"),
        token_endpoint=endpoint,
        scopes=scopes,
        subject=subject,
    )


def github_app(
    pem: str,
    *,
    app_id: str,
    installation_id: str,
    api_url: str = "https://api.github.com",
    repositories: tuple[str, ...] = (),
) -> GitHubApp:
    """The renewal for an installation of a GitHub App.

    `app_id` may be the app's client id; `api_url` is that of an Enterprise Server where there is
    one. Raises ConfigInvalid with the field that is wrong.
    """
    if not _is_app_id(app_id.strip()):
        raise ConfigInvalid("app_id", "is neither an app's id nor its client id", _GITHUB_HINT)
    if not (installation_id.strip().isascii() and installation_id.strip().isdigit()):
        raise ConfigInvalid("installation_id", "is not a number", _GITHUB_HINT)
    if not is_secure_url(api_url):
        raise ConfigInvalid("api_url", "is not an https address", "Leave it out for github.com.")
    if signing_key(pem).key_type != "RSA":
        raise ConfigInvalid("private_key", "a GitHub App's key is an RSA key", _GITHUB_HINT)
    return GitHubApp(
        app_id=app_id.strip(),
        installation_id=installation_id.strip(),
        private_key=pem,
        api_url=api_url.rstrip("/"),
        repositories=repositories,
    )


def client_with_key(client_id: str, text: str, key_id: str | None = None) -> ServiceClient:
    """A client that authenticates by private_key_jwt with a PKCS8 PEM or a JWK.

    The JWK's own `kid` counts where none is given. Raises ConfigInvalid.
    """
    if not client_id.strip():
        raise ConfigInvalid("client_id", "is missing", "The issuer's people know it.")
    key = signing_key(text)
    return ServiceClient(
        client_id=client_id.strip(),
        method="private_key_jwt",
        private_key=text,
        key_id=key_id or key.kid,
    )


_GOOGLE_TYPES = frozenset(
    {"authorized_user", "external_account", "impersonated_service_account", "gdch_service_account"}
)


def _is_app_id(text: str) -> bool:
    return text.isascii() and text.replace(".", "").isalnum()


def _json_object(text: str) -> Mapping[str, object]:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        document = None  # this error carries the file's content, so it is not raised from
    if not isinstance(document, dict):
        raise ConfigInvalid("key_file", "is not a JSON object", _GOOGLE_HINT)
    return cast("dict[str, object]", document)


def _member(document: Mapping[str, object], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ConfigInvalid(name, "is missing from the key file", _GOOGLE_HINT)
    return value
