"""What an encrypted file says: items sealed one by one under a key made from a passphrase."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

FORMAT = 1
_NONCE = 12
_SALT = 16
_MOST_MEMORY = 1 << 31
_CHECK, _SEAL, _ITEM = "check", "seal", "item"


class Damaged(Exception):
    """The file is not as Keyfob wrote it; the text says where, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """How dear one guess at the passphrase is (RFC 7914): memory is 128 * n * r bytes."""

    n: int = 1 << 17
    r: int = 8
    p: int = 1


@dataclass(frozen=True, slots=True)
class Key:
    """What opens one file: made from its passphrase, salt and cost."""

    secret: bytes = field(repr=False)
    salt: bytes
    cost: Cost


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file's content, every secret in it encrypted.

    AES-256-GCM binds each item to the installation, its name and the format; `seal` does the same
    for the set of them and the count of writes, so that none can be removed, put back to an older
    one or taken from another file.
    """

    installation: str
    salt: bytes
    cost: Cost
    check: bytes
    """Opens with the right passphrase alone."""
    items: Mapping[str, bytes]
    seal: bytes
    writes: int = 0
    """Grows with each write, so that an older file can be told from a newer one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the items, sorted."""
        return tuple(sorted(self.items))

    def opens_with(self, key: Key) -> bool:
        """Whether the key was made for this salt and cost."""
        return (key.salt, key.cost) == (self.salt, self.cost)


def derive(passphrase: str, salt: bytes, cost: Cost) -> Key:
    """The key of a passphrase; takes some tenths of a second, on purpose.

    The passphrase is composed (NFC) first: keyboards and systems differ in how they write an
    accent.
    """
    text = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    kdf = Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p)
    return Key(kdf.derive(text), salt, cost)


def new_salt() -> bytes:
    """A salt for a new file."""
    return os.urandom(_SALT)


def new_sealed(installation: str, key: Key, writes: int = 0) -> Sealed:
    """A file without items, after so many `writes`."""
    sealed = Sealed(installation, key.salt, key.cost, b"", {}, b"", writes)
    return _closed(replace(sealed, check=_encrypt(sealed, key, b"", _CHECK)), key)


def with_item(sealed: Sealed, key: Key, name: str, secret: str | None) -> Sealed:
    """The content with one item changed, or without it where `secret` is None."""
    items = dict(sealed.items)
    items.pop(name, None)
    if secret is not None:
        text = secret.encode("utf-8", "surrogatepass")
        items[name] = _encrypt(sealed, key, text, _ITEM, name)
    return _closed(replace(sealed, items=items, writes=sealed.writes + 1), key)


def is_key_of(sealed: Sealed, key: Key) -> bool:
    """Whether the key, and so its passphrase, is the file's."""
    try:
        _decrypt(sealed, key, sealed.check, _CHECK)
    except InvalidTag:
        return False
    return True


def check_key(sealed: Sealed, key: Key) -> None:
    """See that the file was written with this key, and is whole; raises Damaged."""
    try:
        _decrypt(sealed, key, sealed.check, _CHECK)
        _decrypt(sealed, key, sealed.seal, _SEAL, _digest(sealed))
    except InvalidTag as error:
        raise Damaged("its list of items was changed") from error


def item(sealed: Sealed, key: Key, name: str) -> str | None:
    """One item's secret, or None where there is none; raises Damaged."""
    box = sealed.items.get(name)
    if box is None:
        return None
    try:
        text = _decrypt(sealed, key, box, _ITEM, name)
    except InvalidTag as error:
        raise Damaged(f"the item {name} was changed") from error
    return text.decode("utf-8", "surrogatepass")


def to_bytes(sealed: Sealed) -> bytes:
    """The content as it lies on the disk: a line with its digest, then JSON.

    The digest has no key: it tells a damaged file from a wrong passphrase, no more.
    """
    fields = {
        "format": FORMAT,
        "installation": sealed.installation,
        "kdf": {
            "name": "scrypt",
            "n": sealed.cost.n,
            "r": sealed.cost.r,
            "p": sealed.cost.p,
            "salt": _text(sealed.salt),
        },
        "check": _text(sealed.check),
        "items": {name: _text(sealed.items[name]) for name in sealed.names},
        "seal": _text(sealed.seal),
        "writes": sealed.writes,
    }
    body = json.dumps(fields, indent=1).encode() + b"\n"
    return _first_line(body) + body


def from_bytes(raw: bytes) -> Sealed:
    """Read a file's content; raises Damaged, also for a format of another version."""
    line, end, body = raw.partition(b"\n")
    if line + end != _first_line(body):
        raise Damaged("it is cut short, changed or not Keyfob's")
    try:
        fields = cast("dict[str, Any]", json.loads(body))
        if fields["format"] != FORMAT:
            raise Damaged("it has a format that this version does not know")
        kdf = fields["kdf"]
        if kdf["name"] != "scrypt":
            raise Damaged("its key is made in a way that this version does not know")
        return Sealed(
            installation=str(fields["installation"]),
            salt=_bytes(kdf["salt"]),
            cost=_cost(kdf["n"], kdf["r"], kdf["p"]),
            check=_bytes(fields["check"]),
            items={name: _bytes(box) for name, box in fields["items"].items()},
            seal=_bytes(fields["seal"]),
            writes=_count(fields.get("writes", 0)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("it is not as Keyfob writes it") from error


def _first_line(body: bytes) -> bytes:
    return f"keyfob-secrets {hashlib.sha256(body).hexdigest()}\n".encode()


def _cost(n: object, r: object, p: object) -> Cost:
    numbers = (n, r, p)
    if not all(type(number) is int and number > 0 for number in numbers):
        raise ValueError("no cost")
    cost = Cost(*cast("tuple[int, int, int]", numbers))
    # A file from elsewhere must not be able to eat all memory, or run for ever.
    if cost.n & (cost.n - 1) or cost.n < 2 or 128 * cost.n * cost.r * cost.p > _MOST_MEMORY:
        raise ValueError("no cost")
    return cost


def _count(number: object) -> int:
    if type(number) is not int or number < 0:
        raise ValueError("no count")
    return number


def _closed(sealed: Sealed, key: Key) -> Sealed:
    return replace(sealed, seal=_encrypt(sealed, key, b"", _SEAL, _digest(sealed)))


def _digest(sealed: Sealed) -> str:
    listed = [[name, _text(sealed.items[name])] for name in sealed.names]
    sum_of: list[object] = [_text(sealed.check), listed]
    if sealed.writes:
        # Files of before there was a count have none.
        sum_of.append(sealed.writes)
    return hashlib.sha256(json.dumps(sum_of).encode()).hexdigest()


def _encrypt(sealed: Sealed, key: Key, text: bytes, *purpose: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key.secret).encrypt(nonce, text, _bound_to(sealed, purpose))


def _decrypt(sealed: Sealed, key: Key, box: bytes, *purpose: str) -> bytes:
    if len(box) < _NONCE + 16:
        raise InvalidTag
    bound = _bound_to(sealed, purpose)
    return AESGCM(key.secret).decrypt(box[:_NONCE], box[_NONCE:], bound)


def _bound_to(sealed: Sealed, purpose: tuple[str, ...]) -> bytes:
    return json.dumps(["keyfob", FORMAT, sealed.installation, *purpose]).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
