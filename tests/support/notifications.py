"""A notification daemon on a private bus: keeps what it is told to show, and clicks it."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

_NAME = "org.freedesktop.Notifications"
_PLACE = DBusAddress("/org/freedesktop/Notifications", interface=_NAME)
_UNKNOWN = "org.freedesktop.DBus.Error.UnknownMethod"


@dataclass(frozen=True)
class Shown:
    """A notification, as its program wants it shown."""

    number: int
    program: str
    title: str
    text: str
    actions: tuple[str, ...]


class NotificationDaemon:
    """Owns the name that programs tell their notifications to."""

    def __init__(self, bus: str) -> None:
        self._connection = open_dbus_connection(bus)
        self._clicks: queue.Queue[tuple[int, str]] = queue.Queue()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.shown: list[Shown] = []

    def __enter__(self) -> NotificationDaemon:
        self._connection.send_and_get_reply(message_bus.RequestName(_NAME, 4))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)
        self._connection.close()

    def click(self, shown: Shown) -> None:
        """Click the notification itself."""
        self._clicks.put((shown.number, "default"))

    def _serve(self) -> None:
        while not self._ended.is_set():
            with suppress(queue.Empty):
                signal = new_signal(_PLACE, "ActionInvoked", "us", self._clicks.get_nowait())
                self._connection.send(signal)
            with suppress(TimeoutError):
                message = self._connection.receive(timeout=0.05)
                if message.header.message_type is MessageType.method_call:
                    self._answer(message)

    def _answer(self, message: Message) -> None:
        match message.header.fields.get(HeaderFields.member):
            case "Notify":
                number = self._keep(message.body)
                reply = new_method_return(message, "u", (number,))
            case "GetCapabilities":
                reply = new_method_return(message, "as", (["body", "actions"],))
            case "GetServerInformation":
                told = ("private", "tests", "1.0", "1.2")
                reply = new_method_return(message, "ssss", told)
            case "CloseNotification":
                reply = new_method_return(message)
            case _:
                reply = new_error(message, _UNKNOWN)
        self._connection.send(reply)

    def _keep(self, body: Any) -> int:
        program, replaces, _, title, text, actions, *_ = body
        number = replaces or len(self.shown) + 1
        self.shown.append(Shown(number, program, title, text, tuple(actions)))
        return number
