"""The demo in the terminal: every step of the main job, told as it happens."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TextIO, cast
from urllib.parse import parse_qs, urlsplit

from keyfob_core.demo.calls import whoami_over_http, whoami_over_stdio
from keyfob_core.demo.home import DemoHome
from keyfob_core.demo.mcp_server import Sighting
from keyfob_core.demo.person import DemoPerson
from keyfob_core.demo.servers import DemoServers, demo_servers
from keyfob_core.demo.transcript import Transcript
from keyfob_core.demo.user_agent import ScriptedPerson
from keyfob_core.engine import Engine, Settings, compose
from keyfob_core.errors import AuditUnavailable
from keyfob_core.states import Status
from keyfob_core.steps import Step

SERVER = "demo"
_HTTP_CLIENT = "demo-http"
_STDIO_CLIENT = "demo-stdio"


@dataclass(slots=True)
class _Stage:
    """What the steps of one run share."""

    home: DemoHome
    servers: DemoServers
    engine: Engine
    person: ScriptedPerson
    told: Transcript
    sightings: list[Sighting] = field(default_factory=list[Sighting])
    url: str = ""

    async def do(self, verb: str, **args: object) -> Any:
        """One command, as the CLI would send it."""
        return await self.engine.dispatch(verb, args, False, self.tell_step)

    def tell_step(self, step: Step) -> None:
        """A step of the sign-in, in the engine's own words."""
        if step.name != "browser":
            self.told.step(step.name.capitalize(), step.text)


async def run(home: DemoHome, out: TextIO = sys.stdout) -> None:
    """Go through the whole of it; raises Error where a step fails."""
    told = Transcript(out)
    told.heading("Keyfob demo: one account, one sign-in, two clients that never see the token.\n")
    _tell_of_home(told, home)
    sightings: list[Sighting] = []
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(demo_servers(seen=sightings.append))
        told.step(
            "Servers",
            f"An MCP server runs at {servers.mcp_url}. It wants a token from the authorization"
            f" server at {servers.issuer}.",
        )
        person = await stack.enter_async_context(ScriptedPerson())
        prompter = DemoPerson(told.step, _STDIO_CLIENT)
        browser = _TellingBrowser(person, told)
        settings = Settings(paths=home.paths, port=0, kind="serve")
        engine = await stack.enter_async_context(
            compose(settings, prompter, browser=browser, backend=home.backend)
        )
        stage = _Stage(home, servers, engine, person, told, sightings)
        await _play(stage)
    told.heading("Done. What the demo made is being removed.")


async def _play(stage: _Stage) -> None:
    await _start(stage)
    await _connect(stage)
    await _call_over_http(stage)
    await _call_over_stdio(stage)
    await _audit(stage)


def _tell_of_home(told: Transcript, home: DemoHome) -> None:
    told.step("Home", f"{home.folder} holds all of this demo and is removed at its end.")
    if home.private_keychain:
        text = (
            "This machine has no keychain that answers, so a private one was started for the demo:"
            " a real Secret Service (gnome-keyring) on a D-Bus of its own."
        )
    else:
        text = "The system's own keychain; the demo's items are erased at its end."
    told.step("Keychain", text)


async def _start(stage: _Stage) -> None:
    status = cast("Status", await stage.do("status"))
    stage.url = status.url or ""
    stage.told.step("Engine", f"The relay listens at {stage.url}.")
    await stage.do("server.add", name=SERVER, url=stage.servers.mcp_url)
    stage.told.step("Server", f'Added the server "{SERVER}", as `keyfob server add` does.')


async def _connect(stage: _Stage) -> None:
    stage.told.heading("Sign in once")
    await stage.do("connect", server=SERVER)
    page = await stage.person.last_page()
    if "close this tab" in page:
        stage.told.step("Page", "The browser shows: you can close this tab.")


async def _call_over_http(stage: _Stage) -> None:
    stage.told.heading("A call over HTTP")
    issued = await stage.do("client.token", name=_HTTP_CLIENT)
    stage.told.step("Client", f'"{_HTTP_CLIENT}" got a token of its own, which opens Keyfob only.')
    await stage.do("rule.add", client=_HTTP_CLIENT, server=SERVER, tool="whoami", access="allow")
    stage.told.step("Rule", f"{_HTTP_CLIENT} may call whoami at {SERVER}.")
    url = f"{stage.url}/s/{SERVER}/mcp"
    answer = await whoami_over_http(url, issued.token)
    _tell_of_call(stage, url, answer)


async def _call_over_stdio(stage: _Stage) -> None:
    stage.told.heading("The same over stdio")
    answer = await whoami_over_stdio(SERVER, stage.home.environ)
    _tell_of_call(stage, f"keyfob stdio {SERVER}", answer)


def _tell_of_call(stage: _Stage, way: str, answer: Mapping[str, Any]) -> None:
    stamped = "authorization" in stage.sightings[-1].header_names
    stage.told.step("Call", f"The official MCP client called whoami through {way}.")
    stage.told.step(
        "Stamped",
        "The request reached the server with the account's token in its Authorization header."
        if stamped
        else "The request reached the server without an Authorization header.",
    )
    scopes = ", ".join(answer["scopes"])
    stage.told.step(
        "Answer",
        f"The server saw {answer['person']}, signed in by client {answer['client_id']}"
        f" with the scopes {scopes}.",
    )


async def _audit(stage: _Stage) -> None:
    stage.told.heading("What the audit log says")
    for event in await stage.do("audit.tail", count=50):
        if event.get("event") in ("forwarding", "outcome") and event.get("tool"):
            stage.told.step("Audit", _in_words(event))
    checked = await stage.do("audit.verify")
    if not checked.ok:
        raise AuditUnavailable(f"The demo's audit log is not whole: {checked.problem}.")
    stage.told.step("Verified", f"All {checked.count} events are there and unchanged.")


def _in_words(event: Mapping[str, object]) -> str:
    names = ("event", "client", "server", "tool", "account", "outcome")
    return " ".join(f"{name}={event[name]}" for name in names if event.get(name))


class _TellingBrowser:
    """The scripted person's browser, telling what it was sent to open."""

    def __init__(self, person: ScriptedPerson, told: Transcript) -> None:
        self._person = person
        self._told = told

    async def __call__(self, url: str) -> bool:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self._told.step(
            "PKCE",
            f"The authorization request carries a {asked.get('code_challenge_method')} challenge,"
            f" a state, and the resource {asked.get('resource')}.",
        )
        opened = await self._person(url)
        self._told.step("Consent", "The scripted person reads the consent page and presses Allow.")
        return opened
