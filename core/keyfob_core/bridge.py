"""`keyfob stdio`: a byte pipe between a client's stdio and the running engine.

Nothing but built-in modules is imported until something unusual happens: with `socket` in place
of `_socket` and `threading` in place of `_thread` the process would take twice as long to start.
"""

from __future__ import annotations

import _socket
import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from keyfob_core.launch import Launched

SOCKET_NAME = "bridge.sock"
PORT_FILE_NAME = "bridge.port"
"""Where unix sockets are missing: JSON with `port` on 127.0.0.1 and the `token` of both ends."""

_LONGEST_SOCKET_PATH = 100
_CHUNK = 1 << 16
NONCE_SIZE = 64
PROOF_SIZE = 64
_PROOF_SECONDS = 5.0
_DRAIN_SECONDS = 1.5
_PARENT_POLL_SECONDS = 1.0
_START_SECONDS = 20.0
_START_POLL_SECONDS = 0.05
_SECONDS_AFTER_EXIT = 2.0
_USAGE = "usage: keyfob stdio [SERVER] [--client NAME]"
_HELP = f"""\
{_USAGE}

What an MCP client launches. Carries its stdin and stdout to the running Keyfob, and starts one
where none runs.

  SERVER         one server as it is; without it, every server
  --client NAME  which client launches it, as `keyfob client add` writes it
"""


class BridgeError(Exception):
    """Why the bridge cannot do its work, in a sentence for people."""


def main(argv: list[str]) -> int:
    """Carry stdin and stdout to the running engine, starting one where none runs.

    Answers the exit code: 0 at the client's end, 1 with a sentence on stderr, 2 for wrong usage.
    """
    if "--help" in argv or "-h" in argv:
        return 0 if _write(1, _HELP.encode()) else 1
    parent = os.getppid()
    try:
        server, client = _arguments(argv)
    except BridgeError as error:
        _say(f"{error}\n{_USAGE}")
        return 2
    try:
        connection = join_engine(runtime_folder(os.environ, sys.platform))
        connection.sendall(hello(server, client, os.environ.get("KEYFOB_TOKEN")))
    except (BridgeError, OSError) as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    try:
        return _carry(connection, parent)
    finally:
        connection.close()


def runtime_folder(
    environ: Mapping[str, str],
    platform: str,
    uid: int | None = None,
    is_folder: Callable[[str], bool] = os.path.isdir,
) -> str:
    """The folder of the sockets; `platform` is `sys.platform`.

    A client often hands on few of its variables, so what `XDG_RUNTIME_DIR` would say is looked up
    and `TMPDIR` is not asked: bridge and engine must come to the same answer.
    """
    user = uid if uid is not None else os.getuid() if hasattr(os, "getuid") else 0
    home = environ.get("KEYFOB_HOME")
    home = os.path.abspath(os.path.expanduser(home)) if home else ""
    if platform == "win32":
        local = environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
        return os.path.join(home or os.path.join(local, "keyfob"), "run")
    session = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{user}"
    has_session = platform != "darwin" and (
        bool(environ.get("XDG_RUNTIME_DIR")) or is_folder(session)
    )
    if home:
        first = os.path.join(home, "run")
    elif platform == "darwin":
        caches = os.path.join(environ.get("HOME") or os.path.expanduser("~"), "Library/Caches")
        first = os.path.join(caches, "keyfob/run")
    else:
        first = os.path.join(session, "keyfob") if has_session else f"/tmp/keyfob-{user}"  # noqa: S108 - its owner is checked
    if _fits(first):
        return first
    name = f"keyfob-{user}-{_digest(home)}" if home else f"keyfob-{user}"
    second = os.path.join(session, name)
    return second if has_session and _fits(second) else f"/tmp/{name}"  # noqa: S108 - its owner is checked


def _fits(folder: str) -> bool:
    return len(os.fsencode(os.path.join(folder, SOCKET_NAME))) <= _LONGEST_SOCKET_PATH


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(text)).hexdigest()[:16]


def hello(server: str | None, client: str | None, token: str | None) -> bytes:
    """The line that opens a connection: what the bridge was told, and nothing it found out."""
    fields = ['"keyfob":1', f'"server":{_quoted(server)}', f'"client":{_quoted(client)}']
    if token:
        fields.append(f'"token":{_quoted(token)}')
    return f"{{{','.join(fields)}}}\n".encode("ascii")


def _quoted(text: str | None) -> str:
    if text is None:
        return "null"
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    units = text.encode("utf-16-be", "surrogatepass")
    return '"' + "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)) + '"'


def _arguments(argv: Sequence[str]) -> tuple[str | None, str | None]:
    server: str | None = None
    client: str | None = None
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--client":
            if not rest:
                raise BridgeError("--client is given no name.")
            client = rest.pop(0)
        elif word.startswith("--client="):
            client = word[len("--client=") :]
        elif word.startswith("-") or server is not None:
            raise BridgeError(f"keyfob stdio does not know what {word} means here.")
        else:
            server = word
    return server, client


def _say(sentence: str) -> None:
    try:
        os.write(2, f"{sentence}\n".encode(errors="replace"))
    except OSError:
        return


def _carry(connection: _socket.socket, parent: int) -> int:
    stdin_ended: list[bool] = []
    _thread.start_new_thread(_carry_stdin, (connection, stdin_ended))
    _thread.start_new_thread(_end_with, (parent,))
    try:
        while data := connection.recv(_CHUNK):
            if not _write(1, data):
                return 0
    except OSError:
        data = b""
    except KeyboardInterrupt:
        return 130
    if stdin_ended:
        return 0
    _say("Keyfob has ended; start this server again in your MCP client to go on.")
    return 1


def _carry_stdin(connection: _socket.socket, ended: list[bool]) -> None:
    while data := _read(0):
        try:
            connection.sendall(data)
        except OSError:
            return
    ended.append(True)
    try:
        connection.shutdown(_socket.SHUT_WR)
    except OSError:
        return
    # This thread has nothing else to do, and here is no event loop to wait on.
    time.sleep(_DRAIN_SECONDS)
    os._exit(0)


def _end_with(parent: int) -> None:
    if sys.platform == "win32":
        import _winapi

        try:
            handle = _winapi.OpenProcess(_winapi.SYNCHRONIZE, False, parent)
        except OSError:
            return
        _winapi.WaitForSingleObject(handle, _winapi.INFINITE)
    else:
        while os.getppid() == parent:
            # POSIX tells nobody of a parent's end.
            time.sleep(_PARENT_POLL_SECONDS)
    os._exit(0)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        return b""


def _write(descriptor: int, data: bytes) -> bool:
    try:
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, memoryview(data)[written:])
    except OSError:
        return False
    return True


def join_engine(folder: str, command: Sequence[str] | None = None) -> _socket.socket:
    """A connection to the engine, which is started by `command` where none runs.

    Raises BridgeError where there is none after twenty seconds, or the folder is somebody else's.
    """
    connection = _connect(folder)
    if connection is not None:
        return connection
    _make_private(folder)
    deadline = time.monotonic() + _START_SECONDS
    lock = os.open(os.path.join(folder, "start.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    started: Launched | None = None
    locked = False
    try:
        while True:
            locked = locked or _lock(lock)
            connection = _connect(folder)
            if connection is not None:
                return connection
            if locked and started is None:
                started = _start_engine(folder, command)
            if time.monotonic() >= deadline:
                raise BridgeError(f"Keyfob did not start; {folder}/engine.log may say why.")
            # One that ended may have found another engine that is about to listen.
            if started is not None and started.ended():
                deadline = min(deadline, time.monotonic() + _SECONDS_AFTER_EXIT)
            # A socket that is not there yet announces itself nowhere.
            time.sleep(_START_POLL_SECONDS)
    finally:
        os.close(lock)
        if started is not None:
            started.close()


def _connect(folder: str) -> _socket.socket | None:
    if not _is_ours(folder):
        return None
    if hasattr(_socket, "AF_UNIX"):
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        if _reached(connection, os.path.join(folder, SOCKET_NAME)):
            return connection
    return _connect_loopback(os.path.join(folder, PORT_FILE_NAME))


def _connect_loopback(port_file: str) -> _socket.socket | None:
    try:
        with open(port_file, encoding="utf-8") as file:
            import json

            place = json.load(file)
    except (FileNotFoundError, ValueError):
        return None
    connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    if not _reached(connection, ("127.0.0.1", int(place["port"]))):
        return None
    connection.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    if opened_loopback(connection, str(place["token"])):
        return connection
    connection.close()
    return None


def opened_loopback(connection: _socket.socket, token: str) -> bool:
    """Whether an engine that has the token is at the other end, and lets us in.

    The port may be another program's by now: it is told a random number, and nothing more before
    it has proven that it has the token, which itself goes over no wire.
    """
    nonce = os.urandom(NONCE_SIZE // 2).hex().encode()
    answer = b""
    connection.settimeout(_PROOF_SECONDS)
    try:
        connection.sendall(nonce + b"\n")
        while len(answer) <= NONCE_SIZE + PROOF_SIZE:
            data = connection.recv(NONCE_SIZE + PROOF_SIZE + 1 - len(answer))
            if not data:
                return False
            answer += data
        engine, client = loopback_proofs(token, nonce + answer[:NONCE_SIZE])
        if not _same(answer[NONCE_SIZE:], engine + b"\n"):
            return False
        connection.sendall(client + b"\n")
        connection.settimeout(None)
    except OSError:
        return False
    return True


def loopback_proofs(token: str, nonces: bytes) -> tuple[bytes, bytes]:
    """What the engine and then its client prove with, the client's random number standing first."""
    import hmac

    key = token.encode()
    return (
        hmac.new(key, b"engine" + nonces, "sha256").hexdigest().encode(),
        hmac.new(key, b"client" + nonces, "sha256").hexdigest().encode(),
    )


def _same(one: bytes, other: bytes) -> bool:
    import hmac

    return hmac.compare_digest(one, other)


def _reached(connection: _socket.socket, address: str | tuple[str, int]) -> bool:
    try:
        connection.connect(address)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return False
    except OSError:
        connection.close()
        raise
    return True


def _is_ours(folder: str) -> bool:
    try:
        found = os.stat(folder)
    except FileNotFoundError:
        return False
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        raise BridgeError(f"{folder} can be written by others, so what listens there is no Keyfob.")
    return True


def _make_private(folder: str) -> None:
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        _is_ours(folder)


def _lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _start_engine(folder: str, command: Sequence[str] | None) -> Launched:
    if sys.flags.no_site:
        import site

        site.main()
    from keyfob_core.launch import start_engine

    try:
        return start_engine(folder, command)
    except OSError as error:
        raise BridgeError(f"Keyfob cannot be started: {error}.") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
