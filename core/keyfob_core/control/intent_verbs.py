"""The verbs that change a person's intent: settings, the access of tools, and what is undone."""

from __future__ import annotations

from collections.abc import Mapping

from keyfob_core.control.arguments import Arguments
from keyfob_core.control.workings import Verb, Workings
from keyfob_core.model import Verdict
from keyfob_core.ports import Progress


class IntentVerbs:
    """Changes config.toml, comments kept."""

    def __init__(self, workings: Workings) -> None:
        self._with = workings
        self.verbs: Mapping[str, Verb] = {
            "settings.show": self._show,
            "settings.set": self._set,
            "tool.list": self._tools,
            "tool.access": self._access,
            "config.undo": self._undo,
        }

    async def _show(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        args.none()
        return self._with.settings.show()

    async def _set(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        values = args.table("values")
        args.none()
        return await self._with.settings.change(values, confirmed=confirmed)

    async def _tools(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        server, client = args.text("server"), args.maybe_text("client")
        more = args.texts("more")
        args.none()
        return self._with.tool_access.list(server, client, more)

    async def _access(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        server, client = args.text("server"), args.maybe_text("client")
        tool = args.maybe_text("tool")
        access = None
        if args.peek("access") is not None:
            access = Verdict(args.choice("access", tuple(Verdict), None))
        args.none()
        return await self._with.tool_access.set(server, tool, client, access, confirmed=confirmed)

    async def _undo(self, args: Arguments, confirmed: bool, progress: Progress) -> object:
        name = args.text("id")
        args.none()
        return await self._with.undos.undo(name, confirmed=confirmed)
