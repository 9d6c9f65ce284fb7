"""`keyfob provider`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import cast

from keyfob_core.cli.shell import Fields, Shell, fields, json_option, rows
from keyfob_core.cli.text import table
from keyfob_core.words.plain import visible

_KINDS = {
    "dcr": "sign in, nothing to prepare",
    "static": "sign in with an OAuth app of your own (--client-id ID)",
    "key": "an API key (--method api-key)",
    "open": "no account needed",
    "device": "device code (--method device-code)",
    "service-account": "service account (--method service-account)",
}
_RISKS = {"read": "reads", "write": "writes", "admin": "administers"}


def add_arguments(parser: ArgumentParser) -> None:
    """Define the command's words."""
    verbs = parser.add_subparsers(required=True, metavar="list|show")
    listed = verbs.add_parser("list", help="list the providers", allow_abbrev=False)
    listed.add_argument("text", metavar="TEXT", nargs="?", help="part of a name or an address")
    json_option(listed)
    listed.set_defaults(act=_list)
    show = verbs.add_parser(
        "show", help="show a provider's scopes, and how to get a key or an app", allow_abbrev=False
    )
    show.add_argument("id", metavar="ID", help="from `keyfob provider list`")
    json_option(show)
    show.set_defaults(act=_show)


def _list(args: Namespace, shell: Shell) -> int:
    wanted = (args.text or "").casefold()
    found = [
        provider
        for provider in rows(shell.call("provider.list"))
        if any(wanted in str(provider[key] or "").casefold() for key in ("id", "name", "url"))
    ]
    shell.data(found)
    if not found:
        shell.say("No provider is called so. A server needs none: keyfob server add NAME URL")
        return 0
    shell.say(_provider_table(found))
    if not all(provider["confirmed"] for provider in found):
        shell.say("\n? = gathered by others; neither the provider says so nor was it tried.")
    return 0


def _show(args: Namespace, shell: Shell) -> int:
    entry = fields(shell.call("provider.show", {"id": args.id}))
    shell.data(entry)
    shell.say("\n".join(_entry(entry)))
    return 0


def _provider_table(providers: list[Fields]) -> str:
    return table(
        ("PROVIDER", "NAME", "CONFIRMED", "WAYS", "ADDRESS"),
        (
            (
                provider["id"],
                provider["name"],
                "yes" if provider["confirmed"] else "?",
                ", ".join(_texts(provider["kinds"])),
                provider["url"],
            )
            for provider in providers
        ),
    )


def _entry(entry: Fields) -> Iterator[str]:
    unsure = "" if entry["confirmed"] else "  (not confirmed)"
    own = "  (yours)" if entry["own"] else ""
    yield f"{visible(str(entry['name']))}{own}{unsure}"
    for kind in _texts(entry["kinds"]):
        yield f"  {visible(_KINDS.get(kind, kind))}"
    for server in rows(entry["servers"]):
        yield f"  {visible(str(server['name']))}: {visible(str(server['url']))}"
    scopes = rows(entry["scopes"])
    if scopes:
        yield "\nScopes"
        yield _indented(_scope_table(scopes))
    if entry["app"]:
        yield from _app(fields(entry["app"]))
    for key in rows(entry["keys"]):
        yield from _recipe(f"Key: {key['name']}", key)
        secrets = _texts(key["secrets"])
        if len(secrets) > 1:
            yield f"  Send them one a line, in this order: {visible(', '.join(secrets))}."
    if entry["notes"]:
        yield "\nNotes"
        yield from (f"  {visible(note)}" for note in _texts(entry["notes"]))
    if entry["docs"]:
        yield f"\nMore: {visible(str(entry['docs']))}"


def _scope_table(scopes: list[Fields]) -> str:
    return table(
        ("SCOPE", "RISK", "MEANS"),
        (
            (scope["name"], _RISKS.get(str(scope["risk"]), scope["risk"]), scope["text"])
            for scope in scopes
        ),
    )


def _app(app: Fields) -> Iterator[str]:
    yield from _recipe("An OAuth app of your own", app)
    yield f"  Redirect address to enter: {visible(str(app['redirect_uri']))}"
    secret = " --secret-stdin" if app["secret"] else ""
    yield f"  Then: keyfob connect SERVER --client-id ID{secret}"


def _recipe(title: str, recipe: Fields) -> Iterator[str]:
    yield f"\n{visible(title)}"
    if recipe["page"]:
        yield f"  {visible(str(recipe['page']))}"
    for number, step in enumerate(_texts(recipe["steps"]), 1):
        yield f"  {number}. {visible(step)}"


def _texts(value: object) -> list[str]:
    return [str(text) for text in cast("list[object]", value)]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
