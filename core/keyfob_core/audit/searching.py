"""Searches on a thread of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from threading import Event
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


async def until_given_up(work: Callable[[Callable[[], float]], T]) -> T:
    """Do the work on a thread; where nobody waits for it any more, its clock says it is late.

    Keyfob could not quit before a search that goes on.
    """
    given_up = Event()
    try:
        return await asyncio.to_thread(work, lambda: inf if given_up.is_set() else monotonic())
    finally:
        given_up.set()
