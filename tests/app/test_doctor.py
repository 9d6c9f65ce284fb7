"""`keyfob doctor` beside a running engine, without one, and where one cannot come up."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from keyfob_core.control.wire import to_json
from keyfob_core.errors import Error
from support.engine import KEYFOB, UNPINNED, Home, running_engine
from support.marked import found, mark
from support.upstreams import sdk_upstream

PATIENCE = 60


def doctor(home: Home, **environ: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [*KEYFOB, "doctor", "--json"],
        env={**home.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    report = json.loads(done.stdout)
    return done.returncode, report, done.stdout + done.stderr


def rules(report: dict[str, Any]) -> dict[str, str]:
    """The worst outcome of each rule."""
    order = ("good", "note", "warning", "bad")
    worst: dict[str, str] = {}
    for one in report["findings"]:
        worst[one["rule"]] = max(one["outcome"], worst.get(one["rule"], "good"), key=order.index)
    return worst


async def test_a_running_keyfob_is_well_and_its_report_has_no_secret(home: Home) -> None:
    key, name = mark("key"), mark("token")
    async with sdk_upstream(key) as upstream, running_engine(home) as keyfob:
        await keyfob.add("notes", upstream.url)
        await keyfob.do("connect", server="notes", method="api-key", secret=key)
        issued = await keyfob.token("cursor")
        async with keyfob.http_client("notes", issued.token) as client:
            await client.call_tool("echo", {"a": name})
        report = to_json(await keyfob.do("doctor"))
        assert report["is_well"], report
        assert {"audit", "clock", "port", "reach", "store", "folders"} <= set(rules(report))
        text = json.dumps(report).encode()
        for secret in (key, name, issued.token):
            assert found(secret, [text]) == []


async def test_a_secret_that_a_program_complains_with_is_hidden_in_the_report(home: Home) -> None:
    token = "ghp_" + mark("token").replace("-", "x")
    complaint = f"import sys; sys.exit('bad token {token}')"
    async with running_engine(home) as keyfob:
        command = [sys.executable, "-c", complaint]
        await keyfob.do("server.add", name="broken", command=command)
        with pytest.raises(Error):
            await keyfob.do("server.tools", server="broken")
        told = json.dumps(to_json(await keyfob.do("doctor")))
    assert "broken:" in told
    assert token not in told
    assert "characters hidden" in told


async def test_what_goes_wrong_while_keyfob_runs_is_found_and_can_be_mended(home: Home) -> None:
    async with sdk_upstream("k") as upstream, running_engine(home) as keyfob:
        await keyfob.do("server.add", name="notes", url=upstream.url)
        os.chmod(home.paths.data_folder, 0o755)  # noqa: S103 - what the doctor is to find
        with home.paths.config_file.open("a") as file:
            file.write("[lock]\nscreen = false\n")
        (log,) = home.paths.audit_folder.glob("*.jsonl")
        log.write_bytes(log.read_bytes().replace(b"engine_started", b"engine_stopped"))
        await keyfob.do("config.check")

        report = to_json(await keyfob.do("doctor"))

        assert not report["is_well"]
        worst = rules(report)
        assert {rule for rule, outcome in worst.items() if outcome in ("bad", "warning")} == {
            "folders",
            "edits",
            "audit",
        }
        fixes = {one["rule"]: one["fix"] for one in report["findings"] if one["fix"]}
        await keyfob.do(fixes["folders"]["verb"])
        await keyfob.do(fixes["edits"]["verb"])
        again = rules(to_json(await keyfob.do("doctor")))
        assert (again["folders"], again["edits"]) == ("good", "good")
        await keyfob.do("server.remove", name="notes")
    async with running_engine(home) as keyfob:
        await keyfob.do("server.add", name="gone", url="http://127.0.0.1:9/mcp")
        assert rules(to_json(await keyfob.do("doctor")))["reach"] == "bad"


def test_without_an_engine_the_command_looks_at_what_there_is(home: Home) -> None:
    code, report, _ = doctor(home)
    assert code == 0
    assert rules(report)["engine"] == "note"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        code, report, _ = doctor(home, KEYFOB_PORT=str(other.getsockname()[1]))
    assert (code, rules(report)["port"]) == (1, "bad")


def test_where_no_engine_can_come_up_the_files_are_looked_at_all_the_same(home: Home) -> None:
    home.paths.config_file.write_text(f"{UNPINNED}[lok]\nscreen = false\n")
    code, report, told = doctor(home)
    assert code == 1
    assert (rules(report)["engine"], rules(report)["config"]) == ("bad", "bad")
    assert "lok" in told
    assert "Traceback" not in told
    done = subprocess.run(
        [*KEYFOB, "doctor"],
        env=dict(home.environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "BAD" in done.stdout
    assert sys.executable not in done.stdout
