from dataclasses import dataclass, field


@dataclass
class DictStoreIndex:
    """A `StoreIndex` in memory, which outlives the stores a test opens over it."""

    generations: dict[str, int] = field(default_factory=dict[str, int])
    begun: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    highest: dict[str, int] = field(default_factory=dict[str, int])

    def current(self, key: str) -> int | None:
        return self.generations.get(key)

    def next(self, key: str) -> int:
        return self.highest.get(key, 0) + 1

    def begin(self, key: str, generation: int, items: int) -> None:
        self.begun[key, generation] = items
        self.highest[key] = max(generation, self.highest.get(key, 0))

    def switch(self, key: str, generation: int | None) -> None:
        if generation is None:
            self.generations.pop(key, None)
        else:
            self.generations[key] = generation

    def stale(self, key: str | None = None) -> tuple[tuple[str, int, int], ...]:
        return tuple(
            (name, generation, items)
            for (name, generation), items in self.begun.items()
            if key in (None, name) and self.generations.get(name) != generation
        )

    def erased(self, key: str, generation: int) -> None:
        del self.begun[key, generation]

    def keys(self) -> tuple[str, ...]:
        return tuple(self.generations)
