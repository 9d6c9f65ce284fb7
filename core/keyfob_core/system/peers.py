"""What the operating system says of the process at the other end of a socket."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Protocol

import psutil

from keyfob_core.model import Peer

_UCRED = struct.Struct("iII")
_XUCRED = struct.Struct("IIh")
_XUCRED_SIZE = 76
_SO_PEERCRED = 17
_SOL_LOCAL = 0
_LOCAL_PEERCRED = 1
_LOCAL_PEERPID = 2
_MOST_PARENTS = 16
_TCP_TABLE = Path("/proc/net/tcp")
_LOOPBACK_HEX = "0100007F" if sys.byteorder == "little" else "7F000001"
_STATE_COLUMN, _TIME_WAIT = 3, "06"
_UID_COLUMN = 7
_CLOCK_STEP = 1.0


class Connected(Protocol):
    """As much of a connected socket as this needs; asyncio's and uvloop's stand-ins have it."""

    @property
    def family(self) -> int:
        """The address family."""
        ...

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes:
        """The option's bytes."""
        ...


def peer_of(connection: Connected, platform: str = sys.platform) -> Peer | None:
    """The process that connected; None where the system does not tell, or it is gone."""
    pid = _peer_pid(connection, platform)
    return _peer(pid) if pid else None


def own_peer(pid: int) -> Peer | None:
    """A process of this user's; None for another user's and for one that is gone or hidden."""
    try:
        if psutil.Process(pid).username() != psutil.Process().username():
            return None
    except psutil.Error:
        return None
    return _peer(pid)


def peer_at(port: int) -> Peer | None:
    """This user's process that holds a TCP port on 127.0.0.1 as a client's end.

    None where the system does not tell, as macOS without more rights. Looks through all processes:
    to be called on a thread, and seldom.
    """
    try:
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            if address and (address.ip, address.port) == ("127.0.0.1", port) and connection.pid:
                return own_peer(connection.pid)
    except (psutil.Error, OSError):
        return None
    return None


def port_is_foreign(port: int, platform: str = sys.platform, table: Path = _TCP_TABLE) -> bool:
    """Whether a TCP port on 127.0.0.1 is a client's end of another user of this machine.

    False where the system does not tell.
    """
    if platform != "linux":
        return False
    wanted = f"{_LOOPBACK_HEX}:{port:04X}"
    try:
        rows = [line.split() for line in table.read_text("ascii").splitlines()[1:]]
    except (OSError, ValueError):
        return False
    # The kernel's own remainder of a connection that is over belongs to nobody, and says root.
    owners = {
        row[_UID_COLUMN]
        for row in rows
        if len(row) > _UID_COLUMN and row[1] == wanted and row[_STATE_COLUMN] != _TIME_WAIT
    }
    return bool(owners - {str(os.getuid())})


def peer_uid(connection: Connected, platform: str = sys.platform) -> int | None:
    """The user id of the process that connected; None where the system does not tell."""
    try:
        if platform == "linux":
            return _linux_credentials(connection)[1]
        if platform == "darwin":
            raw = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_SIZE)
            return _XUCRED.unpack_from(raw)[1]
    except (OSError, struct.error):
        return None
    return None


def parent_of(peer: Peer) -> Peer | None:
    """The parent of a peer that still runs; None where it or its parent is gone or hidden."""
    try:
        process = psutil.Process(peer.pid)
        if abs(process.create_time() - peer.started) > _CLOCK_STEP:
            return None
        parent = process.parent()
    except psutil.Error:
        return None
    return _peer(parent.pid) if parent else None


def person() -> str:
    """The login name of the user this process runs as."""
    return psutil.Process().username().rpartition("\\")[2]


def _peer_pid(connection: Connected, platform: str) -> int | None:
    if connection.family != getattr(socket, "AF_UNIX", None):
        return None
    try:
        if platform == "linux":
            return _linux_credentials(connection)[0]
        if platform == "darwin":
            return struct.unpack("i", connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, 4))[0]
    except (OSError, struct.error):
        return None
    return None


def _linux_credentials(connection: Connected) -> tuple[int, int]:
    raw = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERCRED, _UCRED.size)
    pid, uid, _ = _UCRED.unpack(raw)
    return pid, uid


def _peer(pid: int) -> Peer | None:
    try:
        process = psutil.Process(pid)
        executable = process.exe()
        if not executable:
            return None
        parents = tuple(_shown(parent) for parent in process.parents()[:_MOST_PARENTS])
        return Peer(pid, executable, process.create_time(), parents)
    except psutil.Error:
        return None


def _shown(process: psutil.Process) -> str:
    try:
        return process.exe() or process.name()
    except psutil.AccessDenied:
        return process.name()
