import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from keyfob_core.demo.secret_service import PrivateSecretService
from keyfob_core.errors import StoreUnavailable
from keyfob_core.states import StoreCondition
from keyfob_core.stores.session_bus import secret_service_condition
from support.secret_service import private_secret_service, secret_service_present

STARTS_ONE_AND_WAITS = """\
import sys, threading
from keyfob_core.demo.secret_service import PrivateSecretService
service = PrivateSecretService()
# On a thread that ends at once: the service must not end with it.
starting = threading.Thread(target=service.start)
starting.start()
starting.join()
if "freeze" in sys.argv:
    service.freeze()
print(service.folder, *service.pids, flush=True)
sys.stdin.read()
"""


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_serves_until_stopped_and_leaves_nothing() -> None:
    with private_secret_service() as service:
        folder, pids = service.folder, service.pids
        assert secret_service_condition(service.address, 5) is StoreCondition.READY
        assert len(pids) == 3
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert not any(map(runs, pids))


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
def test_a_killed_program_leaves_no_process_and_no_file(frozen: bool) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE_AND_WAITS, *(["freeze"] if frozen else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        folder, *pids = program.stdout.readline().split()
        assert all(runs(int(pid)) for pid in pids)
        program.send_signal(signal.SIGKILL)
        program.wait(5)
    deadline = time.monotonic() + 5
    while any(runs(int(pid)) for pid in pids) or Path(folder).exists():
        assert time.monotonic() < deadline
        os.sched_yield()


def test_two_of_them_do_not_meet() -> None:
    with private_secret_service() as one, private_secret_service() as other:
        one.lock()
        assert secret_service_condition(one.address, 5) is StoreCondition.LOCKED
        assert secret_service_condition(other.address, 5) is StoreCondition.READY
        one.unlock()
        assert secret_service_condition(one.address, 5) is StoreCondition.READY


def test_a_long_temporary_folder_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with private_secret_service() as service:
        assert secret_service_condition(service.address, 5) is StoreCondition.READY
    assert list(long.iterdir()) == []


def test_where_it_cannot_be_installed_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreUnavailable) as failed:
        PrivateSecretService().start()
    assert "gnome-keyring" in failed.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_daemon_that_ends_at_once_is_reported_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "dbus-daemon"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n")
    broken.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(StoreUnavailable, match="no such luck"):
        PrivateSecretService().start()


def test_presence_is_found_without_a_prompt(tmp_path: Path) -> None:
    nowhere = {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert not secret_service_present(nowhere)
    assert not secret_service_present({"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus"})
    assert not secret_service_present({"DBUS_SESSION_BUS_ADDRESS": "tcp:host=127.0.0.1"})
    with private_secret_service() as service:
        assert secret_service_present(service.environment)
        service.lock()
        assert not secret_service_present(service.environment)
        assert secret_service_present({**service.environment, "DISPLAY": ":0"})
        service.kill()
        assert not secret_service_present(service.environment)


def test_a_frozen_service_is_not_present() -> None:
    with private_secret_service() as service:
        service.freeze()
        assert not secret_service_present(service.environment, limit=0.2)
        service.thaw()
        assert secret_service_present(service.environment)
