"""What a server wants to have back: handed out so that no other server ever gets it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

_MARK = "kf1"


class Seal:
    """Binds a server's `requestState` to the client and the server it belongs to.

    The key lives as long as the process. Nothing is hidden: the state is the server's own text.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def wrap(self, client: str, server: str, state: str) -> str:
        """The state as the client gets it."""
        return f"{_MARK}.{self._tag(client, server, state)}.{server}/{state}"

    def unwrap(self, client: str, server: str, wrapped: str) -> str | None:
        """The server's own state; None for what was not given to this client by this server."""
        mark, _, rest = wrapped.partition(".")
        tag, _, rest = rest.partition(".")
        named, slash, state = rest.partition("/")
        if mark != _MARK or not slash or named != server:
            return None
        good = hmac.compare_digest(
            tag.encode(errors="surrogatepass"), self._tag(client, server, state).encode()
        )
        return state if good else None

    def _tag(self, client: str, server: str, state: str) -> str:
        said = json.dumps((client, server, state)).encode()
        digest = hmac.digest(self._key, said, hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:24]).decode("ascii")
