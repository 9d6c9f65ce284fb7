from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from keyfob_desktop.connect.connect_dialog import ConnectDialog
from keyfob_desktop.connect.key_file import KeyFile
from keyfob_desktop.connect.service_panel import KindPage
from keyfob_desktop.connect.target import Target
from keyfob_desktop.widgets.fields import SecretField
from support.desktop import Running, opened, top_level, until
from support.fake_engine import server

LEFT = Qt.MouseButton.LeftButton
KEY = json.dumps({"type": "service_account", "private_key": "the-marked-key"})


@pytest.fixture
async def dialog(running: Running, qtbot: QtBot) -> AsyncIterator[ConnectDialog]:
    await running.tell(servers=(server("drive"),))
    target = Target(title="drive", server="drive", method="service-account")
    dialog = ConnectDialog(target, running.door, running.failures.append)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    assert running.failures == []


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "ada-key.json"
    file.write_text(KEY)
    return file


def choose(dialog: ConnectDialog, kind: str) -> KindPage:
    panel = dialog.form.service_account
    panel.kind_choice.setCurrentIndex(panel.kind_choice.findData(kind))
    assert panel.page.kind.id == kind
    assert panel.page.isVisible()
    return panel.page


def drop(target: KeyFile, *urls: QUrl) -> bool:
    """Drag these over the field and let go; whether it wanted them."""
    data = QMimeData()
    data.setUrls(list(urls))
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, LEFT, none)
    enter.ignore()
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), copy, data, LEFT, none))
    return enter.isAccepted()


def words(dialog: ConnectDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


async def test_a_dropped_key_file_is_read_sent_never_shown_and_forgotten(
    running: Running, dialog: ConnectDialog, qtbot: QtBot, key: Path
) -> None:
    page = choose(dialog, "google")
    qtbot.keyClicks(page.scopes, "drive.readonly sheets")
    field = page.fields["subject"]
    qtbot.keyClicks(field, "ada@example.org")
    assert not dialog.go_button.isEnabled()

    assert drop(page.key_file, QUrl.fromLocalFile(str(key)))
    await until(dialog.go_button.isEnabled)
    assert "ada-key.json" in page.key_file.words.text()
    assert "the-marked-key" not in words(dialog)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert running.engine.dispatched[-1][1] == {
        "server": "drive",
        "method": "service-account",
        "kind": "google",
        "parameters": {"subject": "ada@example.org"},
        "secret": KEY,
        "scopes": ["drive.readonly", "sheets"],
    }
    assert page.key_file.content == ""


async def test_a_key_file_can_be_chosen_with_the_button(
    dialog: ConnectDialog, qtbot: QtBot, key: Path
) -> None:
    page = choose(dialog, "github-app")
    for name in ("app_id", "installation_id"):
        qtbot.keyClicks(page.fields[name], "12")

    qtbot.mouseClick(page.key_file.choose_button, LEFT)
    files: QFileDialog = await opened(QFileDialog)
    files.selectFile(str(key))
    files.fileSelected.emit(str(key))
    files.reject()
    await until(lambda: not top_level(QFileDialog))

    await until(dialog.go_button.isEnabled)
    assert page.key_file.content == KEY


async def test_only_one_file_of_this_computer_is_taken(dialog: ConnectDialog, key: Path) -> None:
    field = choose(dialog, "google").key_file
    local = QUrl.fromLocalFile(str(key))

    assert not drop(field, QUrl("https://files.example/key.json"))
    assert not drop(field, QUrl("file://share.example/keys/key.json"))
    assert not drop(field, local, local)
    assert not drop(field)
    assert field.content == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff\xfe\x00xxx", "is no text"), (b"x" * 70_000, "too big"), (b" \n", "is empty")],
)
async def test_what_cannot_be_a_key_is_refused_with_its_reason(
    dialog: ConnectDialog, tmp_path: Path, content: bytes, told: str
) -> None:
    field = choose(dialog, "google").key_file
    (tmp_path / "key").write_bytes(content)

    assert drop(field, QUrl.fromLocalFile(str(tmp_path / "key")))

    await until(lambda: told in field.note.text())
    assert field.content == ""
    assert "xxx" not in field.note.text()


async def test_client_credentials_take_a_secret_and_what_is_filled_in(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    page = choose(dialog, "client-credentials")
    qtbot.keyClicks(page.secret, "the-marked-secret")
    assert "marked" not in page.secret.displayText()
    assert not dialog.go_button.isEnabled()
    qtbot.keyClicks(page.fields["client_id"], "robot")

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    assert running.engine.dispatched[-1][1] == {
        "server": "drive",
        "method": "service-account",
        "kind": "client-credentials",
        "parameters": {"client_id": "robot"},
        "secret": "the-marked-secret",
        "scopes": [],
    }


async def test_a_workload_s_token_file_is_named_and_not_read(
    running: Running, dialog: ConnectDialog, qtbot: QtBot
) -> None:
    page = choose(dialog, "workload-identity")
    qtbot.keyClicks(page.fields["token_file"], "/var/run/token")
    qtbot.keyClick(page.fields["use"], Qt.Key.Key_End)

    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    args = running.engine.dispatched[-1][1]
    assert args["parameters"] == {"token_file": "/var/run/token", "use": "subject_token"}
    assert "secret" not in args
    assert "secrets" not in args


async def test_a_company_s_sign_in_needs_both_clients(dialog: ConnectDialog, qtbot: QtBot) -> None:
    page = choose(dialog, "enterprise-managed")
    qtbot.keyClicks(page.secret, "refresh")
    for name in ("idp_token_endpoint", "idp_client_id"):
        qtbot.keyClicks(page.fields[name], "x")
    assert not dialog.go_button.isEnabled()

    qtbot.keyClicks(page.fields["client_id"], "x")

    assert dialog.go_button.isEnabled()


async def test_a_company_s_id_token_is_sent_with_the_secrets_of_both_clients_and_all_forgotten(
    running: Running, dialog: ConnectDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    page = choose(dialog, "enterprise-managed")
    (tmp_path / "token").write_text("the-marked-id-token\n")
    assert drop(page.key_file, QUrl.fromLocalFile(str(tmp_path / "token")))
    for name in ("idp_token_endpoint", "idp_client_id", "client_id"):
        qtbot.keyClicks(page.fields[name], name)
    subject = page.fields["subject"]
    qtbot.keyClick(subject, Qt.Key.Key_Down)
    for name in ("idp_client_secret", "client_secret"):
        field = page.fields[name]
        assert isinstance(field, SecretField)
        qtbot.keyClicks(field, f"marked-{name}")
        assert "marked" not in field.displayText()
    await until(dialog.go_button.isEnabled)
    qtbot.mouseClick(dialog.go_button, LEFT)
    await until(dialog.steps.outcome.isVisible)

    args = running.engine.dispatched[-1][1]
    assert args["secret"] == "the-marked-id-token"
    assert args["secrets"] == {
        "idp_client_secret": "marked-idp_client_secret",
        "client_secret": "marked-client_secret",
    }
    assert args["parameters"] == {
        "idp_token_endpoint": "idp_token_endpoint",
        "idp_client_id": "idp_client_id",
        "client_id": "client_id",
        "subject": "id_token",
    }
    secrets = [page.fields[name] for name in args["secrets"]]
    assert [field.text() for field in secrets if isinstance(field, SecretField)] == ["", ""]
    assert page.key_file.content == ""


async def test_a_closed_dialog_keeps_no_secret(
    dialog: ConnectDialog, qtbot: QtBot, key: Path
) -> None:
    page = choose(dialog, "client-credentials")
    qtbot.keyClicks(page.secret, "the-marked-secret")
    drop(page.key_file, QUrl.fromLocalFile(str(key)))
    await until(lambda: page.key_file.content)

    qtbot.mouseClick(dialog.cancel_button, LEFT)

    assert page.secret.text() == ""
    assert page.key_file.content == ""
