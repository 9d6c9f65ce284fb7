"""The ways to servers, put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from keyfob_core.addresses.network import Network
from keyfob_core.api_descriptions import ApiDocuments
from keyfob_core.config import Config, ServerKind
from keyfob_core.ports import Audit, Clock
from keyfob_core.sessions.session_notes import SessionNotes
from keyfob_core.system.paths import make_private
from keyfob_core.system.program_environment import program_environment
from keyfob_core.system.program_reaper import Reaper, reaper_command
from keyfob_core.system.program_start import ProgramStarter
from keyfob_core.transports.eras.way import Eras
from keyfob_core.transports.forms import Form
from keyfob_core.transports.http.servers import HttpServers
from keyfob_core.transports.openapi.documents import Documents
from keyfob_core.transports.openapi.upstream import OpenApiUpstream
from keyfob_core.transports.programs.records import ProgramRecords
from keyfob_core.transports.programs.upstream import ProgramUpstream
from keyfob_core.transports.side_sessions import SideSessions
from keyfob_core.transports.sse.upstream import SseUpstream
from keyfob_core.transports.upstreams import Upstreams


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The one way that the relay knows, and what commands need of those behind it."""

    upstream: Upstreams
    eras: Eras
    documents: ApiDocuments
    programs: ProgramUpstream
    forget_idle: Callable[[], Awaitable[None]]
    """Has no connection used again that is idle now."""


async def reach_servers(
    config: Callable[[], Config],
    form: Form,
    network: Network,
    data_folder: Path,
    program_logs: Path,
    audit: Audit,
    clock: Clock,
    changed: Callable[[], None],
    session_notes: SessionNotes,
    stack: AsyncExitStack,
) -> Reach:
    """Build the ways; what they hold is given back with the stack, and programs end with it."""
    http, apis = form.upstream(network), form.upstream(network)
    stack.push_async_callback(http.close)
    stack.push_async_callback(apis.close)
    sse = SseUpstream(http, clock)
    stack.push_async_callback(sse.close)
    documents = Documents(data_folder / "openapi", apis, audit, changed)
    programs = _programs(config, program_logs, changed, stack)
    ways = {
        ServerKind.HTTP: HttpServers(config, http, sse),
        ServerKind.OPENAPI: OpenApiUpstream(config, documents, apis, clock),
        ServerKind.PROGRAM: programs,
    }
    eras = Eras(clock=clock, notes=session_notes)
    stack.push_async_callback(eras.close)
    beside = SideSessions(clock)
    stack.push_async_callback(beside.close)
    upstream = Upstreams(config, ways, eras, beside)

    async def forget_idle() -> None:
        await http.forget_idle()
        await apis.forget_idle()

    return Reach(
        upstream=upstream,
        eras=eras,
        documents=documents,
        programs=programs,
        forget_idle=forget_idle,
    )


def _programs(
    config: Callable[[], Config], logs: Path, changed: Callable[[], None], stack: AsyncExitStack
) -> ProgramUpstream:
    reaper = Reaper(reaper_command(), program_environment(os.environ, sys.platform))
    stack.push_async_callback(reaper.close)
    starter = ProgramStarter(os.environ, sys.platform, reaper)
    records = ProgramRecords(logs, make_private)
    programs = ProgramUpstream(config, starter, records, changed)
    stack.push_async_callback(programs.close)
    return programs
