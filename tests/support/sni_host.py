"""A StatusNotifierItem host without a panel: sees the icons and clicks their menus over D-Bus."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

_WATCHER = "org.kde.StatusNotifierWatcher"
_ITEM = "org.kde.StatusNotifierItem"
_MENU = "com.canonical.dbusmenu"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_UNKNOWN = "org.freedesktop.DBus.Error.UnknownMethod"

Item = tuple[str, str]
"""The bus name and the object path of an icon."""


class SniHost:
    """Owns the watcher's name on one connection and asks the icons on another."""

    def __init__(self, bus: str) -> None:
        self._serving = open_dbus_connection(bus)
        self._asking = open_dbus_connection(bus)
        self._items: queue.Queue[Item] = queue.Queue()
        self._known: list[Item] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> SniHost:
        # Last, since a blocking call throws away the calls that Qt then makes at once.
        self._serving.send_and_get_reply(message_bus.RequestName(_WATCHER, 4))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)
        self._serving.close()
        self._asking.close()

    def wait_for_item(self, patience: float = 10.0) -> Item:
        """The next icon that registers."""
        return self._items.get(timeout=patience)

    def properties(self, item: Item) -> dict[str, Any]:
        """The icon's properties: ToolTip, IconPixmap, Menu, ..."""
        (found,) = self._call(item, _PROPERTIES, "GetAll", "s", (_ITEM,))
        return {name: value for name, (_, value) in found.items()}

    def activate(self, item: Item) -> None:
        """Click the icon."""
        self._call(item, _ITEM, "Activate", "ii", (0, 0))

    def labels(self, item: Item) -> list[str]:
        """The menu's entries that have words."""
        return [label for _, label in self._entries(item)[1] if label]

    def click(self, item: Item, label: str) -> None:
        """Click the menu's entry of that label; raises StopIteration where there is none."""
        menu, entries = self._entries(item)
        number = next(number for number, text in entries if text == label)
        stamp = int(time.time()) & 0xFFFFFFFF
        self._call(menu, _MENU, "Event", "isvu", (number, "clicked", ("s", ""), stamp))

    def labels_under(self, item: Item, label: str) -> list[str]:
        """The entries of the submenu of that label, once it was opened."""
        menu, entries = self._entries(item)
        number = next(number for number, text in entries if text == label)
        with suppress(RuntimeError):
            self._call(menu, _MENU, "AboutToShow", "i", (number,))
        _, (_, _, children) = self._call(menu, _MENU, "GetLayout", "iias", (number, -1, []))
        told = [properties.get("label", ("s", ""))[1] for _, (_, properties, _) in children]
        return [each for each in told if each]

    def _entries(self, item: Item) -> tuple[Item, list[tuple[int, str]]]:
        menu = (item[0], self.properties(item)["Menu"])
        with suppress(RuntimeError):
            self._call(menu, _MENU, "AboutToShow", "i", (0,))
        _, (_, _, children) = self._call(menu, _MENU, "GetLayout", "iias", (0, -1, []))
        entries = [
            (number, properties.get("label", ("s", ""))[1])
            for _, (number, properties, _) in children
        ]
        return menu, entries

    def _call(
        self, place: Item, interface: str, member: str, signature: str, body: tuple[Any, ...]
    ) -> Any:
        address = DBusAddress(place[1], place[0], interface)
        message = new_method_call(address, member, signature, body)
        reply = self._asking.send_and_get_reply(message, timeout=5)
        if reply.header.message_type is MessageType.error:
            raise RuntimeError(f"{member}: {reply.body}")
        return reply.body

    def _serve(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                message = self._serving.receive(timeout=0.1)
                if message.header.message_type is MessageType.method_call:
                    self._answer(self._serving, message)

    def _answer(self, connection: DBusConnection, message: Message) -> None:
        fields = message.header.fields
        member = fields.get(HeaderFields.member)
        if member == "Get":
            connection.send(new_method_return(message, "v", (self._own()[message.body[1]],)))
        elif member == "GetAll":
            connection.send(new_method_return(message, "a{sv}", (self._own(),)))
        elif member == "RegisterStatusNotifierItem":
            self._register(connection, message, fields[HeaderFields.sender])
        elif member == "RegisterStatusNotifierHost":
            connection.send(new_method_return(message))
        else:
            connection.send(new_error(message, _UNKNOWN))

    def _register(self, connection: DBusConnection, message: Message, sender: str) -> None:
        told: str = message.body[0]
        item = (sender, told) if told.startswith("/") else (told, "/StatusNotifierItem")
        self._known.append(item)
        connection.send(new_method_return(message))
        watcher = DBusAddress("/StatusNotifierWatcher", interface=_WATCHER)
        signal = new_signal(watcher, "StatusNotifierItemRegistered", "s", ("".join(item),))
        connection.send(signal)
        self._items.put(item)

    def _own(self) -> dict[str, tuple[str, Any]]:
        return {
            "RegisteredStatusNotifierItems": ("as", ["".join(item) for item in self._known]),
            "IsStatusNotifierHostRegistered": ("b", True),
            "ProtocolVersion": ("i", 0),
        }
