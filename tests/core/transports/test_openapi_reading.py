"""OpenAPI documents that somebody else wrote, some of them to do harm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.openapi.base import api_base
from keyfob_core.transports.openapi.checks import check_document
from keyfob_core.transports.openapi.reading import MAX_BYTES, read_document
from support.rest_api import as_yaml, document


def laughs(levels: int = 9) -> bytes:
    """YAML whose last line is 10 ** `levels` words, once it is written out."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines).encode()


def read(value: object) -> dict[str, Any]:
    return read_document(json.dumps(value).encode())


def with_schema(schema: object, **schemas: object) -> dict[str, Any]:
    """A document whose one form has this schema."""
    media = {"application/x-www-form-urlencoded": {"schema": schema}}
    path = {"post": {"requestBody": {"content": media}}}
    return document(paths={"/form": path}, components={"schemas": schemas})


def test_json_and_yaml_are_read_as_the_same_values() -> None:
    assert read_document(as_yaml(document()).encode()) == read(document()) == document()


def test_yaml_is_read_as_json_would_be() -> None:
    text = (
        b"no: no\nday: 2020-01-01\ntime: 1:30\n200: 0123\nhalf: .5e1\n~: ~\ntrue: true\nn: -1.5e3"
    )
    assert read_document(text) == {
        "no": "no",
        "day": "2020-01-01",
        "time": "1:30",
        "200": "0123",
        "half": ".5e1",
        "null": None,
        "true": True,
        "n": -1500.0,
    }


def test_true_and_null_may_have_capitals() -> None:
    given = b"a: True\nb: FALSE\nc: Null\nd: 'True'\ne: Falsehood"
    read = read_document(given)
    assert read == {"a": True, "b": False, "c": None, "d": "True", "e": "Falsehood"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (laughs(), "more than 1000000 values"),
        (b"a: &a [*a]", "deeper than 100"),
        (b"[" * 100_000, "nesting"),
        (b'{"a":' * 100_000, "cannot be read"),
        (b"a: " + b"[" * 200 + b"]" * 200, "deeper than 100"),
        (b"\n".join(b" " * n + b"a:" for n in range(200)), "deeper than 100"),
        (json.dumps([[]] * 10).encode(), "no keys"),
        (b"a: &a {b: 1}\nc: {<<: *a}", "merge key"),
        (b"a: &a {b: 1}\nc: {!!merge x: *a}", "merge key"),
        (b"a: !!python/object/apply:os.system [true]", "constructor"),
        (b"a: !!binary aGk=", "JSON has not (bytes)"),
        (b"a: !!timestamp 2020-01-01", "JSON has not (date)"),
        (b"a: !!set {b, c}", "JSON has not (set)"),
        (b"? [a]\n: b", "unhashable"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "cannot be read"),
        (b"a: " + b"9" * 5000, "cannot be read"),
        (b'{"a": 1', "is not JSON"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"", "no keys"),
        (b"- a", "no keys"),
        (b"x" * (MAX_BYTES + 1), "longer than 16 MiB"),
    ],
)
def test_a_hostile_text_is_refused_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        read_document(data)
    assert words in refused.value.message
    assert len(refused.value.message) < 400


def test_keys_that_would_change_what_other_keys_mean_are_dropped() -> None:
    found = read({"a": {"$id": "https://evil.example/", "x-mcp-header": "Host", "b": 1}})
    assert found == {"a": {"b": 1}}
    as_names = {"properties": {"$id": {"type": "string"}, "x-mcp-header": {"type": "string"}}}
    assert read(as_names) == as_names


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0", "3.1.1"])
def test_openapi_3_is_taken(version: str) -> None:
    check_document(document(version))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"swagger": "2.0"}, "swagger"),
        ({"openapi": "2.0"}, "openapi"),
        ({"openapi": "3.2.0"}, "openapi"),
        ({"openapi": 3.1}, "openapi"),
        ({"paths": []}, "paths"),
    ],
)
def test_what_is_no_openapi_3_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        check_document({**document(), **changes})
    assert refused.value.field == field
    assert refused.value.hint


ELSEWHERE = (
    "https://evil.example/schema.json#/A",
    "//evil.example/schema.json",
    "file:///etc/passwd",
    "other.yaml#/A",
    "../other.yaml",
    "A",
    "",
)


@pytest.mark.parametrize(
    ("keyword", "reference"),
    [
        ("$ref", "#anchor"),
        *((keyword, one) for keyword in ("$ref", "$dynamicRef") for one in ELSEWHERE),
    ],
)
def test_a_reference_that_leads_out_of_the_document_is_refused_by_name(
    keyword: str, reference: str
) -> None:
    schemas = {"A": {"properties": {"b": {keyword: reference}}}}
    hostile = document(paths={}, components={"schemas": schemas})
    with pytest.raises(ConfigInvalid) as refused:
        check_document(hostile)
    assert refused.value.field == "$ref"
    assert repr(reference) in refused.value.message


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"$ref": "#/components/schemas/A"}},
        {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}},
        {f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(200)} | {"S200": {}},
        {"A": {"$ref": "#/components/schemas/Nowhere"}},
        {"A": {"$ref": "#/components/schemas/A/x/0/y"}},
    ],
)
def test_references_that_lead_nowhere_are_refused(schemas: dict[str, Any]) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        check_document(document(paths={}, components={"schemas": schemas}))
    assert refused.value.field == "$ref"


def test_references_that_lead_back_through_a_property_are_a_tree_and_taken() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}}}
    paths = {"/a~b": {"get": {}}, "/c": {"$ref": "#/paths/~1a~0b"}}
    check_document(document(paths=paths, components={"schemas": {"Tree": tree}}))


@pytest.mark.parametrize(
    "schemas",
    [
        {f"S{n}": {keyword: [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2} for n in range(40)}
        | {"S40": {}}
        for keyword in ("allOf", "anyOf", "oneOf")
    ]
    + [
        # Every schema of every other: 12! paths, although there are twelve schemas.
        {
            f"S{n}": {"anyOf": [{"$ref": f"#/components/schemas/S{m}"} for m in range(12)]}
            for n in range(12)
        }
    ],
)
@pytest.mark.parametrize("within", ["itself", "field"])
def test_a_form_whose_schemas_multiply_is_refused(schemas: dict[str, Any], within: str) -> None:
    first = {"$ref": "#/components/schemas/S0"}
    schema = first if within == "itself" else {"properties": {"a": first}}
    with pytest.raises(ConfigInvalid) as refused:
        check_document(with_schema(schema, **schemas))
    assert refused.value.field == "requestBody"


URL = "https://docs.example/openapi.json"


@pytest.mark.parametrize(
    ("servers", "source", "base"),
    [
        ([{"url": "https://api.example/v1"}], URL, "https://api.example/v1"),
        ([{"url": "https://api.example/v1"}], "/home/api.yaml", "https://api.example/v1"),
        ([{"url": "/v1"}], URL, "https://docs.example/v1"),
        ([{"url": "v1"}], "https://docs.example/a/b.json", "https://docs.example/a/v1"),
        ([], URL, "https://docs.example/"),
        (None, URL, "https://docs.example/"),
        ([{"url": "//api.example/v1"}], URL, "https://api.example/v1"),
        ([{"url": "http://api.example"}, {"url": "https://api.example"}], URL,
         "https://api.example"),
        ([{"url": "https://{r}.api.example", "variables": {"r": {"default": "eu"}}}], URL,
         "https://eu.api.example"),
        ([{"url": "/v1"}], "http://127.0.0.1:80/o.json", "http://127.0.0.1:80/v1"),
    ],
)  # fmt: skip
def test_the_base_is_what_the_document_says(servers: Any, source: str, base: str) -> None:
    assert api_base({"servers": servers}, source, None) == base


@pytest.mark.parametrize(
    ("servers", "source"),
    [
        ([{"url": "/v1"}], "/home/api.yaml"),
        ([], "/home/api.yaml"),
        ([{"url": "http://api.example"}], URL),
        ([{"url": "http://127.0.0.1:8080"}], URL),
        ([{"url": "https://127.0.0.1"}], URL),
        ([{"url": "https://localhost"}], "/home/api.yaml"),
        ([{"url": "https://169.254.169.254/latest"}], URL),
        ([{"url": "https://192.168.1.1"}], "/home/api.yaml"),
        ([{"url": "https://[::ffff:10.0.0.1]"}], URL),
        ([{"url": "http://127.0.0.1:81"}], "http://127.0.0.1:80/o.json"),
        ([{"url": "https://user:pass@api.example"}], URL),
        ([{"url": "https://{tenant}.example"}], URL),
        ([{"url": "ftp://api.example"}], URL),
        ([{"url": "https://api.example/?key=a"}], URL),
        ([{"url": "https://api.example/#a"}], URL),
        ([{"url": "https://api.example\\@evil.example/"}], URL),
        ([{"url": "https://[evil"}], URL),
        ([{"url": 5}, "https://api.example", None], "/home/api.yaml"),
    ],
)
def test_a_base_that_only_the_person_may_choose_is_not_taken(servers: Any, source: str) -> None:
    with pytest.raises(ConfigInvalid):
        api_base({"servers": servers}, source, None)


def test_the_persons_own_base_stands_whatever_the_document_says() -> None:
    servers = {"servers": [{"url": "https://evil.example"}]}
    assert api_base(servers, URL, "http://127.0.0.1:8080/v1") == "http://127.0.0.1:8080/v1"
