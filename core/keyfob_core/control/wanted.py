"""What a person wants connected, checked before anybody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keyfob_core.config import METHODS, Account, Config, Server, check_name
from keyfob_core.config_reading import profile_fields_of
from keyfob_core.control.arguments import Arguments
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ApiKey, KeyPart, Placement, PlacementKind, Profile, Registration
from keyfob_core.origins import origin_of
from keyfob_core.placements import check_key
from keyfob_core.provider import Provider
from keyfob_core.providers import Catalogue

_DAY = 86400.0
_REMIND_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One account to connect, and how."""

    account: Account
    server: Server | None
    """None for an account of a provider without an MCP server."""
    url: str
    """The server's address, or the provider's."""
    profile: Profile
    challenge: str | None = None
    key: ApiKey | None = None
    check_key: bool = True
    own_client: Registration | None = None
    """The person's own OAuth client with its secret or key."""
    register_again: bool = False
    """Do not use the registration that is kept, where we made it ourselves."""
    service_kind: str | None = None
    service_key: str | None = field(default=None, repr=False)
    service_secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Further ones, by the names that the kind gives them."""
    service_parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def target(self) -> str:
        """What the account is for, in words."""
        return self.server.name if self.server else self.url


def read_wanted(
    args: Arguments,
    config: Config,
    catalogue: Catalogue,
    now: float,
    places: Sequence[Placement] = (),
) -> Wanted:
    """Take a `connect` command's arguments; raises ConfigInvalid by field, or UnknownName.

    `places` are where an API's own document says that its keys stand; a provider's entry and the
    command's words come before it.
    """
    provider_id, server_name = args.maybe_text("provider"), args.maybe_text("server")
    server = config.server(server_name) if server_name else None
    provider = _provider(provider_id, server, catalogue)
    url = _url(server, provider)
    account_name = args.maybe_text("account")
    name = _account_name(account_name, server, provider)
    known = config.accounts.get(name)
    method = args.choice("method", METHODS, known.method if known else "oauth")
    same = known if known is not None and known.method == method else None
    account = Account(
        name=name,
        method=method,
        scopes=args.texts("scopes") or (same.scopes if same else ()),
        client_id=args.maybe_text("client_id") or (same.client_id if same else None),
        provider=provider.id if provider else None,
        own_profile=profile_fields_of(args.take("profile"), f"accounts.{name}")
        or (dict(same.own_profile) if same else {}),
    )
    base = provider.profile() if provider else Profile()
    if config.client_metadata_url and base.client_metadata_url is None:
        account_profile = {"client_metadata_url": config.client_metadata_url, **account.own_profile}
        profile = Account(name, method, own_profile=account_profile).profile(base)
    else:
        profile = account.profile(base)
    secret = args.maybe_text("secret")
    wanted = Wanted(
        account=account,
        server=server,
        url=url,
        profile=profile,
        key=_key(args, url, secret, _places(provider) or places, now)
        if method == "api-key"
        else None,
        check_key=args.flag("check_key", True),
        own_client=_own_client(account, secret),
        register_again=args.flag("register_again", False),
        service_kind=args.maybe_text("kind"),
        service_key=secret if method == "service-account" else None,
        service_secrets=args.text_table("secrets"),
        service_parameters=args.text_table("parameters"),
    )
    args.none()
    _check(wanted, secret)
    return wanted


def _provider(name: str | None, server: Server | None, catalogue: Catalogue) -> Provider | None:
    if name is not None:
        return catalogue.get(name)
    return catalogue.for_url(server.url) if server else None


def _url(server: Server | None, provider: Provider | None) -> str:
    if server is not None:
        return server.url
    if provider is None:
        raise ConfigInvalid("server", "is missing", "Name a server, or a --provider.")
    if provider.servers:
        return provider.servers[0].url
    return next(origin for origin in provider.origins if "*" not in origin)


def _account_name(name: str | None, server: Server | None, provider: Provider | None) -> str:
    if name is None and server is not None:
        name = server.levels.account or server.name
    return check_name("account", name or (provider.id if provider else ""))


def _own_client(account: Account, secret: str | None) -> Registration | None:
    if (
        account.client_id is None
        or secret is None
        or account.method not in ("oauth", "device-code")
    ):
        return None
    is_key = secret.lstrip().startswith(("-----BEGIN", "{"))
    return Registration(
        issuer="",
        client_id=account.client_id,
        client_secret=None if is_key else secret.strip(),
        private_key=secret if is_key else None,
        dynamic=False,
    )


def _key(
    args: Arguments, url: str, secret: str | None, usual: Sequence[Placement], now: float
) -> ApiKey:
    given = args.text_table("placement")
    places = () if given else usual
    more = args.text_tables("parts")
    parts = tuple(
        KeyPart(
            placement=_placement(part)
            if "kind" in part or "name" in part
            else _place(places, number),
            secret=part.get("secret", ""),
        )
        for number, part in enumerate(more, 1)
    )
    days = args.maybe_number("expires_days")
    key = ApiKey(
        secret=(secret or "").strip(),
        origin=origin_of(url),
        obtained_at=now,
        placement=_placement(given) if given else _place(places, 0),
        parts=parts,
        expires_at=now + days * _DAY if days else None,
        remind_at=now + max(days - _REMIND_DAYS, days / 2) * _DAY if days else None,
    )
    if not key.secret:
        raise ConfigInvalid("secret", "is empty", "Pipe the key in with --secret-stdin.")
    check_key(key)
    return key


def _places(provider: Provider | None) -> tuple[Placement, ...]:
    recipes = provider.keys if provider else ()
    return tuple(place.placement for place in recipes[0].places) if recipes else ()


def _place(places: Sequence[Placement], number: int) -> Placement:
    return places[number] if number < len(places) else Placement()


def _placement(given: Mapping[str, str]) -> Placement:
    kind = given.get("kind", "header")
    if kind not in tuple(PlacementKind):
        raise ConfigInvalid("placement.kind", f"{kind!r} is none", "Use header, query or basic.")
    known = {name: given[name] for name in ("name", "username") if name in given}
    template = given.get("template") or _usual_template(kind, given.get("name", ""))
    return Placement(kind=PlacementKind(kind), template=template, **known)


def _usual_template(kind: str, name: str) -> str:
    if kind == PlacementKind.BASIC:
        return "{username}:{key}"
    bearer = kind == PlacementKind.HEADER and name.lower() in ("", "authorization")
    return "Bearer {key}" if bearer else "{key}"


def _check(wanted: Wanted, secret: str | None) -> None:
    method = wanted.account.method
    if method == "service-account" and wanted.service_kind is None:
        raise ConfigInvalid(
            "kind",
            "is missing",
            "Say which service account it is with --kind, such as client-credentials or google.",
        )
    if secret is not None and method in ("oauth", "device-code") and wanted.own_client is None:
        raise ConfigInvalid(
            "client_id", "is missing", "A client's secret needs its --client-id beside it."
        )
