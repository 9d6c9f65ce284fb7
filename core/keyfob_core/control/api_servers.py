"""Adding a server that is an HTTP API: its document is read before the person is asked."""

from __future__ import annotations

from keyfob_core.addresses.origins import origin_of
from keyfob_core.api_descriptions import ApiDescription
from keyfob_core.config import Config, Server
from keyfob_core.control.notes import note
from keyfob_core.control.workings import Workings
from keyfob_core.errors import ConfigInvalid
from keyfob_core.model import AuditEvent, Placement, PlacementKind
from keyfob_core.prompts import WideningPrompt
from keyfob_core.settings.config_file import put_server

_MAX_LISTED = 10


class ApiServers:
    """Adds APIs, and reads their documents again."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings

    async def add(
        self, name: str, source: str, url: str | None, *, confirmed: bool
    ) -> tuple[Config, ApiDescription]:
        """Add an API by its document, or read the document of one that is there again.

        What is there keeps its address, whatever its document says now: a credential goes where
        the person said. Raises ConfigInvalid, UpstreamUnreachable, and what a yes raises.
        """
        documents = self._with.documents
        known = self._with.config().servers.get(name)
        if known is not None:
            _check_same(known, source, url)
            url = known.url
        found = await documents.look(source, url, shown=confirmed)
        if known is None:
            await self._with.widening.agree(_prompt(name, found), confirmed=confirmed)
        await documents.keep(name, source, url)
        if known is not None:
            self._record("document_read", name, found)
            return self._with.config(), found
        config = self._with.config.edit(put_server(name, found.url, source))
        self._record("server_added", name, found)
        return config, found

    async def describe(self, server: Server) -> ApiDescription | None:
        """What an API's document says, None for other servers.

        Raises ConfigInvalid or UpstreamUnreachable.
        """
        if server.openapi is None:
            return None
        return await self._with.documents.describe(server.name, server.openapi, server.url)

    def _record(self, event: str, name: str, found: ApiDescription) -> None:
        details = {"url": found.url, "openapi": found.source, "digest": found.digest}
        note(self._with.audit, AuditEvent(event=event, server=name, outcome="ok", details=details))


def _check_same(known: Server, source: str, url: str | None) -> None:
    if known.openapi != source or url not in (None, known.url):
        raise ConfigInvalid(
            "name",
            f"there is a server {known.name!r} already",
            f"Remove it first with `keyfob server remove {known.name}`, or choose another name.",
        )


def _prompt(name: str, found: ApiDescription) -> WideningPrompt:
    goes_to = origin_of(found.url)
    text = f"Add the API {name}? Its calls, and your key with them, go to {goes_to}."
    lies_at = _origin(found.source)
    if lies_at is not None and lies_at != goes_to:
        text = f"{text} Its description is another's: it lies at {lies_at}."
    details = [
        ("Name", name),
        ("Calls go to", found.url),
        ("Described by", found.source),
        ("Calls itself", found.title),
        ("Tools", str(found.tools)),
    ]
    details += [("Sign in by", words) for words in found.sign_ins[:_MAX_LISTED]]
    details += [("Its key stands in", _place_words(place)) for place in found.places]
    return WideningPrompt(title="Add an API", text=text, details=tuple(details))


def _place_words(place: Placement) -> str:
    match place.kind:
        case PlacementKind.HEADER:
            return f"the header {place.name}"
        case PlacementKind.QUERY:
            return f"the parameter {place.name}"
        case PlacementKind.BASIC:
            return "the password of HTTP Basic"


def _origin(source: str) -> str | None:
    try:
        return origin_of(source)
    except ConfigInvalid:
        return None
