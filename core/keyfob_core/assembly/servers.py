"""The ways to servers, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from keyfob_core.config import Config
from keyfob_core.ports import ApiDocuments, Clock, Upstream
from keyfob_core.transports.forms import Form
from keyfob_core.transports.openapi_documents import Documents
from keyfob_core.transports.openapi_upstream import OpenApiUpstream
from keyfob_core.transports.upstreams import Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The one way that the relay knows, and what commands need of those behind it."""

    upstream: Upstream
    documents: ApiDocuments


async def reach_servers(
    config: Callable[[], Config],
    form: Form,
    data_folder: Path,
    clock: Clock,
    changed: Callable[[], None],
    stack: AsyncExitStack,
) -> Ways:
    """Build the ways; their connections are closed with the stack."""
    http, apis = form.upstream(), form.upstream()
    stack.push_async_callback(http.close)
    stack.push_async_callback(apis.close)
    documents = Documents(data_folder / "openapi", apis, changed)
    openapi = OpenApiUpstream(config, documents, apis, clock)
    return Ways(upstream=Upstreams(config, http, openapi), documents=documents)
