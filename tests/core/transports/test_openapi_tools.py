"""Operations as tools, and tools' calls as requests that bear a credential."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from copy import deepcopy
from email import message_from_bytes
from email.message import Message
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from keyfob_core.accounts.credentials import is_bound
from keyfob_core.errors import ConfigInvalid, RequestRefused
from keyfob_core.model import ApiKey, Credential, Placement, PlacementKind
from keyfob_core.transports.openapi.calls import ApiCall, BadArguments, api_call
from keyfob_core.transports.openapi.checks import check_document
from keyfob_core.transports.openapi.operations import MAX_TOOLS
from keyfob_core.transports.openapi.security import key_places, sign_ins
from keyfob_core.transports.openapi.tools import ApiTools, api_tools
from support.rest_api import BASIC, KEY_HEADER, KEY_QUERY, document, with_schemes
from support.tokens import token

BASE = "https://api.example/v1"
SECRET = "a-secret-of-the-api"
DEEP = {"style": "deepObject", "explode": True}
AS_JSON = {"content": {"application/json": {"schema": {}}}}
MERGE_PATCH = "application/merge-patch+json"
JSON_UTF8 = "application/json; charset=utf-8"
REGION = {"region": {"default": "api"}}


def tools_of(**changes: Any) -> ApiTools:
    whole = document(**changes)
    check_document(whole)
    return api_tools(whole)


def operation(path: str = "/a", method: str = "get", **fields: Any) -> ApiTools:
    """The tools of a document with this operation and one that is always good."""
    good = {"get": {"operationId": "good"}}
    return tools_of(paths={path: {method: fields}, "/good": good})


def called(
    tools: ApiTools,
    name: str,
    arguments: dict[str, Any],
    credential: Credential | None = None,
    base: str = BASE,
) -> ApiCall:
    return api_call(
        tools,
        tools.by_name[name],
        arguments,
        base=base,
        credential=credential,
        now=0.0,
        nonce=None,
    )


def key(placement: Placement, origin: str = "https://api.example") -> ApiKey:
    return ApiKey(secret=SECRET, origin=origin, obtained_at=0.0, placement=placement)


HEADER_KEY = key(Placement(kind=PlacementKind.HEADER, name="X-Api-Key", template="{key}"))
QUERY_KEY = key(Placement(kind=PlacementKind.QUERY, name="api_key", template="{key}"))


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_each_operation_is_a_tool_that_says_what_it_does_and_where(version: str) -> None:
    tools = tools_of(openapi=version)
    put = tools.by_name["putNote"].definition
    assert put["description"] == "Does putNote.\n\nPUT /notes/{id}"
    assert put["title"] == "Does putNote."
    assert put["inputSchema"]["required"] == ["id", "text"]
    assert put["inputSchema"]["properties"]["parts"]["items"] == {"$ref": "#/$defs/Note"}
    assert put["annotations"] == {
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": True,
        "openWorldHint": True,
    }
    assert tools.by_name["listNotes"].definition["annotations"]["readOnlyHint"] is True
    # Nothing says that a POST only adds: rules on destructive tools must not miss it.
    assert tools.by_name["addNote"].definition["annotations"]["destructiveHint"] is True
    assert tools.left_out == ()


def test_a_changed_path_changes_what_a_person_has_approved() -> None:
    before = operation("/a", operationId="same").by_name["same"].definition
    after = operation("/b", operationId="same").by_name["same"].definition
    assert before != after


def test_what_the_credential_or_the_protocol_says_is_no_argument() -> None:
    schemes = with_schemes("h", h=KEY_HEADER, q=KEY_QUERY)
    echo = tools_of(**schemes).by_name["echo"]
    assert echo.arguments == {"X-Trace", "any"}
    assert echo.headers == {"x-trace"}
    assert set(echo.definition["inputSchema"]["properties"]) == echo.arguments


def test_names_are_legal_whatever_the_document_calls_them() -> None:
    ids = ["a/b c", "über", "__", "x" * 200, "", None, "a-b_c", "keyfob__status"]
    paths = {
        f"/p{number}": {"get": {"operationId": name} if name is not None else {}}
        for number, name in enumerate(ids)
    }
    names = list(tools_of(paths=paths).by_name)
    assert len(names) == len(ids)
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in names)
    assert all(0 < len(name) <= 48 and "__" not in name for name in names)
    assert "GET_p4" in names
    assert "keyfob_status" in names


def test_a_name_depends_on_no_other_operations_place_in_the_document() -> None:
    paths = {
        "/a": {"get": {"operationId": "same"}},
        "/b": {"get": {"operationId": "same"}},
        "/c": {"get": {"operationId": "other"}},
    }
    there = tools_of(paths=paths)
    back = tools_of(paths=dict(reversed(paths.items())))
    described = {name: tool.definition for name, tool in there.by_name.items()}
    assert described == {name: tool.definition for name, tool in back.by_name.items()}
    assert "same" not in described


def test_words_are_bounded_and_hide_nothing() -> None:
    tool = operation(operationId="a", summary="\u202eevil\x1b[2J" * 100, description="x" * 100_000)
    definition = tool.by_name["a"].definition
    assert "\u202e" not in definition["description"]
    assert "\x1b" not in definition["title"]
    assert len(definition["description"]) < 2100
    assert definition["description"].endswith("GET /a")


def test_arguments_get_names_that_models_can_write() -> None:
    schema = {"type": "object", "properties": {"$top": {}, "ok": {}}, "required": ["$top"]}
    tools = operation(
        method="post",
        operationId="a",
        parameters=[
            {"in": "query", "name": "filter[x]", "schema": {"type": "string"}, "required": True},
            {"in": "query", "name": "filter(x)", "schema": {"type": "string"}},
        ],
        requestBody={"required": True, "content": {"application/json": {"schema": schema}}},
    )
    tool = tools.by_name["a"]
    assert tool.arguments == {"filter_x", "filter_x_2", "top", "ok"}
    assert tool.required == {"filter_x", "top"}
    call = called(tools, "a", {"filter_x": "1", "filter_x_2": "2", "top": 3})
    assert dict(parse_qsl(urlsplit(call.url).query)) == {"filter[x]": "1", "filter(x)": "2"}
    assert json.loads(call.body) == {"$top": 3}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/a?key=1", {}),
        ("/a#b", {}),
        ("//evil.example/a", {}),
        ("https://evil.example/a", {}),
        ("@evil.example/a", {}),
        ("/a/../../b", {}),
        ("/a\\b", {}),
        ("/a b", {}),
        ("/a\r\nHost: evil.example", {}),
        ("/{id}", {}),
        ("/a{", {}),
        ("/a", {"servers": [{"url": "https://uploads.example"}]}),
        ("/a", {"parameters": [{"in": "cookie", "name": "c", "required": True, "schema": {}}]}),
    ],
)
def test_an_operation_that_can_be_no_tool_is_told_with_its_reason(
    path: str, fields: dict[str, Any]
) -> None:
    tools = operation(path, **fields)
    assert set(tools.by_name) == {"good"}
    [reason] = tools.left_out
    assert reason.startswith("GET /" if path.startswith("/") else f"GET {path[:5]}")
    assert ": " in reason


@pytest.mark.parametrize("place", ["path", "operation"])
def test_an_operation_that_repeats_the_documents_own_server_is_a_tool(place: str) -> None:
    named = {"servers": [{"url": "https://{region}.example/", "variables": REGION}]}
    operation: dict[str, Any] = {"operationId": "a"}
    item = {"get": operation, **named} if place == "path" else {"get": {**operation, **named}}
    whole = document(paths={"/a": item}, servers=[{"url": "https://api.example"}])
    assert api_tools(whole).left_out == ()


def test_an_operation_at_another_server_of_the_document_is_left_out() -> None:
    elsewhere = {"get": {"operationId": "a"}, "servers": [{"url": "https://files.example"}]}
    paths = {"/a": elsewhere, "/good": {"get": {"operationId": "good"}}}
    servers = [{"url": "https://api.example"}, {"url": "https://files.example"}]
    assert set(tools_of(paths=paths, servers=servers).by_name) == {"good"}


def test_a_part_that_cannot_be_read_costs_itself_alone() -> None:
    broken = {"type": "object", "properties": {"a": 5}}
    schema = {"$ref": "#/components/schemas/Broken"}
    body = {"content": {"application/json": {"schema": {"properties": {"b": schema}}}}}
    bad = {"operationId": "bad", "parameters": [{"in": "query", "name": "a", "schema": 5}]}
    paths = {
        "/good": {"get": {"operationId": "good"}},
        "/body": {"post": {"operationId": "body", "requestBody": body}},
        "/bad": {"get": bad},
    }
    tools = tools_of(paths=paths, components={"schemas": {"Broken": broken}})
    assert set(tools.by_name) == {"good", "body"}
    assert json.loads(called(tools, "body", {"b": {"a": 1}}).body) == {"b": {"a": 1}}
    assert tools.left_out == ("GET /bad: its schema cannot be understood",)


@pytest.mark.parametrize(
    ("version", "given", "shown"),
    [
        ("3.0.2", {"type": "integer", "exclusiveMinimum": 5}, {"exclusiveMinimum": 5}),
        ("3.0.2", {"type": "integer", "maximum": 5, "exclusiveMaximum": True}, {}),
        ("3.0.3", {"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ("3.0.3", {"type": ["string", "integer"]}, {}),
        ("3.0.3", {"anyOf": [{"type": "string"}, {"type": "null"}]}, {}),
        ("3.1.0", {"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ("3.1.0", True, {}),
        ("3.1.0", {"type": "object", "unevaluatedProperties": False}, {}),
        ("3.0.3", {"type": "string", "required": True, "enum": None, "format": None}, {}),
        ("3.0.3", {"type": "file", "description": 404}, {}),
        ("3.0.3", {"properties": {"b": None}, "title": None}, {}),
    ],
)
def test_a_schema_that_others_read_costs_no_argument(
    version: str, given: object, shown: dict[str, Any]
) -> None:
    parameter = {"in": "query", "name": "q", "required": None, "schema": given}
    body = {"type": "object", "properties": {"b": given}, "required": ["b"]}
    reference = {"schema": {"$ref": "#/components/schemas/Body"}}
    fields = {"operationId": "a", "parameters": [parameter]}
    content = {"content": {"application/json": reference}, "required": True}
    tools = tools_of(
        openapi=version,
        paths={"/a": {"post": {**fields, "requestBody": content}}},
        components={"schemas": {"Body": body}},
    )
    schema = tools.by_name["a"].definition["inputSchema"]
    assert schema["required"] == ["b"]
    assert schema["properties"].keys() == {"q", "b"}
    for argument in ("q", "b"):
        assert shown.items() <= schema["properties"][argument].items()


def test_a_reference_to_what_lies_in_another_place_costs_no_argument() -> None:
    here = "#/paths/~1b/post/requestBody/content/application~1json/schema"
    body = {"properties": {"n": {"type": "integer"}, "more": {"items": {"$ref": here}}}}
    content = {"application/json": {"schema": body}}
    more = {"in": "query", "name": "n", "schema": {"$ref": f"{here}/properties/n"}}
    tools = tools_of(
        paths={
            "/a": {"get": {"operationId": "a", "parameters": [more]}},
            "/b": {"post": {"operationId": "b", "requestBody": {"content": content}}},
        }
    )
    assert tools.left_out == ()
    assert tools.by_name["a"].definition["inputSchema"]["properties"]["n"]["type"] == "integer"
    schema = tools.by_name["b"].definition["inputSchema"]
    [inner] = schema["$defs"].values()
    assert inner["properties"].keys() == {"n", "more"}


@pytest.mark.parametrize(
    ("kind", "shown"), [("application/octet-stream", {"type": "string"}), ("application/json", {})]
)
def test_a_body_of_which_only_the_kind_is_said_is_an_argument(
    kind: str, shown: dict[str, Any]
) -> None:
    body = {"required": True, "content": {kind: {}}}
    tools = operation(method="post", operationId="a", requestBody=body)
    schema = tools.by_name["a"].definition["inputSchema"]
    assert (schema["properties"], schema["required"]) == ({"body": shown}, ["body"])
    call = called(tools, "a", {"body": "text"})
    assert dict(call.headers)["Content-Type"] == kind


def test_a_document_without_a_single_tool_is_refused() -> None:
    with pytest.raises(ConfigInvalid):
        tools_of(paths={"/a": {"options": {}}})


def test_a_schema_that_is_too_large_is_shown_without_its_inner_structure() -> None:
    inner = {"type": "object", "description": "Much.", "properties": {}}
    inner["properties"] = {
        f"p{n}": {"type": "string", "description": "x" * 99} for n in range(2000)
    }
    body = {"content": {"application/json": {"schema": {"properties": {"much": inner}}}}}
    tools = operation(method="post", operationId="a", requestBody=body)
    schema = tools.by_name["a"].definition["inputSchema"]
    assert schema["properties"] == {"much": {"type": "object", "description": "Much."}}
    assert json.loads(called(tools, "a", {"much": {"p1": "b"}}).body) == {"much": {"p1": "b"}}


def test_more_operations_than_anybody_wants_are_refused() -> None:
    paths = {f"/{number}": {"get": {}} for number in range(MAX_TOOLS + 1)}
    with pytest.raises(ConfigInvalid) as refused:
        tools_of(paths=paths)
    assert refused.value.field == "paths"


def test_operations_that_drag_all_of_a_large_document_along_are_refused() -> None:
    schemas = {
        f"S{n}": {"properties": {"a": {"$ref": f"#/components/schemas/S{n + 1}"}}}
        for n in range(2000)
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}
    paths = {f"/{n}": {"post": {"requestBody": deepcopy(body)}} for n in range(1000)}
    with pytest.raises(ConfigInvalid) as refused:
        tools_of(paths=paths, components={"schemas": {**schemas, "S2000": {}}})
    assert refused.value.field == "paths"


def test_places_that_drag_each_other_along_are_refused() -> None:
    inner: dict[str, Any] = {"properties": {f"p{n}": {} for n in range(20_000)}}
    path, places = "#/components/x", list[str]()
    for _ in range(60):
        inner, path = {"not": inner}, f"{path}/not"
        places.append(path)
    schemas = {f"S{n}": {"$ref": place} for n, place in enumerate(places)}
    with pytest.raises(ConfigInvalid) as refused:
        tools_of(paths={"/a": {"get": {}}}, components={"x": inner, "schemas": schemas})
    assert refused.value.field == "$ref"


def test_the_ways_to_sign_in_are_told_and_the_first_keys_places_taken() -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://a.example/t", "scopes": {"read": "Reads."}}}
    changes = with_schemes(
        "app",
        "key",
        cookie={"type": "apiKey", "in": "cookie", "name": "c"},
        key=KEY_HEADER,
        app=KEY_QUERY,
        basic=BASIC,
        oauth={"type": "oauth2", "flows": flows},
    )
    whole = document(**changes)
    assert sign_ins(whole) == (
        "cookie: a cookie c, which is not sent",
        "key: a key in the header X-Api-Key",
        "app: a key in the parameter api_key",
        "basic: HTTP basic",
        "oauth: OAuth 2 (clientCredentials), scopes read",
    )
    assert [place.name for place in key_places(whole)] == ["api_key", "X-Api-Key"]


@pytest.mark.parametrize(
    ("scheme", "places"),
    [
        (BASIC, [Placement(kind=PlacementKind.BASIC, template="{username}:{key}")]),
        ({"type": "http", "scheme": "Bearer"}, [Placement()]),
        ({"type": "apiKey", "in": "header", "name": "Host"}, []),
        ({"type": "apiKey", "in": "header", "name": "a\r\nb"}, []),
        ({"type": "apiKey", "in": "cookie", "name": "c"}, []),
        ({"type": "mutualTLS"}, []),
        ({"type": "oauth2", "flows": {}}, []),
        ({}, []),
    ],
)
def test_a_key_is_placed_only_where_one_may_stand(
    scheme: dict[str, Any], places: list[Placement]
) -> None:
    assert list(key_places(document(**with_schemes("s", s=scheme)))) == places


def test_a_call_is_the_request_that_the_document_describes() -> None:
    call = called(tools_of(), "putNote", {"id": "a/b ?#%", "text": "ü"}, HEADER_KEY)
    assert (call.http_method, call.url) == ("PUT", f"{BASE}/notes/a%2Fb%20%3F%23%25")
    assert json.loads(call.body) == {"text": "ü"}
    assert call.headers[-2:] == (("Content-Type", "application/json"), ("X-Api-Key", SECRET))
    assert "Cookie" not in dict(call.headers)
    assert SECRET not in repr(call)


def body_of(kind: str, encoding: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {"content": {kind: {"schema": schema, "encoding": encoding or {}}}}


@pytest.mark.parametrize(
    ("parameter", "value", "query"),
    [
        (DEEP, {"gt": 1, "n": {"x": True}}, [("q[gt]", "1"), ("q[n][x]", "true")]),
        (DEEP, {"in": ["a", "b"], "no": None}, [("q[in][]", "a"), ("q[in][]", "b")]),
        (DEEP, ["a", "b"], [("q[]", "a"), ("q[]", "b")]),
        (DEEP, [{"a": 1}], [("q[0][a]", "1")]),
        (DEEP, "now", [("q", "now")]),
        (AS_JSON, {"a": ["b"]}, [("q", '{"a": ["b"]}')]),
        (AS_JSON, ["a"], [("q", '["a"]')]),
        ({}, [{"a": 1}, "b"], [("q", '{"a": 1}'), ("q", "b")]),
        ({}, {"a": {"b": None}, "c": "d"}, [("a", '{"b": null}'), ("c", "d")]),
        ({"explode": False}, ["a", 1], [("q", "a,1")]),
        ({"style": "pipeDelimited"}, ["a", 1], [("q", "a|1")]),
    ],
)
def test_a_value_with_others_in_it_stands_in_the_query_as_the_document_asks(
    parameter: dict[str, Any], value: object, query: list[tuple[str, str]]
) -> None:
    schema = {} if "content" in parameter else {"schema": {}}
    tools = operation(
        operationId="a", parameters=[{"in": "query", "name": "q"} | schema | parameter]
    )
    url = called(tools, "a", {"q": value}).url
    assert parse_qsl(urlsplit(url).query) == query


def test_a_form_is_as_deep_as_the_document_asks() -> None:
    nested = {"type": "object"}
    body = body_of(
        "application/x-www-form-urlencoded",
        {"metadata": DEEP, "items": DEEP},
        metadata=nested,
        items={"type": "array", "items": nested},
        plain=nested,
    )
    tools = operation(method="post", operationId="a", requestBody=body)
    given = {"metadata": {"a": "b"}, "items": [{"price": "p"}], "plain": {"c": 1}}
    call = called(tools, "a", given)
    assert parse_qsl(call.body.decode()) == [
        ("metadata[a]", "b"),
        ("items[0][price]", "p"),
        ("plain", '{"c": 1}'),
    ]


def test_a_part_of_a_form_is_a_file_json_or_a_text() -> None:
    file = {"type": "string", "format": "binary"}
    body = body_of(
        "multipart/form-data",
        file={"anyOf": [file, {"type": "null"}]},
        about={"type": "object"},
        ids={"type": "array", "items": {"type": "integer"}},
        name={"type": "string"},
    )
    tools = operation(method="post", operationId="a", requestBody=body)
    given = {"file": "ü", "about": {"a": True}, "ids": [1, 2], "name": "b"}
    call = called(tools, "a", given)
    kind = dict(call.headers)["Content-Type"]
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    seen = [
        (
            part.get_param("name", header="content-disposition"),
            part.get_filename(),
            part.get("content-type"),
            part.get_payload(decode=True),
        )
        for part in cast("list[Message]", whole.get_payload())
    ]
    assert seen == [
        ("file", "file", "application/octet-stream", "ü".encode()),
        ("about", None, "application/json", b'{"a": true}'),
        ("ids", None, None, b"1"),
        ("ids", None, None, b"2"),
        ("name", None, None, b"b"),
    ]


@pytest.mark.parametrize(
    ("kinds", "sent"),
    [
        (["application/json-patch+json", "application/json", "text/json"], "application/json"),
        (
            ["application/apply-patch+yaml", "application/json-patch+json", MERGE_PATCH],
            MERGE_PATCH,
        ),
        (["application/xml", "application/vnd.api+json"], "application/vnd.api+json"),
        (["application/json-patch+json"], "application/json-patch+json"),
        (["application/x-ndjson", "application/json; charset=utf-8"], JSON_UTF8),
        (["*/*"], "application/json"),
        (["application/*+json"], "application/json"),
    ],
)
def test_of_several_kinds_of_body_the_plainest_json_is_sent(kinds: list[str], sent: str) -> None:
    media = {"schema": {"type": "object", "properties": {"b": {}}}}
    body = {"content": dict.fromkeys(kinds, media)}
    tools = operation(method="patch", operationId="a", requestBody=body)
    call = called(tools, "a", {"b": 1})
    assert dict(call.headers)["Content-Type"] == sent
    assert json.loads(call.body) == {"b": 1}


@pytest.mark.parametrize(
    ("credential", "stamped"),
    [
        (HEADER_KEY, ("X-Api-Key", SECRET)),
        (key(Placement()), ("Authorization", f"Bearer {SECRET}")),
        (token(origin="https://api.example"), ("Authorization", "Bearer access-1")),
        (None, None),
    ],
)
def test_the_credential_is_stamped_once_whatever_the_arguments_say(
    credential: Credential | None, stamped: tuple[str, str] | None
) -> None:
    # No scheme names the header here, so that the document can offer it as an argument.
    call = called(tools_of(), "echo", {"X-Api-Key": "evil", "any": {"api_key": "evil"}}, credential)
    names = [name.lower() for name, _ in call.headers]
    assert len(names) == len(set(names))
    if stamped is not None:
        assert stamped in call.headers
    assert not is_bound(credential)


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "evil"},
        {"any": {"api_key": "evil"}},
        {"any": {"api_key": "evil"}, "api_key": "evil"},
    ],
)
def test_a_key_in_the_query_stands_there_alone(arguments: dict[str, Any]) -> None:
    # No scheme names the parameter here, so that the document can offer it as an argument.
    call = called(tools_of(), "echo", arguments, QUERY_KEY)
    values = [value for name, value in parse_qsl(urlsplit(call.url).query) if name == "api_key"]
    assert values == [SECRET]


@pytest.mark.parametrize("value", ["..", ".", "a/../b", "%2e%2e", "%252e%252e/x", "..\\x"])
def test_a_path_argument_cannot_climb(value: str) -> None:
    with pytest.raises(BadArguments):
        called(tools_of(), "getNote", {"id": value})


@pytest.mark.parametrize(
    "value", ["//evil.example", "@evil.example", "https://evil.example/", "?a=b", "#a", "a\r\nb"]
)
def test_a_path_argument_stays_a_part_of_the_path(value: str) -> None:
    call = called(tools_of(), "getNote", {"id": value}, HEADER_KEY)
    parts = urlsplit(call.url)
    assert (parts.scheme, parts.netloc) == ("https", "api.example")
    assert parts.path.startswith("/v1/notes/")
    assert "/" not in parts.path.removeprefix("/v1/notes/")
    assert not parts.query


@pytest.mark.parametrize("value", ["a\r\nX-Api-Key: evil", "a\nb", "a\x00b", "a\x7fb"])
def test_a_header_argument_cannot_have_a_line_end(value: str) -> None:
    with pytest.raises(BadArguments):
        called(tools_of(), "echo", {"X-Trace": value}, HEADER_KEY)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("getNote", {}),
        ("getNote", {"id": None}),
        ("getNote", {"id": "1", "more": 2}),
        ("addNote", {}),
        ("addNote", {"text": float("nan")}),
    ],
)
def test_arguments_that_cannot_be_sent_are_refused_in_a_sentence(
    name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(BadArguments, match="argument"):
        called(tools_of(), name, arguments)


@pytest.mark.parametrize(
    ("credential", "base"),
    [
        (key(Placement(), "https://other.example"), BASE),
        (HEADER_KEY, "https://api.example:8443/v1"),
        (HEADER_KEY, "http://api.example/v1"),
    ],
)
def test_a_credential_of_another_origin_goes_nowhere(credential: ApiKey, base: str) -> None:
    with pytest.raises(RequestRefused):
        called(tools_of(), "listNotes", {}, credential, base)


def test_a_base_with_a_query_sends_nothing() -> None:
    with pytest.raises(RequestRefused):
        called(tools_of(), "listNotes", {}, None, "https://api.example/v1?x=y")


def test_fastmcp_logs_nothing_and_reads_no_file_of_the_current_folder() -> None:
    called(tools_of(), "addNote", {"text": "private"})
    assert not logging.getLogger("fastmcp").handlers
    assert not logging.getLogger("fastmcp.utilities.openapi.director").isEnabledFor(logging.ERROR)


WITHOUT = """
import sys
sys.modules["fastmcp"] = None
from keyfob_core.errors import ConfigInvalid
from keyfob_core.transports.openapi.tools import api_tools
try:
    api_tools({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}})
except ConfigInvalid as error:
    print(error)
"""
STARTING = """
import sys
import keyfob_core.assembly.stage
print(*sorted({"fastmcp", "yaml", "openapi_pydantic", "jsonschema"} & set(sys.modules)))
"""


def python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_without_the_extra_a_person_is_told_what_to_install() -> None:
    assert "pip install 'keyfob[openapi]'" in python(WITHOUT)


def test_nothing_of_the_extra_is_imported_when_keyfob_starts() -> None:
    assert python(STARTING) == ""
