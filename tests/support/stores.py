from keyfob_core.errors import StoreLocked, StoreUnavailable
from keyfob_core.states import StoreCondition, StoreState


class MemoryStore:
    """A `SecretStore` that keeps its secrets in a dict; `condition` makes it fail as others do."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.condition = StoreCondition.READY
        self.asked = 0
        """How often it was asked for a secret or given one; each might show an unlock prompt."""
        self.looked = 0

    async def get(self, key: str) -> str | None:
        self._check()
        return self.secrets.get(key)

    async def reread(self, key: str) -> str | None:
        return await self.get(key)

    async def put(self, key: str, secret: str) -> None:
        self._check()
        self.secrets[key] = secret

    async def erase(self, key: str) -> None:
        self._check()
        self.secrets.pop(key, None)

    async def sweep(self) -> int:
        return 0

    def forget(self) -> None:
        """It keeps nothing beside what it is."""

    async def state(self) -> StoreState:
        self.looked += 1
        hint = None if self.condition is StoreCondition.READY else "Wait for the test."
        return StoreState(name="memory", condition=self.condition, hint=hint)

    def _check(self) -> None:
        self.asked += 1
        if self.condition is StoreCondition.LOCKED:
            raise StoreLocked("The store is locked.", "Unlock it.")
        if self.condition is not StoreCondition.READY:
            raise StoreUnavailable("The store is away.", "Wait for it.")
