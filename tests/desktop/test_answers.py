from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from keyfob_core.errors import EngineUnreachable
from keyfob_desktop.answers import call_answer_in, client_token_in, happenings_in, tools_in


@dataclass(frozen=True)
class Issued:
    client: str
    token: str = field(repr=False)
    url: str = ""


def test_a_tools_example_has_its_required_arguments_by_type() -> None:
    schema = {
        "properties": {
            "title": {"type": "string"},
            "count": {"type": "integer", "default": 3},
            "draft": {"type": "boolean"},
            "labels": {"type": "array"},
            "meta": {"type": "object"},
            "either": {"type": ["string", "null"]},
            "optional": {"type": "string"},
        },
        "required": ["title", "count", "draft", "labels", "meta", "either", "undescribed"],
    }

    (tool,) = tools_in([{"name": "t", "description": None, "input_schema": schema}])

    assert json.loads(tool.example) == {
        "title": "",
        "count": 3,
        "draft": False,
        "labels": [],
        "meta": {},
        "either": "",
        "undescribed": "",
    }
    assert tool.description == ""
    assert json.loads(tool.schema) == schema


@pytest.mark.parametrize(
    "schema",
    [
        None,
        True,
        [],
        {"properties": None, "required": None},
        {"properties": ["a"], "required": True},
        {"properties": "a", "required": [["a"], {}, 3]},
    ],
)
def test_a_strange_schema_gives_an_empty_example(schema: object) -> None:
    (tool,) = tools_in([{"name": "t", "description": "", "input_schema": schema}])

    assert tool.example == "{}"


def test_a_dataclass_and_a_mapping_answer_alike_and_keep_the_token_out_of_the_repr() -> None:
    token = client_token_in(Issued("cursor", "kf_secret", "http://127.0.0.1/k/kf_secret/mcp"))

    told = {"client": "cursor", "token": "kf_secret", "url": "http://127.0.0.1/k/kf_secret/mcp"}
    assert token == client_token_in(told)
    assert "kf_secret" not in repr(token)


def test_an_answer_without_identity_has_none() -> None:
    assert call_answer_in({"text": "hello", "is_error": False}).identity is None
    assert call_answer_in({"text": "", "is_error": True, "identity": "ada"}).identity == "ada"


def test_audit_events_may_leave_anything_out() -> None:
    (happening,) = happenings_in(({"event": "engine_started", "client": None},))

    assert (happening.event, happening.client, happening.at) == ("engine_started", "", "")


@pytest.mark.parametrize("answer", [None, "text", 3])
def test_an_answer_of_another_shape_is_refused(answer: object) -> None:
    with pytest.raises(EngineUnreachable):
        client_token_in(answer)
    with pytest.raises(EngineUnreachable):
        tools_in(answer)
