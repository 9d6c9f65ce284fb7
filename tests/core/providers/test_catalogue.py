"""The catalogue of providers: what it says, and how it is added to."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
import tomlkit
from jsonschema import Draft202012Validator

from keyfob_core.errors import ConfigInvalid, UnknownName
from keyfob_core.model import USUAL, PlacementKind, Profile
from keyfob_core.providers.catalogue import Catalogue
from keyfob_core.providers.provider import Kind, Provider, Risk, ScopeWords

FOLDER = files("keyfob_resources") / "providers"
BUILTIN = {
    file.name: file.read_bytes()
    for file in sorted(FOLDER.iterdir(), key=lambda file: file.name)
    if file.name.endswith(".toml")
}
SCHEMA = json.loads((FOLDER / "schema.json").read_bytes())
CATALOGUE = Catalogue.load(BUILTIN)
SMALL = """
[small]
name = "Small"
kinds = ["dcr"]
servers = [{ url = "https://mcp.small.example/mcp" }]
sources = [{ kind = "list", text = "a list", seen = 2026-01-02 }]
"""


def entries() -> Iterator[tuple[str, dict[str, Any]]]:
    for raw in BUILTIN.values():
        yield from tomllib.loads(raw.decode()).items()


ENTRIES = dict(entries())


def as_json(document: dict[str, Any]) -> Any:
    """The document as a schema sees it: dates as text."""
    return json.loads(json.dumps(document, default=str))


def schema_says(document: dict[str, Any]) -> list[str]:
    errors = Draft202012Validator(SCHEMA).iter_errors(as_json(document))
    return [f"{error.json_path}: {error.message}" for error in errors]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", BUILTIN)
def test_each_file_keeps_to_the_schema(name: str) -> None:
    assert schema_says(tomllib.loads(BUILTIN[name].decode())) == []


def test_there_are_enough_providers_and_each_says_where_its_facts_come_from() -> None:
    assert len(CATALOGUE.all()) >= 30
    assert all(provider.sources for provider in CATALOGUE.all())
    confirmed = [provider for provider in CATALOGUE.all() if provider.confirmed]
    assert 10 <= len(confirmed) < len(CATALOGUE.all())
    for provider in confirmed:
        assert {source.kind for source in provider.sources} & {"vendor", "issue", "tried"}
    assert {kind for provider in CATALOGUE.all() for kind in provider.kinds} == set(Kind)


def test_who_needs_an_app_of_ones_own_is_told_how_to_make_it() -> None:
    without = {
        provider.id
        for provider in CATALOGUE.all()
        if Kind.STATIC in provider.kinds and provider.app is None
    }
    # Figma lets nobody make one: the entry says so.
    assert without == {"figma"}
    assert all(recipe.page for provider in CATALOGUE.all() for recipe in provider.keys)


def test_no_two_providers_share_an_origin() -> None:
    for provider in CATALOGUE.all():
        for server in provider.servers:
            assert CATALOGUE.for_url(server.url) is provider


@pytest.mark.parametrize(
    ("provider", "quirk"),
    [
        ("github", {"assume_s256": True, "issuer": "https://github.com/login/oauth"}),
        ("slack", {"token_path": ("authed_user",), "scope_param": "user_scope"}),
        ("slack", {"callback_port": 3118, "callback_host": "localhost"}),
        ("azure-devops", {"resource": "omit", "assume_s256": True}),
        ("azure-devops", {"authorize_params": (("prompt", "select_account"),)}),
        ("power-bi", {"authorize_params": (("prompt", "select_account"),)}),
        (
            "gmail",
            {"authorize_params": (("access_type", "offline"), ("prompt", "consent"))},
        ),
        (
            "atlassian",
            {"metadata_issuers": ("https://cf.mcp.atlassian.com", "https://auth.atlassian.com")},
        ),
        ("notion", {}),
    ],
)
def test_what_is_odd_about_a_provider_stands_in_its_profile(
    provider: str, quirk: dict[str, object]
) -> None:
    profile = CATALOGUE.get(provider).profile()
    assert {name: getattr(profile, name) for name in quirk} == quirk
    if not quirk:
        assert profile == USUAL


def test_scopes_are_told_in_plain_words_with_their_risk() -> None:
    github = CATALOGUE.get("github")
    assert github.scope("repo").risk is Risk.WRITE
    assert "repositories" in github.scope("repo").text
    assert github.scope("new:thing") == ScopeWords("new:thing", Risk.UNKNOWN)
    assert github.risk_of(["read:org"]) is Risk.READ
    assert github.risk_of(["read:org", "gist"]) is Risk.WRITE
    assert github.risk_of(["gist", "new:thing"]) is Risk.UNKNOWN
    assert github.risk_of(["new:thing", "delete_repo", "repo"]) is Risk.ADMIN
    assert github.risk_of([]) is None


def test_a_key_of_two_parts_names_both_places() -> None:
    (recipe,) = CATALOGUE.get("datadog").keys
    assert [place.placement.name for place in recipe.places] == ["DD_API_KEY", "DD_APPLICATION_KEY"]
    personal, service = CATALOGUE.get("atlassian").keys
    assert personal.places[0].placement.kind is PlacementKind.BASIC
    assert service.places[0].placement.template == "Bearer {key}"


def test_a_provider_is_found_by_the_origin_of_a_url_alone() -> None:
    assert found("https://api.githubcopilot.com/mcp/x/repos?y=1") == "github"
    assert found("https://API.githubcopilot.com:443/") == "github"
    assert found("https://mcp.dev.azure.com/contoso") == "azure-devops"
    assert found("https://adb-1.cloud.databricks.com/api") == "databricks"
    for other in (
        "http://api.githubcopilot.com/mcp/",
        "https://api.githubcopilot.com:8443/mcp/",
        "https://api.githubcopilot.com.evil.example/",
        "https://evilcloud.databricks.com/",
        "https://a.b.cloud.databricks.com/",
        "https://cloud.databricks.com/",
        "https://ann:secret@api.githubcopilot.com/",
        "no url",
        "file:///etc/passwd",
    ):
        assert found(other) is None


def found(url: str) -> str | None:
    provider = CATALOGUE.for_url(url)
    return provider.id if provider else None


def test_a_server_may_have_ways_of_its_own() -> None:
    context7 = CATALOGUE.get("context7")
    assert context7.kinds_at("https://mcp.context7.com/mcp/oauth") == (Kind.DCR,)
    assert context7.kinds_at("https://mcp.context7.com/elsewhere") == (Kind.KEY, Kind.DCR)


def test_the_redirect_to_copy_is_the_profiles() -> None:
    assert CATALOGUE.get("slack").redirect_uri == "http://localhost:3118/callback"
    assert CATALOGUE.get("github").redirect_uri == "http://127.0.0.1/callback"


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(UnknownName, match="nobody"):
        CATALOGUE.get("nobody")


def test_a_person_adds_and_overrides_key_by_key() -> None:
    own = (
        SMALL
        + """
[slack.profile]
callback_port = 4000

[slack.scopes."chat:write"]
text = "Speaks for you"
"""
    )
    catalogue = Catalogue.load(BUILTIN, own)
    ours, theirs = CATALOGUE.get("slack"), catalogue.get("slack")
    assert theirs.profile().callback_port == 4000
    assert theirs.profile().token_path == ours.profile().token_path
    assert theirs.scope("chat:write") == ScopeWords("Speaks for you", Risk.WRITE)
    assert theirs.scope("users:read") == ours.scope("users:read")
    assert theirs.servers == ours.servers
    assert (ours.own, theirs.own, catalogue.get("small").own) == (False, True, True)
    assert catalogue.for_url("https://mcp.small.example/mcp") == catalogue.get("small")
    assert len(catalogue.all()) == len(CATALOGUE.all()) + 1


def test_a_list_of_the_persons_replaces_ours_whole() -> None:
    catalogue = Catalogue.load(BUILTIN, '[github]\nkinds = ["key"]\nnotes = ["mine"]\n')
    assert catalogue.get("github").kinds == (Kind.KEY,)
    assert catalogue.get("github").notes == ("mine",)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("x", "providers.toml"),
        ("small = 3", "providers.toml: small"),
        (SMALL.replace("[small]", "[Small]"), "providers.toml: Small"),
        (SMALL + "colour = 1", "providers.toml: small.colour"),
        (SMALL.replace('name = "Small"', ""), "providers.toml: small.name"),
        (SMALL.replace('"Small"', '" "'), "providers.toml: small.name"),
        (SMALL.replace('"dcr"', '"magic"'), "providers.toml: small.kinds"),
        (SMALL.replace('["dcr"]', "[]"), "providers.toml: small.kinds"),
        (SMALL.replace('["dcr"]', '["key"]'), "providers.toml: small.keys"),
        (SMALL.replace("https", "http"), "providers.toml: small.servers[0].url"),
        (SMALL.replace("mcp.small", "ann:pw@mcp.small"), "providers.toml: small.servers[0].url"),
        (SMALL + 'origins = ["https://*.com"]', "providers.toml: small.origins"),
        (SMALL + 'origins = ["https://x.example/path"]', "providers.toml: small.origins"),
        (SMALL + 'confirmed = "yes"', "providers.toml: small.confirmed"),
        (SMALL + 'docs = "javascript:alert(1)"', "providers.toml: small.docs"),
        (SMALL + "notes = [1]", "providers.toml: small.notes"),
        (SMALL + '[small.profile]\nresourse = "omit"', "providers.toml: small.profile.resourse"),
        (SMALL + "[small.profile]\nassume_s256 = 1", "providers.toml: small.profile.assume_s256"),
        (
            SMALL + '[small.profile]\nmetadata_issuers = ["http://as.example.com"]',
            "providers.toml: small.profile.metadata_issuers",
        ),
        (SMALL + "[small.profile]\ndpop = 1", "providers.toml: small.profile.dpop"),
        (
            SMALL + "[small.profile]\ncallback_port = 70000",
            "providers.toml: small.profile.callback_port",
        ),
        (
            SMALL + "[small.profile]\ncallback_port = true",
            "providers.toml: small.profile.callback_port",
        ),
        (
            SMALL + '[small.profile]\ncallback_host = "0.0.0.0"',
            "providers.toml: small.profile.callback_host",
        ),
        (
            SMALL + '[small.profile]\ncallback_path = "/a?b"',
            "providers.toml: small.profile.callback_path",
        ),
        (
            SMALL + '[small.profile]\ntoken_endpoint = "http://x.example/token"',
            "providers.toml: small.profile.token_endpoint",
        ),
        (
            SMALL + "[small.profile.authorize_params]\nprompt = 1",
            "providers.toml: small.profile.authorize_params.prompt",
        ),
        (
            SMALL + '[small.scopes.a]\ntext = "A"\nrisk = "unknown"',
            "providers.toml: small.scopes.a.risk",
        ),
        (SMALL + '[small.scopes.a]\ntext = "A"', "providers.toml: small.scopes.a.risk"),
        (
            SMALL + '[[small.keys]]\nplaces = [{ name = "Host", template = "{key}" }]',
            "providers.toml: small.keys[0].places[0].name",
        ),
        (
            SMALL + '[[small.keys]]\nplaces = [{ kind = "basic" }]',
            "providers.toml: small.keys[0].places[0].template",
        ),
        (SMALL + "[[small.keys]]\nplaces = []", "providers.toml: small.keys[0].places"),
        (SMALL + '[small.app]\npage = "https://x.example"', "providers.toml: small.app.steps"),
        (SMALL.replace("2026-01-02", '"then"'), "providers.toml: small.sources[0].seen"),
        ('[github.profile]\nissuer = "ftp://x"', "providers.toml: github.profile.issuer"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_field(text: str, field: str) -> None:
    with pytest.raises(ConfigInvalid) as failed:
        Catalogue.load(BUILTIN, text)
    assert failed.value.field == field


def test_an_error_in_our_own_files_names_that_file() -> None:
    with pytest.raises(ConfigInvalid) as failed:
        Catalogue.load({"money.toml": b'[stripe]\nname = "Stripe"\nkinds = ["dcr"]'})
    assert failed.value.field == "money.toml: stripe.servers"
    with pytest.raises(ConfigInvalid) as failed:
        Catalogue.load({"a.toml": SMALL.encode(), "b.toml": SMALL.encode()})
    assert failed.value.field == "b.toml: small"
    unproven = SMALL + "confirmed = true"
    with pytest.raises(ConfigInvalid) as failed:
        Catalogue.load({"a.toml": unproven.encode()})
    assert failed.value.field == "a.toml: small.confirmed"
    assert Catalogue.load({}, unproven).get("small").confirmed


def test_our_own_files_are_read_when_they_are_asked_for_and_the_person_s_at_once() -> None:
    read: list[str] = []

    def builtin() -> Mapping[str, bytes]:
        read.append("ours")
        return BUILTIN

    catalogue = Catalogue.at_need(builtin, None, "providers.toml")
    assert read == []
    assert catalogue.for_url(catalogue.get("github").servers[0].url) == CATALOGUE.get("github")
    assert read == ["ours"]
    with pytest.raises(ConfigInvalid) as failed:
        Catalogue.at_need(builtin, "[small", "providers.toml")
    assert failed.value.field == "providers.toml"


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "an unknown key": lambda entry: entry.update(colour="red"),
    "no name": lambda entry: entry.pop("name"),
    "a name of blanks": lambda entry: entry.update(name=" "),
    "no kinds": lambda entry: entry.update(kinds=[]),
    "an unknown kind": lambda entry: entry["kinds"].append("magic"),
    "no address": lambda entry: [entry.pop("servers", None), entry.pop("origins", None)],
    "a plain address": lambda entry: entry.update(servers=[{"url": "http://x.example"}]),
    "an address with a path for an origin": lambda entry: entry.update(origins=["https://a.b/c"]),
    "a key without a place": lambda entry: entry.update(keys=[{"places": []}]),
    "a header without a name": lambda entry: entry.update(keys=[{"places": [{}]}]),
    "an unknown quirk": lambda entry: entry.update(profile={"quirk": True}),
    "a quirk of another type": lambda entry: entry.update(profile={"assume_s256": "yes"}),
    "a plain endpoint": lambda entry: entry.update(profile={"issuer": "http://x.example"}),
    "a port out of range": lambda entry: entry.update(profile={"callback_port": 65536}),
    "a callback for all": lambda entry: entry.update(profile={"callback_host": "0.0.0.0"}),
    "a scope without words": lambda entry: entry.update(scopes={"a": {"risk": "read"}}),
    "a scope without risk": lambda entry: entry.update(scopes={"a": {"text": "A"}}),
    "an app without steps": lambda entry: entry.update(app={"page": "https://x.example"}),
    "a page that is none": lambda entry: entry.update(docs="javascript:alert(1)"),
    "an unknown source": lambda entry: entry.update(sources=[{"kind": "hearsay"}]),
    "no proof": lambda entry: entry.update(
        confirmed=True, sources=[{"kind": "list", "text": "a", "seen": date(2026, 1, 2)}]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("provider", ["github", "datadog"])
def test_schema_and_loader_refuse_the_same(provider: str, change: str) -> None:
    entry = deepcopy(ENTRIES[provider])
    CHANGES[change](entry)
    assert schema_says({provider: entry}) != []
    with pytest.raises(ConfigInvalid):
        Catalogue.load({"x.toml": to_toml({provider: entry}).encode()})


def test_an_unchanged_entry_passes_both_so_that_the_changes_are_what_is_refused() -> None:
    for provider in ("github", "datadog"):
        entry = {provider: deepcopy(ENTRIES[provider])}
        assert schema_says(entry) == []
        read = Catalogue.load({"x.toml": to_toml(entry).encode()}).get(provider)
        assert read == CATALOGUE.get(provider)


def to_toml(document: dict[str, Any]) -> str:
    return tomlkit.dumps(document)


def test_schema_and_profile_know_the_same_quirks() -> None:
    assert set(SCHEMA["$defs"]["profile"]["properties"]) == set(Profile.__dataclass_fields__)
    assert set(SCHEMA["$defs"]["scope"]["properties"]["risk"]["enum"]) == set(Risk) - {Risk.UNKNOWN}
    assert set(SCHEMA["$defs"]["kinds"]["items"]["enum"]) == set(Kind)
    assert {"profile", *SCHEMA["$defs"]["provider"]["properties"]} - set(
        Provider.__dataclass_fields__
    ) == {"profile"}
