"""The home folder of somebody who uses MCP clients, and Keyfob's setups in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from keyfob_core.clients.catalogue import ClientCatalogue
from keyfob_core.clients.entry import Ways
from keyfob_core.clients.known import SYSTEMS, Format, KnownClient
from keyfob_core.clients.places import config_files
from keyfob_core.clients.setups import ClientSetups
from keyfob_core.clients.toml_editor import inline
from keyfob_core.setups.client_setups import SetupPlan, SetupState, Surroundings
from keyfob_core.system.client_files import SystemClientFiles
from support.known_clients import CLIENTS
from support.tables import MemorySetups

WAYS = Ways(
    url="http://127.0.0.1:7332",
    socket="/run/user/1/keyfob/relay.sock",
    command=("/opt/keyfob/bin/python", "-I", "-m", "keyfob_core.cli.main", "stdio"),
    env={"KEYFOB_HOME": "/home/ada/keyfob"},
)
TOKEN = "kf_" + "t" * 43


@dataclass
class ClientHome:
    """A home on one of the systems, and what Keyfob did there."""

    folder: Path
    system: str
    catalogue: ClientCatalogue = CLIENTS
    ways: Ways = WAYS
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    table: MemorySetups = field(default_factory=MemorySetups)
    files: SystemClientFiles = field(default_factory=SystemClientFiles)

    @property
    def where(self) -> Surroundings:
        home = str(self.folder)
        return Surroundings(self.system, {"HOME": home, "USERPROFILE": home, **self.environ})

    @property
    def setups(self) -> ClientSetups:
        return ClientSetups(self.catalogue, self.files, self.table, lambda: self.ways, lambda: 1.0)

    def path(self, client: str) -> Path:
        """The client's first file."""
        return Path(config_files(CLIENTS.get(client), self.where, self.files)[0])

    def have(self, client: str, data: bytes | None) -> Path:
        """Let the client's file hold this."""
        path = self.path(client)
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is not None:
            path.write_bytes(data)
        return path

    def plan(self, client: str) -> SetupPlan:
        return self.setups.plan(client, self.where)

    def state(self, client: str) -> SetupState:
        """How the client's file is; the others are not looked at."""
        alone = ClientHome(
            self.folder,
            self.system,
            ClientCatalogue(lambda: [self.catalogue.get(client)]),
            self.ways,
            self.environ,
            self.table,
            self.files,
        )
        (found,) = alone.setups.states(self.where)
        return found

    def add(self, client: str, plan: SetupPlan | None = None) -> None:
        """Point the client at Keyfob, or go on with what was planned before."""
        plan = plan or self.plan(client)
        token_id = "t1" if plan.needs_token else None
        self.setups.write(plan, self.where, TOKEN, token_id)


def homes(folder: Path) -> list[ClientHome]:
    """A home on each system."""
    return [ClientHome(folder / system, system) for system in SYSTEMS]


def existing(client: KnownClient, *, tabs: bool = False) -> str:
    """A file of the client's that has a server and a comment, where its format allows one."""
    server: dict[str, object] = {"url": "https://mcp.example/mcp"}
    if client.format is Format.TOML:
        return _toml(client, server, "\t" if tabs else "")
    if client.format is Format.YAML:
        return _yaml(client, "\t" if tabs else "")
    whole: dict[str, object] = {"theme": "dark"}
    inner = whole
    for key in client.key:
        inner = cast("dict[str, object]", inner.setdefault(key, {}))
    inner["other"] = server
    return json.dumps(whole, indent="\t" if tabs else 2) + "\n"


def commented(client: KnownClient) -> str:
    """The same with comments, in JSON too: some clients bear them there."""
    text = existing(client)
    if client.format in (Format.JSON, Format.JSONC):
        return text.replace("\n", " // a note\n").replace('"dark",', '"dark", /* {"a": */')
    return "# a note\n" + text


def hostile(client: KnownClient) -> bytes:
    """What no edit is safe on."""
    deep: Mapping[Format, str] = {
        Format.JSON: '{"a":' + "[" * 5000,
        Format.JSONC: '{"a":' + "[" * 5000,
        Format.TOML: "a = " + "[" * 5000,
        Format.YAML: "a: " + "[" * 5000,
    }
    return deep[client.format].encode()


def _toml(client: KnownClient, server: Mapping[str, object], blank: str) -> str:
    path = ".".join(client.key)
    header = f"[[{path}]]\nname = 'other'" if client.name_key else f"[{path}.other]"
    lines = "".join(f"{blank}{key} = {inline(one)}\n" for key, one in server.items())
    return f"theme ={blank} 'dark'\n\n{header}\n{lines}"


def _yaml(client: KnownClient, blank: str) -> str:
    head = f"theme: dark #{blank}\n{client.key[0]}:\n"
    if client.name_key:
        return head + "  - name: other\n    url: https://mcp.example/mcp\n"
    return head + "  other:\n    uri: https://mcp.example/mcp\n"


Situation = Callable[[KnownClient], bytes | None]
