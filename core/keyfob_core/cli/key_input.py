"""Key files that a person names, read here so that the engine needs no path of theirs."""

from __future__ import annotations

import json
from pathlib import Path

from keyfob_core.errors import ConfigInvalid

_MOST_BYTES = 64 * 1024
_PLAIN = "Decrypt it first: openssl pkey -in FILE -out PLAIN.pem"
_KINDS = "A key file is PEM text, a JWK, or the JSON that Google made."


def read_key_file(name: str) -> str:
    """The text of a private key's file: PEM, a JWK, or a service account's JSON.

    Raises ConfigInvalid, which names the file and quotes nothing of it.
    """
    text = _text(Path(name).expanduser()).strip()
    if text.startswith("-----BEGIN "):
        _check_pem(name, text)
    else:
        _check_json(name, text)
    return text


def read_token_file(name: str) -> str:
    """The text of a file that holds one token; raises ConfigInvalid as `read_key_file` does."""
    text = _text(Path(name).expanduser()).strip()
    if not text or len(text.split()) > 1:
        what = "holds more than one token" if text else "is empty"
        raise ConfigInvalid(
            "key_file", f"{name} {what}", "Give a file with the token and nothing else."
        )
    return text


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigInvalid(
            "key_file", f"{path} cannot be read: {error.strerror}", "Look where the file lies."
        ) from error
    if len(content) > _MOST_BYTES:
        raise ConfigInvalid("key_file", f"{path} is too big for a key", "Is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # raised below, for this error carries the file's content
    raise ConfigInvalid(
        "key_file",
        f"{path} is no text",
        "Turn a .p12 or .der file into PEM first, with openssl.",
    )


def _check_pem(name: str, text: str) -> None:
    label = text.removeprefix("-----BEGIN ").partition("-----")[0]
    if label == "ENCRYPTED PRIVATE KEY" or "Proc-Type: 4,ENCRYPTED" in text:
        raise ConfigInvalid("key_file", f"{name} is encrypted with a passphrase", _PLAIN)
    if not label.endswith("PRIVATE KEY"):
        raise ConfigInvalid(
            "key_file", f"{name} holds no private key", "Give the file with the private half."
        )
    if "-----END " not in text:
        raise ConfigInvalid("key_file", f"{name} ends too early", "Copy the whole file again.")


def _check_json(name: str, text: str) -> None:
    try:
        document: object = json.loads(text) if text else None
    except (ValueError, RecursionError):
        document = None  # this error carries the file's content, so it is not raised from
    if not isinstance(document, dict):
        what = "holds no key" if text else "is empty"
        raise ConfigInvalid(
            "key_file", f"{name} {what}", f"{_KINDS} Send other secrets with --secret-stdin < FILE."
        )
    if "keys" in document:
        raise ConfigInvalid(
            "key_file", f"{name} is a set of keys", "Give a file with one private JWK."
        )
    if "kty" in document and not {"d", "k"} & document.keys():
        raise ConfigInvalid(
            "key_file", f"{name} holds a public key", "Give the file with the private half."
        )
