from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from keyfob_core.states import AccountCondition
from keyfob_desktop.widgets.models import ServerModel, TableModel, moment
from support.fake_engine import server


def test_servers_follow_qts_rules_for_models(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    model = ServerModel()
    model.show_servers((server("github", AccountCondition.HEALTHY), server("wiki")))

    qtmodeltester.check(model)


def test_a_changed_condition_keeps_the_rows_and_new_servers_reset_them(qtbot: QtBot) -> None:
    model = ServerModel()
    model.show_servers((server("github"), server("wiki")))
    resets: list[Any] = []
    model.modelReset.connect(lambda: resets.append(None))

    with qtbot.waitSignal(model.dataChanged):
        model.show_servers((server("github", AccountCondition.HEALTHY), server("wiki")))
    assert resets == []
    model.show_servers((server("wiki"),))

    assert resets == [None]
    assert model.row_of("wiki") == 0
    assert model.row_of("github") is None


def test_names_are_shown_visibly_and_read_out_with_their_condition(qtbot: QtBot) -> None:
    model = ServerModel()
    model.show_servers((server("git\u202ehub", AccountCondition.NEEDS_YOU),))

    index = model.index(0)

    assert index.data() == "git⟨U+202E⟩hub"
    assert "Sign-in has ended" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_a_table_follows_qts_rules_and_shows_foreign_cells_visibly(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = TableModel(("When", "What"))
    model.show_rows((("now", "a\x1b[2Jb"), ("then", "x" * 500)))

    qtmodeltester.check(model)
    assert model.index(0, 1).data() == "a␛[2Jb"
    assert len(model.index(1, 1).data()) == 120
    assert model.headerData(1, Qt.Orientation.Horizontal) == "What"


def test_times_are_read_as_seconds_or_iso_and_else_shown_as_told(qtbot: QtBot) -> None:
    assert moment("1790000000") == moment("2026-09-21T14:13:20Z")
    assert moment("soon") == "soon"
