"""The ways to servers, put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from keyfob_core.config import Config
from keyfob_core.ports import Upstream
from keyfob_core.system.paths import Paths, make_private
from keyfob_core.system.program_environment import program_environment
from keyfob_core.system.program_reaper import Reaper, reaper_command
from keyfob_core.system.program_start import ProgramStarter
from keyfob_core.transports.forms import Form
from keyfob_core.transports.program_records import ProgramRecords
from keyfob_core.transports.program_upstream import ProgramUpstream
from keyfob_core.transports.upstreams import Upstreams


@dataclass(frozen=True, slots=True)
class Ways:
    """How servers are reached."""

    upstream: Upstream
    """The one way that the relay knows."""
    programs: ProgramUpstream


async def reach_servers(
    config: Callable[[], Config],
    form: Form,
    paths: Paths,
    changed: Callable[[], None],
    stack: AsyncExitStack,
) -> Ways:
    """The ways to servers; connections are closed and programs ended with the stack."""
    http = form.upstream()
    stack.push_async_callback(http.close)
    programs = _programs(config, paths, changed, stack)
    return Ways(Upstreams(config, http, programs), programs)


def _programs(
    config: Callable[[], Config], paths: Paths, changed: Callable[[], None], stack: AsyncExitStack
) -> ProgramUpstream:
    reaper = Reaper(reaper_command(), program_environment(os.environ, sys.platform))
    stack.push_async_callback(reaper.close)
    starter = ProgramStarter(os.environ, sys.platform, reaper)
    records = ProgramRecords(paths.program_logs, make_private)
    programs = ProgramUpstream(config, starter, records, changed)
    stack.push_async_callback(programs.close)
    return programs
