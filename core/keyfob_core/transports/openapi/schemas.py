"""Parameters, bodies and schemas as their reader takes them, who refuses what many documents have.

One version's words in a document of another, a property that is `required: true`, a key without a
value, a reference to what lies in another place: other programs read past these, and for ours an
operation would be lost, or an argument of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.openapi.checks import target_of_reference
from keyfob_core.transports.openapi.reading import Document, list_of, object_of

SCHEMAS = "#/components/schemas/"
_PARAMETER = ("name", "in", "required", "style", "explode", "example")
_ENCODING = ("contentType", "style", "explode")
_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
)
_WORDS = ("title", "description", "format", "pattern")
_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
_MAX_SCHEMAS = 1_000_000
"""More than a document can have, unless places in it refer to each other over and over."""
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


class Readable:
    """Writes parts of a document anew so that they mean the same and can be read."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._is_old = str(document.get("openapi")).startswith("3.0.")
        self._given = object_of(object_of(document.get("components")).get("schemas"))
        self._left = _MAX_SCHEMAS
        self._moved: dict[str, str] = {}
        """The new names of schemas that lie elsewhere, by the references to them."""

    def operation(self, fields: Document) -> Document:
        """An operation's words, parameters and body."""
        found: Document = {key: value for key, value in fields.items() if isinstance(value, str)}
        if "parameters" in fields:
            found["parameters"] = [self._parameter(object_of(one)) for one in fields["parameters"]]
        if "requestBody" in fields:
            body = fields["requestBody"]
            found["requestBody"] = {
                **_description(body),
                "required": body.get("required") is True,
                "content": self._content(body),
            }
        return found

    def schemas(self) -> Document:
        """The document's schemas, and those that were referred to so far in other places."""
        found = {name: self._schema(schema) for name, schema in self._given.items()}
        while waiting := [one for one, name in self._moved.items() if name not in found]:
            for reference in waiting:
                target = target_of_reference(self._document, reference)
                found[self._moved[reference]] = self._schema(target)
        return found

    def _parameter(self, fields: Document) -> Document:
        found = {key: fields[key] for key in _PARAMETER if fields.get(key) is not None}
        found |= _description(fields)
        if "schema" in fields:
            found["schema"] = self._schema(fields["schema"])
        if isinstance(fields.get("content"), dict):
            found["content"] = self._content(fields)
        return found

    def _content(self, holder: Document) -> Document:
        found: Document = {}
        for kind, media in object_of(holder.get("content")).items():
            fields = object_of(media)
            found[kind] = {"schema": self._schema(fields.get("schema", _unsaid(kind)))}
            encoding = object_of(fields.get("encoding"))
            if encoding:
                found[kind]["encoding"] = {
                    name: {key: object_of(one)[key] for key in _ENCODING if key in object_of(one)}
                    for name, one in encoding.items()
                }
        return found

    def _schema(self, schema: object) -> object:
        """A schema that means the same; what is no schema at all stays as it is."""
        if isinstance(schema, bool | None):
            return {"not": {}} if schema is False else {}
        if not isinstance(schema, dict):
            return schema
        self._left -= 1
        if self._left < 0:
            raise ConfigInvalid("$ref", "leads to too much of the document", "Bundle it anew.")
        found: Document = {
            key: self._part(key, value)
            for key, value in cast("Document", schema).items()
            if value is not None and _is_meant(key, value)
        }
        self._read_type(found)
        if self._is_old:
            _read_bounds(found)
        return found

    def _part(self, key: str, value: object) -> object:
        if key == "$ref" and isinstance(value, str):
            return self._reference(value)
        if key in _MAPS and isinstance(value, dict):
            parts = cast("Mapping[str, object]", value)
            return {name: self._schema(one) for name, one in parts.items()}
        if key in _LISTS and list_of(value):
            return [self._schema(one) for one in list_of(value)]
        if key in _SINGLE and not (key == "additionalProperties" and isinstance(value, bool)):
            return self._schema(value)
        return value

    def _reference(self, reference: str) -> str:
        """The same where it leads to one of the document's schemas, else to its new place."""
        if reference.startswith(SCHEMAS):
            return reference
        if reference not in self._moved:
            number = len(self._moved) + 1
            while (name := f"part_{number}") in self._given:
                number += len(self._given)
            self._moved[reference] = name
        return SCHEMAS + self._moved[reference]

    def _read_type(self, schema: Document) -> None:
        """Leave out a type that is none, and say in the words of 3.0 that a value may be null."""
        if "type" not in schema:
            return
        given = schema.pop("type")
        named = list_of(given) or [given]
        types = [one for one in dict.fromkeys(map(str, named)) if one in _TYPES]
        if "null" in types and self._is_old:
            types.remove("null")
            schema |= {"nullable": True} if types else {"enum": [None]}
        if len(types) == 1:
            schema["type"] = types[0]
        elif types and self._is_old:
            schema.setdefault("anyOf", [{"type": one} for one in types])
        elif types:
            schema["type"] = types


def _read_bounds(schema: Document) -> None:
    """Say in the words of 3.0 that a bound lies outside of what it bounds."""
    for exclusive, bound in _BOUNDS.items():
        value = schema.get(exclusive)
        if isinstance(value, int | float) and not isinstance(value, bool):
            schema |= {bound: value, exclusive: True}


def _is_meant(key: str, value: object) -> bool:
    if key == "required":
        return isinstance(value, list)
    return key not in _WORDS or isinstance(value, str)


def _description(fields: Document) -> Document:
    said = fields.get("description")
    return {"description": said} if isinstance(said, str) else {}


def _unsaid(kind: str) -> Document:
    """The schema of a body of which a document says no more than its kind."""
    is_text = "json" not in kind and "form" not in kind
    return {"type": "string"} if is_text else {}
