"""The OpenAPI documents in use: read, understood, and kept beside the other data."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any, cast

from keyfob_core.api_descriptions import ApiDescription
from keyfob_core.errors import ConfigInvalid, Error
from keyfob_core.model import AuditEvent
from keyfob_core.ports import Audit, Upstream
from keyfob_core.transports.openapi.base import api_base
from keyfob_core.transports.openapi.checks import check_document
from keyfob_core.transports.openapi.reading import MAX_BYTES, Document, read_document
from keyfob_core.transports.openapi.security import key_places, sign_ins
from keyfob_core.transports.openapi.sources import Stamp, read_source, stamp_of
from keyfob_core.transports.openapi.tools import ApiTools, api_tools
from keyfob_core.words.plain import visible

_FORMAT = 1
_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 1.0
_MAX_TITLE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One document, understood."""

    description: ApiDescription
    tools: ApiTools
    stamp: Stamp
    """What its file was when it was read."""
    text: bytes = b""
    """The document as JSON, until it is kept."""


class Documents:
    """Answers an API's tools; a document is read again when its file changes, or when asked to."""

    def __init__(
        self, folder: Path, http: Upstream, audit: Audit, changed: Callable[[], None]
    ) -> None:
        """`folder` is made when something is kept; `http` carries no credential."""
        self._folder = folder
        self._http = http
        self._audit = audit
        self._changed = changed
        self._apis: dict[str, Api] = {}
        self._shown: dict[tuple[str, str | None], Api] = {}
        self._looked: dict[str, float] = {}
        self._problems: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def look(self, source: str, url: str | None, *, shown: bool) -> ApiDescription:
        """Read a document anew, or take what the person has just been shown and said yes to.

        Raises ConfigInvalid or UpstreamUnreachable.
        """
        api = self._shown.get((source, url)) if shown else None
        if api is None or api.stamp != await asyncio.to_thread(stamp_of, source):
            api = await self._read(source, url)
            self._shown = {(source, url): api}
        return api.description

    async def keep(self, name: str, source: str, url: str | None) -> None:
        """Keep what `look` has answered last as a server's document; raises ConfigInvalid."""
        api = self._shown.pop((source, url), None)
        if api is None:
            raise ConfigInvalid("openapi", "has not been read", "Try again.")
        await self._keep(name, api)

    async def describe(self, name: str, source: str, url: str) -> ApiDescription:
        """What a server's document says; raises as `current`."""
        return (await self.current(name, source, url)).description

    async def current(self, name: str, source: str, url: str) -> Api:
        """A server's API, whose calls go to `url` whatever its document says by now.

        A document that has become bad changes nothing. Raises ConfigInvalid, UpstreamUnreachable
        or AuditUnavailable.
        """
        known = self._apis.get(name)
        if known is not None and known.description.source != source:
            known = None
        if known is not None and not await self._has_changed(name, known):
            return known
        async with self._locks.setdefault(name, asyncio.Lock()):
            held = self._apis.get(name)
            if held is not None and held is not known and held.description.source == source:
                return held
            return await self._renewed(name, source, url, known)

    def forget(self, name: str) -> None:
        """Forget a server that was removed."""
        for table in (self._apis, self._problems, self._looked, self._locks):
            table.pop(name, None)
        with contextlib.suppress(OSError):
            self._file(name).unlink()

    def problem(self, name: str) -> str | None:
        """Why a server's document as it is now is not in use."""
        return self._problems.get(name)

    async def _has_changed(self, name: str, known: Api) -> bool:
        now = monotonic()
        if now < self._looked.get(name, 0.0) + _LOOK_AGAIN_SECONDS:
            return False
        self._looked[name] = now
        source = known.description.source
        return known.stamp != await asyncio.to_thread(stamp_of, source)

    async def _renewed(self, name: str, source: str, url: str, known: Api | None) -> Api:
        stamp = await asyncio.to_thread(stamp_of, source)
        if known is None:
            known = await self._from_disk(name, source, url)
            if known is not None and known.stamp == stamp:
                self._put(name, known)
                return known
        try:
            api = await self._read(source, url)
            self._audit.record(_read_again(name, api.description))
            return await self._keep(name, api)
        except Error as error:
            if known is None:
                raise
            # Not read again until it changes again.
            known = replace(known, stamp=stamp)
            self._put(name, known, str(error))
            return known

    async def _keep(self, name: str, api: Api) -> Api:
        await asyncio.to_thread(self._write, name, api)
        api = replace(api, text=b"")
        self._put(name, api)
        return api

    def _put(self, name: str, api: Api, problem: str | None = None) -> None:
        self._apis[name] = api
        self._looked[name] = monotonic()
        if problem is None:
            self._problems.pop(name, None)
        else:
            self._problems[name] = problem
        self._changed()

    async def _read(self, source: str, url: str | None) -> Api:
        stamp = await asyncio.to_thread(stamp_of, source)
        data = await read_source(source, self._http)
        return await _in_thread(lambda: _understood(read_document(data), source, url, stamp))

    async def _from_disk(self, name: str, source: str, url: str) -> Api | None:
        file = self._file(name)
        return await _in_thread(lambda: _read_kept(file, source, url))

    def _write(self, name: str, api: Api) -> None:
        head = json.dumps(
            {
                "format": _FORMAT,
                "source": api.description.source,
                "stamp": api.stamp,
                "digest": api.description.digest,
            }
        )
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(head.encode() + b"\n" + api.text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._file(name))
        except OSError as error:
            raise ConfigInvalid(
                "openapi", f"the document cannot be kept: {error.strerror}", "Look at the disk."
            ) from error

    def _file(self, name: str) -> Path:
        # Names that differ in case alone are one file on some systems, and CON is none on others.
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


async def _in_thread(work: Callable[[], Any]) -> Any:
    """Do what takes seconds of computing beside the loop; raises ConfigInvalid if it does not end.

    What does not end goes on in its thread: the limits of a document are there so that none does.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(work)
    except TimeoutError:
        raise ConfigInvalid(
            "openapi", f"is not understood within {_SECONDS:.0f} seconds", "Give a smaller one."
        ) from None


def _read_again(name: str, found: ApiDescription) -> AuditEvent:
    details = {"openapi": found.source, "digest": found.digest}
    return AuditEvent(event="document_read", server=name, outcome="ok", details=details)


def _understood(document: Document, source: str, url: str | None, stamp: Stamp) -> Api:
    check_document(document)
    base = api_base(document, source, url)
    text = json.dumps(document, separators=(",", ":")).encode()
    if len(text) > MAX_BYTES:
        raise ConfigInvalid("openapi", f"is longer than {MAX_BYTES // 1024 // 1024} MiB as JSON")
    tools = api_tools(document)
    info = document.get("info")
    title = cast("Document", info).get("title") if isinstance(info, dict) else None
    description = ApiDescription(
        title=visible(str(title or "an API without a title"))[:_MAX_TITLE],
        source=source,
        url=base,
        digest=hashlib.sha256(text).hexdigest(),
        tools=len(tools.by_name),
        left_out=tools.left_out,
        sign_ins=sign_ins(document),
        places=key_places(document),
    )
    return Api(description=description, tools=tools, stamp=stamp, text=text)


def _read_kept(file: Path, source: str, url: str) -> Api | None:
    """What was kept, or None where it is of another source or has been damaged."""
    try:
        head, _, data = file.read_bytes().partition(b"\n")
        fields = json.loads(head)
        if fields["format"] != _FORMAT or fields["source"] != source:
            return None
        if hashlib.sha256(data).hexdigest() != fields["digest"]:
            return None
        stamp = cast("Stamp", tuple(fields["stamp"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return replace(_understood(read_document(data), source, url, stamp), text=b"")
