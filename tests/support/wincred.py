"""A Credential Manager in memory, on which keyring's real Windows backend runs anywhere."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

BLOB_LIMIT = 2560
"""CRED_MAX_CREDENTIAL_BLOB_SIZE in bytes: 1,280 UTF-16 units."""
_USER_NAME_LIMIT = 513
_TARGET_NAME_LIMIT = 32767
_BACKEND = "keyring.backends.Windows"


class WindowsError(Exception):
    """Shaped like pywintypes.error."""

    def __init__(self, winerror: int, funcname: str, strerror: str) -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror = winerror
        self.funcname = funcname
        self.strerror = strerror


class CredentialManager:
    """win32cred's three calls, and what they have kept."""

    CRED_TYPE_GENERIC = 1
    CRED_PERSIST_SESSION = 1
    CRED_PERSIST_LOCAL_MACHINE = 2
    CRED_PERSIST_ENTERPRISE = 3

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.session_error: WindowsError | None = None
        """Raised by every call while set."""

    def texts(self) -> dict[str, str]:
        return {
            target: entry["CredentialBlob"].decode("utf-16-le")
            for target, entry in self.entries.items()
        }

    def CredRead(self, Type: int, TargetName: str) -> dict[str, Any]:
        self._seen("CredRead", TargetName)
        if TargetName not in self.entries:
            raise WindowsError(1168, "CredRead", "Element not found.")
        return dict(self.entries[TargetName])

    def CredWrite(self, Credential: dict[str, Any], Flags: int) -> None:
        target = Credential["TargetName"]
        self._seen("CredWrite", target)
        blob = Credential["CredentialBlob"].encode("utf-16-le")
        if len(blob) > BLOB_LIMIT:
            raise WindowsError(1783, "CredWrite", "The stub received bad data.")
        if len(target) > _TARGET_NAME_LIMIT or len(Credential["UserName"]) > _USER_NAME_LIMIT:
            raise WindowsError(87, "CredWrite", "The parameter is incorrect.")
        self.entries[target] = {**Credential, "CredentialBlob": blob}

    def CredDelete(self, Type: int, TargetName: str) -> None:
        self._seen("CredDelete", TargetName)
        if TargetName not in self.entries:
            raise WindowsError(1168, "CredDelete", "Element not found.")
        del self.entries[TargetName]

    def _seen(self, name: str, target: str) -> None:
        self.calls.append((name, target))
        if self.session_error is not None:
            raise self.session_error


@contextmanager
def credential_manager() -> Generator[CredentialManager]:
    """Let keyring's Windows backend, imported anew, find this Credential Manager."""
    manager = CredentialManager()
    pywintypes = ModuleType("win32ctypes.pywin32.pywintypes")
    vars(pywintypes)["error"] = WindowsError
    pywin32 = ModuleType("win32ctypes.pywin32")
    vars(pywin32).update(pywintypes=pywintypes, win32cred=manager)
    root = ModuleType("win32ctypes")
    vars(root)["pywin32"] = pywin32
    with replaced_modules(
        {"win32ctypes": root, "win32ctypes.pywin32": pywin32}, imported_anew=(_BACKEND,)
    ):
        yield manager


@contextmanager
def replaced_modules(
    modules: dict[str, ModuleType], *, imported_anew: tuple[str, ...]
) -> Generator[None]:
    """Put modules where imports find them, and everything back afterwards."""
    names = (*modules, *imported_anew)
    before = {name: sys.modules.pop(name, None) for name in names}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update({name: module for name, module in before.items() if module})
