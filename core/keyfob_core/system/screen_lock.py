"""When the screen is locked: told by D-Bus on Linux, asked for elsewhere."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from keyfob_core.system.screen_bus import ScreenBus

WatchScreen = Callable[[Callable[[], None]], Awaitable[None]]
"""Calls its argument each time the screen is locked, until it is cancelled."""

_LOOK_SECONDS = 2.0
_WTS_SESSION_INFO_EX = 25
_CURRENT_SESSION = 0xFFFFFFFF
_FLAGS_AT = 16
_LOCKED_FLAG = 0
_UTF8 = 0x08000100


def screen_watch(platform: str, session_bus: str | None) -> WatchScreen:
    """The way in which this system tells; `session_bus` is a D-Bus address, for Linux."""
    if platform == "win32":
        return Polled(windows_is_locked)
    if platform == "darwin":
        return Polled(macos_is_locked)
    return ScreenBus(session_bus, os.environ.get("DBUS_SYSTEM_BUS_ADDRESS"), os.getuid())


class Polled:
    """Asks the system every two seconds; what cannot be asked counts as not locked."""

    def __init__(self, is_locked: Callable[[], bool], seconds: float = _LOOK_SECONDS) -> None:
        self._is_locked = is_locked
        self._seconds = seconds

    async def __call__(self, told: Callable[[], None]) -> None:
        """Call `told` each time the screen is found locked after it was not."""
        before = False
        while True:
            now = False
            with suppress(OSError, AttributeError):
                now = self._is_locked()
            if now and not before:
                told()
            before = now
            await asyncio.sleep(self._seconds)


def windows_is_locked(library: Any = None) -> bool:
    """Whether this session's desktop is locked (WTSQuerySessionInformation, WTSINFOEX).

    Raises OSError or AttributeError where it cannot be asked.
    """
    wts = library if library is not None else ctypes.CDLL("wtsapi32")
    buffer, size = ctypes.c_void_p(), ctypes.c_uint32()
    asked = wts.WTSQuerySessionInformationW(
        None,
        ctypes.c_uint32(_CURRENT_SESSION),
        _WTS_SESSION_INFO_EX,
        ctypes.byref(buffer),
        ctypes.byref(size),
    )
    if not asked or not buffer.value:
        return False
    try:
        if size.value < _FLAGS_AT + 4:
            return False
        # Level, padding, SessionId and SessionState come before it, four bytes each.
        return ctypes.c_int32.from_address(buffer.value + _FLAGS_AT).value == _LOCKED_FLAG
    finally:
        wts.WTSFreeMemory(buffer)


def macos_is_locked(graphics: Any = None, foundation: Any = None) -> bool:
    """Whether the login session says that its screen is locked (CGSessionCopyCurrentDictionary).

    Raises OSError or AttributeError where it cannot be asked.
    """
    folder = "/System/Library/Frameworks"
    cg = graphics or ctypes.CDLL(f"{folder}/CoreGraphics.framework/CoreGraphics")
    cf = foundation or ctypes.CDLL(f"{folder}/CoreFoundation.framework/CoreFoundation")
    for function in (cg.CGSessionCopyCurrentDictionary, cf.CFStringCreateWithCString):
        function.restype = ctypes.c_void_p
    cf.CFDictionaryGetValue.restype = ctypes.c_void_p
    session = cg.CGSessionCopyCurrentDictionary()
    if not session:
        return False
    key = cf.CFStringCreateWithCString(None, b"CGSSessionScreenIsLocked", _UTF8)
    try:
        value = cf.CFDictionaryGetValue(ctypes.c_void_p(session), ctypes.c_void_p(key))
        return bool(value) and bool(cf.CFBooleanGetValue(ctypes.c_void_p(value)))
    finally:
        cf.CFRelease(ctypes.c_void_p(key))
        cf.CFRelease(ctypes.c_void_p(session))
