"""Pointing MCP clients at Keyfob, put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from keyfob_core.assembly.ground import Ground
from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.entry import Ways
from keyfob_core.clients.imports import ClientImports
from keyfob_core.clients.setups import ClientSetups
from keyfob_core.errors import ConfigInvalid
from keyfob_core.launch import keyfob_command
from keyfob_core.state.client_setups import SetupRecords
from keyfob_core.system.catalogue import builtin_files, own_text
from keyfob_core.system.client_files import SystemClientFiles
from keyfob_core.system.places import place_name

_TOLD = ("KEYFOB_HOME", "KEYFOB_PORT")
"""The variables by which the bridge, and an engine that it starts, find this installation."""


def client_parts(ground: Ground) -> tuple[ClientSetups, ClientImports]:
    """Build them; raises ConfigInvalid for a catalogue that cannot be read."""
    own = ground.settings.paths.clients_file
    catalogue = ClientCatalogue.at_need(lambda: builtin_files("clients"), own_text(own), own.name)

    def ways() -> Ways:
        url = ground.base_url()
        if url.endswith(":0"):
            hint = "Start Keyfob first, or give it a port of its own."
            raise ConfigInvalid("KEYFOB_PORT", "is another port at every start", hint)
        return Ways(
            url=url,
            socket=place_name(ground.settings.paths.relay_socket, sys.platform),
            command=(*keyfob_command(), "stdio"),
            env=_told(os.environ),
        )

    records = SetupRecords(ground.database)
    files = SystemClientFiles(ground.clock)
    setups = ClientSetups(catalogue, files, records, ways, ground.clock)
    return setups, ClientImports(catalogue, files, records)


def _told(environ: Mapping[str, str]) -> Mapping[str, str]:
    told = {name: environ[name] for name in _TOLD if environ.get(name)}
    if "KEYFOB_HOME" in told:
        told["KEYFOB_HOME"] = os.path.abspath(os.path.expanduser(told["KEYFOB_HOME"]))
    return told
