"""What scopes mean, asked of the engine when a sign-in for more of them is shown."""

from __future__ import annotations

from collections.abc import Mapping

from keyfob_core.cli.engines import Engine
from keyfob_core.cli.entries import provider_entry
from keyfob_core.cli.shell import rows
from keyfob_core.control.wire import to_json
from keyfob_core.prompts import SignInPrompt


class EngineScopeWords:
    """A `terminal.ScopeWords` on the engine's catalogue; knows nothing until it is attached."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def attach(self, engine: Engine) -> None:
        """Name the engine, once it stands: its prompter is made before it."""
        self._engine = engine

    async def __call__(self, prompt: SignInPrompt) -> Mapping[str, str]:
        """Words and risk by scope; empty where the provider is not known."""
        engine = self._engine
        if engine is None:
            return {}

        async def ask(verb: str, args: dict[str, object]) -> object:
            return to_json(await engine.dispatch(verb, args, False, lambda step: None))

        entry = await provider_entry(ask, account=prompt.account, server=prompt.server)
        return {
            str(scope["name"]): f"{scope['text']} [{scope['risk']}]"
            for scope in (rows(entry["scopes"]) if entry else ())
        }
