"""The D-Bus session bus, as far as the Secret Service needs it."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, cast

import jeepney  # pyright: ignore[reportMissingTypeStubs]
from jeepney.io import blocking  # pyright: ignore[reportMissingTypeStubs]

from keyfob_core.states import StoreCondition

SECRETS = "org.freedesktop.secrets"
SECRETS_PATH = "/org/freedesktop/secrets"


class Connection(Protocol):
    """The part of jeepney's blocking connection that is used here."""

    def send_and_get_reply(self, message: object, *, timeout: float | None = None) -> Any:
        """Send a call and wait for its answer, which may be an error message."""
        ...

    def close(self) -> None:
        """Close the socket."""
        ...


def session_bus_address(environ: Mapping[str, str]) -> str | None:
    """The D-Bus address of the session bus, or None where there is none.

    Programs that are started with a swept environment, as MCP clients start theirs, find it where
    the login keeps it.
    """
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    folder = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    socket = Path(folder) / "bus"
    return f"unix:path={socket}" if socket.is_socket() else None


def connect(address: str | None) -> Connection:
    """Connect to the bus at a D-Bus address, or to the session's own.

    Raises OSError (TimeoutError included) or ValueError.
    """
    address = address or session_bus_address(os.environ)
    if address is None:
        raise FileNotFoundError(errno.ENOENT, "there is no D-Bus session bus")
    open_connection: Any = blocking.open_dbus_connection
    return cast("Connection", open_connection(bus=address, auth_timeout=5.0))


def call(
    connection: Connection,
    path: str,
    member: str,
    signature: str | None = None,
    *arguments: object,
    limit: float | None = None,
) -> tuple[Any, ...]:
    """Call a method of the Secret Service by its full name and answer what it returns.

    `limit` is in seconds. Raises TimeoutError, OSError, or jeepney's DBusErrorResponse.
    """
    interface, _, name = member.rpartition(".")
    bus: Any = jeepney
    destination = bus.DBusAddress(path, SECRETS, interface)
    message = bus.new_method_call(destination, name, signature, arguments)
    reply = connection.send_and_get_reply(message, timeout=limit)
    if reply.header.message_type is bus.MessageType.error:
        raise bus.DBusErrorResponse(reply)
    return cast("tuple[Any, ...]", reply.body)


def default_collection(connection: Connection, limit: float) -> str | None:
    """The path of the collection new items go to, or None while there is none."""
    (path,) = call(
        connection,
        SECRETS_PATH,
        "org.freedesktop.Secret.Service.ReadAlias",
        "s",
        "default",
        limit=limit,
    )
    return None if path == "/" else str(path)


def secret_service_condition(address: str | None, limit: float) -> StoreCondition:
    """How the Secret Service is, found without any prompt.

    `limit` is in seconds for each of two calls. A service that is not running yet is started where
    the bus can do that. One without a default collection counts as locked, since only a person can
    create it. Raises as `connect` and `call` do.
    """
    with closing(connect(address)) as connection:
        path = default_collection(connection, limit)
        if path is None:
            return StoreCondition.LOCKED
        ((_, locked),) = call(
            connection,
            path,
            "org.freedesktop.DBus.Properties.Get",
            "ss",
            "org.freedesktop.Secret.Collection",
            "Locked",
            limit=limit,
        )
        return StoreCondition.LOCKED if locked else StoreCondition.READY
