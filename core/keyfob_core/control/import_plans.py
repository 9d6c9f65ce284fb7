"""What an import would do, as a person is shown it."""

from __future__ import annotations

import re
from collections.abc import Collection

from keyfob_core.config import Server
from keyfob_core.prompts import WideningPrompt
from keyfob_core.setups.client_imports import FoundServer, ImportPlan, SecretShown, ServerPlan
from keyfob_core.words.plain import visible

_NO_NAME = re.compile(r"[^a-z0-9.-]+")
_LONGEST_NAME = 40


def free_name(name: str, taken: Collection[str]) -> str:
    """A name for a server and its account that none has yet, near to the client's own."""
    plain = _NO_NAME.sub("-", name.lower()).strip("-.")[:_LONGEST_NAME] or "server"
    numbered = (f"{plain}-{number}" for number in range(2, len(taken) + 3))
    return next(one for one in (plain, *numbered) if one not in taken)


def server_plan(one: FoundServer, server: str | None) -> ServerPlan:
    """What would become of a server; `server` is its name in Keyfob, None where it stays."""
    known = Server(server or "x", command=one.command) if one.command else None
    return ServerPlan(
        name=one.name,
        server=server,
        address=known.address if known is not None else one.url,
        secrets=tuple(
            SecretShown(
                place=secret.place, reason=secret.reason or "goes with it", shown=secret.shown
            )
            for secret in one.secrets
        ),
        stays=one.stays,
    )


def import_prompt(plan: ImportPlan, *, shred: bool) -> WideningPrompt:
    """The question before anything is moved; `shred` says that leftovers are erased as well."""
    moving = [one for one in plan.servers if one.server is not None]
    details: list[tuple[str, str]] = []
    for one in moving:
        places = ", ".join(secret.place for secret in one.secrets)
        details.append(
            (f"Move {visible(one.name)}", f"{visible(one.address)} with {visible(places)}")
        )
    details += [
        (f"Leave {visible(one.name)}", visible(one.stays or ""))
        for one in plan.servers
        if one.stays
    ]
    details += [("File", visible(file.path)) for file in plan.setup.files]
    if shred:
        details += [("Erase", visible(one.path)) for one in plan.leftovers]
    details.append(
        (
            "What this allows",
            "Keyfob runs those of them that are programs, and sends each secret where its server "
            "is. A server is taken out of the file only after it has answered through Keyfob.",
        )
    )
    return WideningPrompt(
        title="Move servers out of a client",
        text=f"Move what {plan.label} keeps in plain text into your keychain, and let Keyfob "
        "reach its servers?",
        details=tuple(details),
    )
