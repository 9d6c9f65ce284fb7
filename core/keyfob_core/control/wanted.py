"""What a person wants connected, checked before anybody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from keyfob_core.accounts.credentials import PROGRAM
from keyfob_core.accounts.placements import check_key
from keyfob_core.addresses.origins import origin_of
from keyfob_core.config import METHODS, Account, Config, Server, ServerKind, check_name
from keyfob_core.control.arguments import Arguments
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import ApiKey, KeyPart, Placement, PlacementKind, Profile, Registration
from keyfob_core.providers.catalogue import Catalogue
from keyfob_core.providers.provider import Provider
from keyfob_core.settings.config_reading import changed_profile
from keyfob_core.setups.kept_tokens import KeptToken
from keyfob_core.variables import SECRET

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
    kept_token: KeptToken | None = None
    """A sign-in of another program's, which is taken over."""
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
    account_name = args.maybe_text("account")
    if provider_id is None and server is not None and server.kind is ServerKind.PROGRAM:
        # Its address names none; the account may.
        held = config.accounts.get(account_name or server.levels.account or server.name)
        provider_id = held.provider if held is not None else None
    provider = _provider(provider_id, server, catalogue)
    url = address_of(server, provider)
    name = _account_name(account_name, server, provider)
    known = config.accounts.get(name)
    # A program has no address to sign in at; a provider's token is asked for by its name.
    usual = "api-key" if server is not None and provider is None and not server.url else "oauth"
    method = args.choice("method", METHODS, known.method if known else usual)
    same = known if known is not None and known.method == method else None
    account = Account(
        name=name,
        method=method,
        scopes=args.texts("scopes") or (same.scopes if same else ()),
        client_id=args.maybe_text("client_id") or (same.client_id if same else None),
        provider=provider.id if provider else None,
        own_profile=changed_profile(
            same.own_profile if same else {}, args.take("profile"), f"accounts.{name}"
        ),
    )
    secret = args.maybe_text("secret")
    wanted = Wanted(
        account=account,
        server=server,
        url=url,
        profile=profile_for(account, provider, config),
        key=_any_key(args, server, url, secret, _places(provider) or places, now)
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


def profile_for(account: Account, provider: Provider | None, config: Config) -> Profile:
    """How an account's authorization server wants to be spoken to, and by whom."""
    profile = account.profile(provider.profile() if provider else Profile())
    ours = profile.client_metadata_url or config.client_metadata_url
    return replace(profile, client_metadata_url=ours)


def _provider(name: str | None, server: Server | None, catalogue: Catalogue) -> Provider | None:
    if name is not None:
        return catalogue.get(name)
    return catalogue.for_url(server.url) if server else None


def address_of(server: Server | None, provider: Provider | None) -> str:
    """Where an account is signed in: at the server, or for a program at its provider.

    Its pseudo-origin stands for a program without one, which keys alone are bound to. Raises
    ConfigInvalid where neither is named.
    """
    if server is not None and server.kind is ServerKind.PROGRAM and provider is None:
        return server.origin
    if server is not None and server.kind is not ServerKind.PROGRAM:
        return server.url
    if provider is None:
        raise ConfigInvalid("server", "is missing", "Name a server, or a --provider.")
    if provider.servers:
        return provider.servers[0].url
    found = next((origin for origin in provider.origins if "*" not in origin), None)
    if found is None:
        raise ConfigInvalid(
            "provider",
            f"{provider.name} has another address for each of its customers",
            "Add yours with `keyfob server add NAME URL`, then connect that server.",
        )
    return found


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


def _any_key(
    args: Arguments,
    server: Server | None,
    url: str,
    secret: str | None,
    usual: Sequence[Placement],
    now: float,
) -> ApiKey:
    if server is not None and server.kind is ServerKind.PROGRAM:
        return _program_key(args, server, secret, now)
    return _key(args, url, secret, usual, now)


def _program_key(args: Arguments, server: Server, secret: str | None, now: float) -> ApiKey:
    """A key that no request carries: the program is given it when it is started."""
    more = args.text_tables("parts")
    if args.take("placement") or any(part.keys() - {"secret"} for part in more):
        hint = "It takes its key from a variable: leave the place out."
        raise ConfigInvalid("placement", "means nothing to a program", hint)
    wanted = server.secrets_wanted
    if not wanted:
        raise ConfigInvalid(
            "server",
            f"{server.name} is given no secret",
            f'Write env = {{ NAME = "{SECRET}" }} into [servers.{server.name}] first.',
        )
    lines = [line.strip() for line in (secret or "").splitlines() if line.strip()]
    lines += [part.get("secret", "") for part in more]
    if len(lines) != wanted or not all(lines):
        needs = "one secret" if wanted == 1 else f"{wanted} secrets"
        message = f"is not what {server.name} wants: {needs}"
        raise ConfigInvalid("secret", message, "Pipe them in, one a line, with --secret-stdin.")
    days = args.maybe_span("expires_days", _DAY)
    first, *others = lines
    key = ApiKey(
        secret=first,
        origin=server.origin,
        obtained_at=now,
        parts=tuple(
            KeyPart(placement=Placement(name=f"secret{number}", template="{key}"), secret=other)
            for number, other in enumerate(others, 2)
        ),
        expires_at=now + days * _DAY if days else None,
        remind_at=_reminder(now, days),
    )
    check_key(key)
    return key


def _reminder(now: float, days: int | None) -> float | None:
    return now + max(days - _REMIND_DAYS, days / 2) * _DAY if days else None


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
    days = args.maybe_span("expires_days", _DAY)
    key = ApiKey(
        secret=(secret or "").strip(),
        origin=origin_of(url),
        obtained_at=now,
        placement=_placement(given) if given else _place(places, 0),
        parts=parts,
        expires_at=now + days * _DAY if days else None,
        remind_at=_reminder(now, days),
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
    if method != "api-key" and wanted.url.startswith(PROGRAM):
        raise ConfigInvalid(
            "provider",
            "is missing: a program has no address to sign in at",
            "Name whose token it takes by --provider, or store a key by --method api-key.",
        )
    if method == "service-account" and wanted.service_kind is None:
        raise ConfigInvalid(
            "kind",
            "is missing",
            "Say which service account it is with --kind, such as client-credentials or google.",
        )
    if secret is not None and method in ("oauth", "device-code") and wanted.own_client is None:
        raise ConfigInvalid(
            "client_id",
            "is missing",
            "A key is stored with --method api-key; a client's secret needs its --client-id.",
        )
