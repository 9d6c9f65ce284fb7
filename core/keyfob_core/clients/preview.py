"""What an edit would change, as a person is shown it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keyfob_core.clients.documents import Document
from keyfob_core.words.masking import masked


def preview(before: Document, after: Document, *, exists: bool) -> str:
    """A unified diff of what is put in, and nothing of what stands there already.

    The lines around it, and what it replaces, may hold secrets: of them only the place is told.
    """
    old, new = before.text.splitlines(), after.text.splitlines()
    if old == new:
        return ""
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    gone, put = old[first : len(old) - last], new[first : len(new) - last]
    lines = [f"--- {before.path if exists else '(no file)'}", f"+++ {before.path}"]
    if gone:
        lines += _fragments("\n".join(gone), "\n".join(put), first + 1)
    else:
        lines.append(f"@@ -{first},0 +{first + 1},{len(put)} @@")
        lines += [f"+{line}" for line in put]
    return "\n".join(str(masked(line)) for line in lines)


def _fragments(gone: str, put: str, line: int) -> Iterator[str]:
    """The same for a change within lines, from where the texts part to where they meet again."""
    start = _alike(gone, put)
    alike = _alike(gone[start:][::-1], put[start:][::-1])
    while start and start + alike == len(gone) and gone[start - 1] == put[len(put) - alike - 1]:
        # What is put in may as well begin earlier, as with the quotes that every name begins with.
        start, alike = start - 1, alike + 1
    line += gone.count("\n", 0, start)
    yield f"@@ line {line}, column {start - gone.rfind(chr(10), 0, start)} @@"
    size = len(gone) - start - alike
    if size:
        yield f"-({size} characters)"
    yield from (f"+{one}" for one in put[start : len(put) - alike].splitlines())


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines or characters both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
