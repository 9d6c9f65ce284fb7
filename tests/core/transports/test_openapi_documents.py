"""Where OpenAPI documents come from, and what is kept of them."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from keyfob_core.errors import ConfigInvalid, Error, UpstreamUnreachable
from keyfob_core.system.network import SystemNetwork
from keyfob_core.transports.openapi.documents import Documents
from keyfob_core.transports.openapi.reading import MAX_BYTES
from keyfob_core.transports.openapi.sources import read_source
from support.audit_log import RecordedAudit
from support.eventually import eventually
from support.forms import form_of_the_test
from support.rest_api import as_yaml, document, rest_api
from support.upstreams import Reply, scripted_upstream

API = "https://api.example/v1"


@asynccontextmanager
async def documents_in(
    folder: Path, changed: Callable[[], None] = lambda: None, audit: RecordedAudit | None = None
) -> AsyncGenerator[Documents]:
    http = form_of_the_test().upstream(SystemNetwork())
    try:
        yield Documents(folder / "openapi", http, audit or RecordedAudit(), changed)
    finally:
        await http.close()


def described(file: Path, *operations: str, **changes: Any) -> str:
    """Write a document with these operations; answers its path."""
    paths = {f"/{name}": {"get": {"operationId": name}} for name in operations}
    servers = [{"url": API}]
    file.write_text(as_yaml(document(paths=paths, servers=servers, **changes)), "utf-8")
    return str(file)


async def names(documents: Documents, source: str, server: str = "api") -> list[str]:
    return list((await documents.current(server, source, API)).tools.by_name)


async def kept(documents: Documents, source: str, server: str = "api") -> None:
    await documents.look(source, None, shown=False)
    await documents.keep(server, source, None)


async def test_a_document_says_what_a_person_is_asked_about(tmp_path: Path) -> None:
    source = described(tmp_path / "api.yaml", "a", "b")
    async with documents_in(tmp_path) as documents:
        found = await documents.look(source, None, shown=False)
    assert (found.title, found.source, found.url, found.tools) == ("Notes", source, API, 2)
    assert len(found.digest) == 64


async def test_what_was_kept_is_used_without_network_or_file(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    async with rest_api() as api, documents_in(tmp_path) as documents:
        await kept(documents, api.document_url, "remote")
        await kept(documents, described(file, "a"), "local")
        url = api.document_url
        assert len(api.documents) == 1
    file.unlink()
    async with documents_in(tmp_path) as documents:
        assert "listNotes" in await names(documents, url, "remote")
        assert documents.problem("remote") is None
        assert await names(documents, str(file), "local") == ["a"]
        assert "cannot be read" in (documents.problem("local") or "")


async def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    told: list[None] = []
    audit = RecordedAudit()
    async with documents_in(tmp_path, lambda: told.append(None), audit) as documents:
        await kept(documents, described(file, "a"))
        assert await names(documents, str(file)) == ["a"]
        before = len(told)
        described(file, "a", "longer")
        await eventually(lambda: _has(documents, str(file), "longer"))
        assert await names(documents, str(file)) == ["a", "longer"]
        assert len(told) > before
        [event] = audit.events
        assert (event.event, event.server, event.details["openapi"]) == (
            "document_read",
            "api",
            str(file),
        )
    async with documents_in(tmp_path) as documents:
        assert await names(documents, str(file)) == ["a", "longer"]


async def test_a_file_that_became_bad_changes_nothing_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    async with documents_in(tmp_path) as documents:
        await kept(documents, described(file, "a"))
        file.write_text("swagger: '2.0'", "utf-8")

        async def problem() -> bool:
            assert await names(documents, str(file)) == ["a"]
            return "Swagger 2" in (documents.problem("api") or "")

        await eventually(problem)
        described(file, "good")
        await eventually(lambda: _has(documents, str(file), "good"))
        assert documents.problem("api") is None


async def test_a_change_of_servers_changes_no_address(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    async with documents_in(tmp_path) as documents:
        await kept(documents, described(file, "a"))
        evil = document(servers=[{"url": "https://evil.example"}])
        file.write_text(json.dumps(evil), "utf-8")
        await eventually(lambda: _has(documents, str(file), "listNotes"))
        assert (await documents.current("api", str(file), API)).description.url == API


async def _has(documents: Documents, source: str, name: str) -> bool:
    return name in await names(documents, source)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data.replace(b'"a"', b'"b"'),
        lambda data: b"",
        lambda data: b"\xff" + data,
        lambda data: data.replace(b'"format": 1', b'"format": 2'),
        lambda data: b"{}\n" + data.partition(b"\n")[2],
    ],
)
async def test_a_damaged_copy_is_not_believed(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    source = described(tmp_path / "api.yaml", "a")
    async with documents_in(tmp_path) as documents:
        await kept(documents, source)
    [copy] = (tmp_path / "openapi").iterdir()
    data = copy.read_bytes()
    copy.write_bytes(damage(data))
    async with documents_in(tmp_path) as documents:
        assert await names(documents, source) == ["a"]
    assert copy.read_bytes() == data


async def test_another_source_is_another_document(tmp_path: Path) -> None:
    one, two = described(tmp_path / "1", "one"), described(tmp_path / "2", "two")
    async with documents_in(tmp_path) as documents:
        await kept(documents, one)
        assert await names(documents, one) == ["one"]
        assert await names(documents, two) == ["two"]


async def test_names_that_differ_in_case_alone_are_kept_apart(tmp_path: Path) -> None:
    one, two = described(tmp_path / "1", "one"), described(tmp_path / "2", "two")
    async with documents_in(tmp_path) as documents:
        await kept(documents, one, "API")
        await kept(documents, two, "api")
    files = [file.name.lower() for file in (tmp_path / "openapi").iterdir()]
    assert len(set(files)) == 2
    assert all(name.removesuffix(".json").isalnum() for name in files)


async def test_a_forgotten_server_leaves_no_copy(tmp_path: Path) -> None:
    async with documents_in(tmp_path) as documents:
        await kept(documents, described(tmp_path / "1", "one"))
        documents.forget("api")
        documents.forget("never there")
    assert list((tmp_path / "openapi").iterdir()) == []


async def test_the_yes_is_for_what_was_shown(tmp_path: Path) -> None:
    async with rest_api(servers=[{"url": API}]) as api, documents_in(tmp_path) as documents:
        shown = await documents.look(api.document_url, None, shown=False)
        api.document["servers"] = [{"url": "https://evil.example"}]
        assert await documents.look(api.document_url, None, shown=True) == shown
        await documents.keep("api", api.document_url, None)
        again = await documents.look(api.document_url, None, shown=True)
        assert again.url == "https://evil.example"
        assert len(api.documents) == 2


async def test_a_file_that_changed_after_it_was_shown_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    async with documents_in(tmp_path) as documents:
        await documents.look(described(file, "a"), None, shown=False)
        described(file, "a", "b")
        assert (await documents.look(str(file), None, shown=True)).tools == 2


async def test_nothing_is_kept_that_was_not_looked_at(tmp_path: Path) -> None:
    async with documents_in(tmp_path) as documents:
        with pytest.raises(ConfigInvalid):
            await documents.keep("api", described(tmp_path / "1", "one"), None)
    assert not (tmp_path / "openapi").exists()


async def test_a_bad_document_without_a_copy_is_an_error_each_time(tmp_path: Path) -> None:
    async with documents_in(tmp_path) as documents:
        for _ in range(2):
            with pytest.raises(ConfigInvalid):
                await documents.current("api", str(tmp_path / "none"), API)


async def read(source: str) -> bytes:
    http = form_of_the_test().upstream(SystemNetwork())
    try:
        return await read_source(source, http)
    finally:
        await http.close()


async def test_an_address_is_asked_without_anything_of_ours() -> None:
    async with rest_api() as api:
        assert json.loads(await read(f"{api.document_url}#fragment")) == document()
        [asked] = api.documents
    assert {name for name, _ in asked.headers} == {
        "host",
        "accept",
        "accept-encoding",
        "user-agent",
    }


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(404), "HTTP 404"),
        (Reply(401), "HTTP 401"),
        (Reply(302, (("Location", "https://evil.example/o"),)), "leads to https://evil.example/o"),
        (Reply(204, (("Content-Length", "0"),)), "HTTP 204"),
    ],
)
async def test_an_address_without_a_document_is_told(reply: Reply, words: str) -> None:
    async with scripted_upstream(reply) as server:
        with pytest.raises(UpstreamUnreachable) as refused:
            await read(server.url)
    assert words in refused.value.message
    assert refused.value.hint


async def test_an_endless_document_is_cut_off() -> None:
    reply = Reply(chunks=(b"x" * (MAX_BYTES // 4),) * 6)
    async with scripted_upstream(reply) as server:
        assert MAX_BYTES < len(await read(server.url)) < 2 * MAX_BYTES


@pytest.mark.parametrize("source", ["http://docs.example/o.json", "http://10.0.0.1/o.json"])
async def test_a_document_without_tls_is_not_fetched(source: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        await read(source)
    assert "TLS" in refused.value.message


async def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    sources = [tmp_path, tmp_path / "pipe", tmp_path / "none", "/dev/zero", "a\0b"]
    for source in map(str, sources):
        with pytest.raises(Error) as refused:
            await read(source)
        assert repr(source) in refused.value.message
