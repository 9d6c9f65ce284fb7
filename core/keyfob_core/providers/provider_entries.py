"""Providers' entries as TOML, ours and the person's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from keyfob_core.accounts.placements import check_placement
from keyfob_core.addresses.origins import is_secure_url, origin_of
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import USUAL, Placement, PlacementKind, Profile
from keyfob_core.providers.provider import (
    AppRecipe,
    KeyPlace,
    KeyRecipe,
    Kind,
    Provider,
    ProviderServer,
    Risk,
    ScopeWords,
    Source,
)
from keyfob_core.tables import Table, catalogue

_ID = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,62}")
_PATTERN = re.compile(r"https://\*(\.[a-z0-9-]+){2,}")
_KINDS = tuple(kind.value for kind in Kind)
_RISKS = tuple(risk.value for risk in Risk if risk is not Risk.UNKNOWN)
_SOURCES = ("vendor", "issue", "guide", "list", "tried")
_TRANSPORTS = ("http", "sse")
_TOKEN_AUTH = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
_CALLBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_ENDPOINTS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
    "client_metadata_url",
)
_ENTRY = (
    "name",
    "kinds",
    "servers",
    "origins",
    "profile",
    "scopes",
    "keys",
    "app",
    "confirmed",
    "sources",
    "notes",
    "docs",
)


def read_entries(
    builtin: Mapping[str, bytes], user: str | None, user_file: str
) -> tuple[Provider, ...]:
    """All entries, the person's laid over ours; raises ConfigInvalid with file and field."""
    return tuple(
        _provider(one.name, Table(one.value, one.file, one.name), own=one.own)
        for one in catalogue(builtin, user, user_file)
    )


def _provider(name: str, table: Table, *, own: bool) -> Provider:
    if not _ID.fullmatch(name):
        raise table.wrong("", "cannot be an id", "Use small letters, digits and single '-'.")
    table.only(_ENTRY)
    provider = Provider(
        id=name,
        name=table.need("name"),
        kinds=table.choices("kinds", Kind, _KINDS),
        servers=tuple(_server(one) for one in table.tables("servers")),
        origins=_origins(table),
        quirks=_profile(table.table("profile")),
        scopes={scope: _scope(one) for scope, one in table.named("scopes").items()},
        keys=tuple(_key(one) for one in table.tables("keys")),
        app=_app(table.table("app")) if "app" in table else None,
        confirmed=table.flag("confirmed", False),
        sources=tuple(_source(one) for one in table.tables("sources")),
        notes=table.texts("notes"),
        docs=_page(table, "docs"),
        own=own,
    )
    _check(provider, table)
    return provider


def _check(provider: Provider, table: Table) -> None:
    if not provider.kinds:
        raise table.wrong("kinds", "is missing or empty", f"Use some of {', '.join(_KINDS)}.")
    if not provider.servers and not provider.origins:
        raise table.wrong("servers", "is missing", "Name a server, or an origin in origins.")
    if Kind.KEY in provider.kinds and not provider.keys:
        raise table.wrong("keys", "is missing", "Say where a key is sent.")
    if provider.confirmed and not provider.own:
        kinds = {source.kind for source in provider.sources}
        if not kinds & {"vendor", "issue", "tried"}:
            raise table.wrong("confirmed", "has no source that could confirm it")


def _server(table: Table) -> ProviderServer:
    table.only(("name", "url", "transport", "kinds"))
    url = table.need("url")
    if not is_secure_url(url):
        raise table.wrong("url", f"{url!r} is no https address")
    _checked_origin(table, "url", url)
    return ProviderServer(
        name=table.text("name") or "",
        url=url,
        transport=_one_of(table, "transport", _TRANSPORTS) or "http",
        kinds=table.choices("kinds", Kind, _KINDS),
    )


def _origins(table: Table) -> tuple[str, ...]:
    origins = table.texts("origins")
    for origin in origins:
        if "*" in origin:
            if not _PATTERN.fullmatch(origin):
                raise table.wrong("origins", f"{origin!r} is no pattern", "Use https://*.host.tld.")
        elif not is_secure_url(origin) or _checked_origin(table, "origins", origin) != origin:
            raise table.wrong("origins", f"{origin!r} is no origin", "Use https://host.")
    return origins


def _profile(table: Table) -> Profile:
    table.only(Profile.__dataclass_fields__)
    for key in _ENDPOINTS:
        address = table.text(key)
        if address is not None and not is_secure_url(address):
            raise table.wrong(key, f"{address!r} is no https address")
    issuers = table.texts("metadata_issuers")
    for issuer in issuers:
        if not is_secure_url(issuer):
            raise table.wrong("metadata_issuers", f"{issuer!r} is no https address")
    port = table.number("callback_port", USUAL.callback_port)
    if not 0 <= port <= 65535:
        raise table.wrong("callback_port", f"{port} is no port", "Use 1 to 65535, or 0 for any.")
    path = table.text("callback_path") or USUAL.callback_path
    if not re.fullmatch(r"/[A-Za-z0-9/._~-]*", path):
        raise table.wrong("callback_path", f"{path!r} is no path", "Use one like /callback.")
    return Profile(
        issuer=table.text("issuer"),
        metadata_issuers=issuers,
        authorization_endpoint=table.text("authorization_endpoint"),
        token_endpoint=table.text("token_endpoint"),
        device_authorization_endpoint=table.text("device_authorization_endpoint"),
        revocation_endpoint=table.text("revocation_endpoint"),
        userinfo_endpoint=table.text("userinfo_endpoint"),
        resource=table.text("resource") or USUAL.resource,
        authorize_params=table.pairs("authorize_params"),
        assume_s256=table.flag("assume_s256", USUAL.assume_s256),
        callback_host=_one_of(table, "callback_host", _CALLBACK_HOSTS) or USUAL.callback_host,
        callback_port=port,
        callback_path=path,
        token_auth=_one_of(table, "token_auth", _TOKEN_AUTH),
        token_path=table.texts("token_path"),
        scope_param=table.text("scope_param") or USUAL.scope_param,
        client_metadata_url=table.text("client_metadata_url"),
        dpop=table.flag("dpop", USUAL.dpop),
    )


def _scope(table: Table) -> ScopeWords:
    table.only(("text", "risk"))
    text = table.need("text")
    return ScopeWords(text, Risk(_one_of(table, "risk", _RISKS) or table.need("risk")))


def _key(table: Table) -> KeyRecipe:
    table.only(("name", "page", "steps", "places"))
    places = tuple(_place(one) for one in table.tables("places"))
    if not places:
        raise table.wrong("places", "is missing", "Say where the key is sent.")
    return KeyRecipe(
        name=table.text("name") or "API key",
        page=_page(table, "page"),
        steps=table.texts("steps"),
        places=places,
    )


def _place(table: Table) -> KeyPlace:
    table.only(("label", "kind", "name", "template", "username"))
    kind = PlacementKind(_one_of(table, "kind", tuple(PlacementKind)) or PlacementKind.HEADER)
    usual = Placement()
    name = usual.name if kind is PlacementKind.BASIC else table.need("name")
    placement = Placement(
        kind=kind,
        name=name,
        template=table.text("template") or "{key}",
        username=table.text("username"),
    )
    try:
        check_placement(placement)
    except ConfigInvalid as error:
        field = error.field.rpartition(".")[2]
        raise table.wrong(field, error.message.partition(": ")[2], error.hint) from error
    return KeyPlace(table.text("label") or "Key", placement)


def _app(table: Table) -> AppRecipe:
    table.only(("page", "steps", "secret"))
    page = _page(table, "page")
    if page is None or not table.texts("steps"):
        raise table.wrong("page" if page is None else "steps", "is missing")
    return AppRecipe(page=page, steps=table.texts("steps"), secret=table.flag("secret", False))


def _source(table: Table) -> Source:
    table.only(("kind", "text", "seen"))
    kind = _one_of(table, "kind", _SOURCES) or table.need("kind")
    return Source(kind=kind, text=table.need("text"), seen=table.day("seen"))


def _page(table: Table, key: str) -> str | None:
    page = table.text(key)
    if page is not None and not page.startswith("https://"):
        raise table.wrong(key, f"{page!r} is no https address")
    return page


def _one_of(table: Table, key: str, names: tuple[str, ...]) -> str | None:
    text = table.text(key)
    if text is not None and text not in names:
        raise table.wrong(key, f"{text!r} is none of them", f"Use {', '.join(names)}.")
    return text


def _checked_origin(table: Table, key: str, url: str) -> str:
    try:
        return origin_of(url)
    except ConfigInvalid as error:
        raise table.wrong(key, error.message.partition(": ")[2], error.hint) from error
