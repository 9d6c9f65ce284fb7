from dataclasses import dataclass, field
from pathlib import Path

from keyfob_core.stores.encrypted_file import EncryptedFileStore
from keyfob_core.stores.sealed import Cost
from keyfob_core.system.lock import EngineLock
from support.tables import MemoryWrites

CHEAP = Cost(n=1 << 4)
"""A guess at the passphrase costs nothing in tests."""
PASSPHRASE = "correct horse battery"


@dataclass
class EncryptedFiles:
    """Stores on one file, as programs that run one after another open them."""

    file: Path
    passphrase: str | None = PASSPHRASE
    asked: list[bool] = field(default_factory=list[bool])
    """For each question, whether it was for a new passphrase."""
    opened: list[EncryptedFileStore] = field(default_factory=list[EncryptedFileStore])
    writes: MemoryWrites = field(default_factory=MemoryWrites)

    def open(self, installation: str = "home") -> EncryptedFileStore:
        lock = EngineLock(self.file.with_name("secrets.lock"))
        store = EncryptedFileStore(
            self.file, installation, self._answer, lock, self.writes, cost=CHEAP, timeout=5
        )
        self.opened.append(store)
        return store

    def lock(self) -> None:
        """Nobody gives the passphrase, and no program remembers it."""
        self.passphrase = None
        for store in self.opened:
            store.forget()

    def unlock(self) -> None:
        self.passphrase = PASSPHRASE

    def close(self) -> None:
        for store in self.opened:
            store.close()

    async def _answer(self, new: bool) -> str | None:
        self.asked.append(new)
        return self.passphrase
