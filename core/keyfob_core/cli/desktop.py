"""`keyfob`: the tray app, where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from keyfob_core.words.plain import visible

if TYPE_CHECKING:
    from keyfob_core.cli.shell import Surroundings

GROUP = "keyfob.apps"


def start_desktop(
    argv: list[str], surroundings: Surroundings, found: Iterable[EntryPoint] | None = None
) -> int:
    """Hand over to the desktop package; without it, say how to go on without a window."""
    apps = entry_points(group=GROUP, name="desktop") if found is None else found
    for app in apps:
        try:
            main = cast("Callable[[list[str]], int]", app.load())
        except ImportError as error:
            print(
                f"keyfob: The window cannot be shown here: {visible(str(error))}.",
                file=surroundings.err,
            )
            break
        return main(argv)
    else:
        print("keyfob: The tray app is not installed here.", file=surroundings.err)
    print(
        'Install it with `pip install "keyfob[desktop]"`, or run `keyfob serve` without a window.',
        file=surroundings.err,
    )
    return 1
