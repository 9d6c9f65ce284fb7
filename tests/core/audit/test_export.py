from __future__ import annotations

import csv
import io
from pathlib import Path

from keyfob_core.audit.export import COLUMNS, exported
from keyfob_core.audit.query import selected_lines
from keyfob_core.audit.selection import Selection
from keyfob_core.model import AuditEvent
from support.audit_log import log_bytes, numbered, write_log


def test_as_jsonl_the_log_comes_out_as_it_lies(tmp_path: Path) -> None:
    write_log(tmp_path, *numbered(9), rotate_bytes=700)
    lines = selected_lines(tmp_path, Selection())
    assert b"".join(exported(lines, "jsonl")) == log_bytes(tmp_path)


def test_as_csv_each_event_is_a_row_whose_details_are_json(tmp_path: Path) -> None:
    told = AuditEvent(
        event="outcome", client='a "b", c', outcome="ok", details={"status": 200, "line": "x\ny"}
    )
    write_log(tmp_path, told)
    text = b"".join(exported(selected_lines(tmp_path, Selection()), "csv")).decode()
    header, row = csv.reader(io.StringIO(text))
    assert tuple(header) == COLUMNS
    assert row[0] == "1"
    assert row[4:] == ['a "b", c', "", "", "", "ok", '{"status": 200, "line": "x\\ny"}']


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    write_log(tmp_path, *(AuditEvent(event="forwarding", tool=f"{sign}SUM(A1)") for sign in "=+-@"))
    text = b"".join(exported(selected_lines(tmp_path, Selection()), "csv")).decode()
    tools = [row[6] for row in csv.reader(io.StringIO(text))][1:]
    assert tools == ["'=SUM(A1)", "'+SUM(A1)", "'-SUM(A1)", "'@SUM(A1)"]
