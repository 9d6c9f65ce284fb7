"""Forms and JSON that clients send, read strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from keyfob_core.messages.headers import header
from keyfob_core.model import Inbound
from keyfob_core.pairing.answers import GrantRefused

_MOST_FIELDS = 40
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def query_of(inbound: Inbound) -> Mapping[str, str]:
    """The parameters of an address; raises GrantRefused."""
    return _fields((inbound.endpoint or "").partition("?")[2])


def form_of(inbound: Inbound) -> Mapping[str, str]:
    """The parameters of a form; raises GrantRefused."""
    _check_kind(inbound, _FORM)
    try:
        text = inbound.body.decode("ascii")
    except UnicodeDecodeError:
        raise GrantRefused("invalid_request", "The form is not URL-encoded.") from None
    return _fields(text)


def json_of(inbound: Inbound) -> Mapping[str, Any]:
    """The members of a JSON object; raises GrantRefused."""
    _check_kind(inbound, _JSON)
    try:
        value: object = json.loads(inbound.body)
    except (ValueError, RecursionError):
        raise GrantRefused("invalid_client_metadata", "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise GrantRefused("invalid_client_metadata", "The body is no JSON object.")
    return cast("Mapping[str, Any]", value)


def required(fields: Mapping[str, str], name: str) -> str:
    """A parameter that has to be there; raises GrantRefused."""
    value = fields.get(name)
    if not value:
        raise GrantRefused("invalid_request", f"The parameter {name} is missing.")
    return value


def _fields(text: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise GrantRefused("invalid_request", "The parameters are not URL-encoded.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        # RFC 6749, section 3.1: two readers must not see two different requests.
        raise GrantRefused("invalid_request", "A parameter stands twice.")
    return fields


def _check_kind(inbound: Inbound, wanted: str) -> None:
    kind = (header(inbound.headers, "Content-Type") or "").partition(";")[0].strip().lower()
    if kind != wanted:
        raise GrantRefused("invalid_request", f"Send the body as {wanted}.", status=415)
