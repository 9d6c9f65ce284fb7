import asyncio
import inspect
from collections.abc import Awaitable, Callable

_STEP = 0.005


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], *, within: float = 5.0
) -> None:
    """Wait, `within` seconds at most, until a condition that no event announces holds."""
    for _ in range(int(within / _STEP)):
        held = condition()
        if await held if inspect.isawaitable(held) else held:
            return
        await asyncio.sleep(_STEP)
    raise AssertionError(f"did not come to hold within {within} seconds")
