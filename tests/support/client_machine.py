"""A made-up engine's answers about the MCP clients of a computer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keyfob_core.errors import Error
from keyfob_core.setups.client_imports import (
    Imported,
    ImportPlan,
    Leftover,
    SecretShown,
    ServerPlan,
)
from keyfob_core.setups.client_setups import FilePlan, Form, SetupPlan, SetupState, Standing, Undone
from support.desktop import Running

PATH = "/home/ada/.cursor/mcp.json\u202e"


def state(client: str, label: str, standing: Standing = Standing.NONE) -> SetupState:
    return SetupState(
        client=client,
        label=label,
        path=PATH,
        installed=True,
        form=None,
        written_at=None,
        standing=standing,
    )


def plan(
    client: str, label: str, *servers: ServerPlan, leftovers: tuple[Leftover, ...] = ()
) -> ImportPlan:
    file = FilePlan(path=PATH, exists=True, diff=f'+++ {PATH}\n+  "keyfob": {{')
    setup = SetupPlan(client=client, label=label, form=Form.HTTP, files=(file,), digest="s1")
    return ImportPlan(
        client=client,
        label=label,
        servers=servers,
        leftovers=leftovers,
        setup=setup,
        digest="i1",
    )


GITHUB = ServerPlan(
    name="github",
    server="github",
    address="https://api.example/mcp",
    secrets=(
        SecretShown(place="header Authorization", reason="named like a secret", shown="••••"),
    ),
    stays=None,
)
ARGUED = replace(
    GITHUB,
    name="argued",
    server=None,
    stays="Its argument 2 is a secret, and Keyfob puts none on a command line: give it by a "
    "variable, if the program takes one.",
)


TOKENS = Leftover("mcp-remote", "/home/ada/.mcp-auth/mcp-remote-v1/0f_tokens.json", 312)


class Machine:
    """Two clients, of which one has servers of its own."""

    def __init__(self, running: Running) -> None:
        self.standing = Standing.NONE
        self.plans: dict[str, ImportPlan | Error] = {
            "cursor": plan("cursor", "Cursor", GITHUB, ARGUED),
            "zed": plan("zed", "Zed"),
        }
        self._moved = False
        running.engine.more = {
            "client.list": lambda _: tuple(self._rows()),
            "client.import": self._import,
            "client.add": lambda _: self._stand(Standing.STANDS),
            "client.undo": lambda _: self._stand(Standing.NONE),
            "client.restore": self._restore,
        }

    def _rows(self) -> list[dict[str, Any]]:
        cursor = state("cursor", "Cursor", self.standing)
        return [
            {"name": "cursor", "setups": (cursor,)},
            {"name": "cursor", "setups": (cursor,)},
            {"name": "zed", "setups": (state("zed", "Zed"),)},
        ]

    def _import(self, args: dict[str, Any]) -> object:
        found = self.plans[args["name"]]
        if isinstance(found, Error):
            raise found
        if args.get("dry_run"):
            return replace(found, can_put_back=self._moved and found.client == "cursor")
        self.standing = Standing.STANDS
        self.plans["cursor"] = plan("cursor", "Cursor", ARGUED)
        self._moved = True
        return Imported(
            client="cursor", label="Cursor", moved=("github",), failed=(("b", "No."),), erased=()
        )

    def _restore(self, args: dict[str, Any]) -> object:
        self._moved = False
        self.plans["cursor"] = plan("cursor", "Cursor", GITHUB, ARGUED)
        self._stand(Standing.NONE)
        return (Undone(path=PATH, restored=True, text="back"),)

    def _stand(self, standing: Standing) -> None:
        self.standing = standing
