"""The clients of this computer: pointed at Keyfob, rid of plain-text secrets, or taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.errors import Error
from keyfob_core.setups.client_imports import Imported
from keyfob_core.setups.client_setups import SetupState, Standing
from keyfob_core.steps import Step
from keyfob_desktop.clients.client_wizard_answers import (
    FoundClient,
    imported_in,
    plan_in,
    states_in,
)
from keyfob_desktop.core_words import said
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.choice_list import ChoiceList
from keyfob_desktop.widgets.confirm_dialog import ConfirmDialog
from keyfob_desktop.widgets.dialog import GrowingDialog
from keyfob_desktop.widgets.empty_state import EmptyState
from keyfob_desktop.widgets.fields import in_order
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.widgets.models import moment
from keyfob_desktop.widgets.parts import Banner, Button, CodeView, sentence


class ClientWizard(GrowingDialog):
    """Shows what was found, what would be written and moved, and does it at a click."""

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Your clients"))
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._tasks.ended.connect(self._review)
        self._clients: tuple[FoundClient, ...] = ()
        self._wished = ""
        self.list = ChoiceList("found-clients", self.tr("Clients on this computer"), self)
        self.list.chosen.connect(self._show_client)
        self.summary = PlainLabel()
        self.standing = PlainLabel()
        self.plan = CodeView(self.tr("What would be written and moved"))
        self.pages = QStackedWidget(self)
        self.empty = EmptyState(
            "state-not-connected",
            self.tr("No MCP client was found on this computer"),
            self.tr(
                "One that Keyfob does not know takes a token, made on a server's page, or is added "
                "by clients.toml beside the configuration."
            ),
            "",
            self,
        )
        self.doing = DimLabel()
        self.news = Banner("state-healthy", self)
        self.banner = Banner("state-needs-you", self)
        self.connect_button = Button(self.tr("Connect"), self)
        self.connect_button.clicked.connect(lambda: self._act(self._connect))
        self.move_button = Button(self.tr("Move secrets"), self)
        self.move_button.clicked.connect(lambda: self._act(self._move))
        self.undo_button = Button(self.tr("Take out"), self)
        self.undo_button.clicked.connect(lambda: self._act(self._undo))
        self.put_back_button = Button(self.tr("Put back"), self)
        self.put_back_button.clicked.connect(self._ask_first)
        self.shred_box = QCheckBox(
            self.tr("Erase the tokens that mcp-remote and fastmcp keep in files, too"), self
        )
        self.shred_box.toggled.connect(self._review)
        self.all_button = Button("", self)
        self.all_button.setDefault(True)
        self.all_button.clicked.connect(self._act_on_all)
        self.close_button = Button(self.tr("Close"), self)
        self.close_button.clicked.connect(self.reject)
        for button in (
            self.connect_button,
            self.move_button,
            self.undo_button,
            self.put_back_button,
            self.close_button,
        ):
            button.setAutoDefault(False)
        self.finished.connect(self._tasks.cancel)
        self._lay_out()
        self._review()

    def begin(self, client: str = "") -> None:
        """Look for clients, and choose the one of that id if it is among them."""
        self._wished = client
        self.doing.show_text(self.tr("Looking for clients on this computer…"))
        self._tasks.start(self._load())

    @property
    def client(self) -> FoundClient | None:
        """The chosen client."""
        row = self.list.row
        return self._clients[row] if 0 <= row < len(self._clients) else None

    def choose(self, name: str) -> None:
        """Choose the client of that id, if it is there."""
        for row, client in enumerate(self._clients):
            if client.id == name:
                self.list.choose(row)

    async def _load(self) -> None:
        chosen = self.client
        try:
            found = states_in(await self._door.call("client.list"))
        except Error as error:
            self.banner.tell_error(error)
            self.doing.show_text("")
            return
        clients = [await self._look(name, states) for name, states in found.items()]
        self._clients = tuple(sorted(clients, key=lambda one: one.label.casefold()))
        self.list.show_names(self._line(one) for one in self._clients)
        self.doing.show_text("")
        self.summary.show_text(self._summary())
        self.pages.setCurrentIndex(0 if self._clients else 1)
        if self._clients:
            self.list.choose(0)
            self.choose(chosen.id if chosen else self._wished)

    def _line(self, client: FoundClient) -> str:
        if client.is_connected:
            return self.tr("{client} · connected").format(client=client.label)
        if client.is_broken:
            return self.tr("{client} · to repair").format(client=client.label)
        if client.secrets:
            words = self.tr("{client} · secrets: {count}")
            return words.format(client=client.label, count=client.secrets)
        return client.label

    async def _look(self, name: str, states: tuple[SetupState, ...]) -> FoundClient:
        try:
            asked = {"name": name, "dry_run": True}
            plan = plan_in(await self._door.call("client.import", asked))
        except Error as error:
            return FoundClient(name, states[0].label, states, None, sentence(error))
        return FoundClient(name, states[0].label, states, plan)

    def _summary(self) -> str:
        if not self._clients:
            return ""
        names = [one.label for one in self._clients]
        listed = names[0]
        if len(names) > 1:
            listed = self.tr("{some} and {last}").format(some=", ".join(names[:-1]), last=names[-1])
        found = self.tr("Found here: {clients}.").format(clients=listed)
        secrets = sum(one.secrets for one in self._clients)
        if not secrets:
            return self.tr("{found} No secret lies in their files.").format(found=found)
        words = self.tr("{found} Secrets that lie in plain text in their files: {count}.")
        said = words.format(found=found, count=secrets)
        if not any(one.movable for one in self._clients):
            return said
        asks = self.tr("Move them into your keychain, and route these clients through Keyfob?")
        return f"{said} {asks}"

    def _show_client(self) -> None:
        client = self.client
        states = client.states if client is not None else ()
        self.standing.show_text("\n".join(f"{one.path}: {self._words(one)}" for one in states))
        self.plan.show_text("\n".join(self._lines(client)) if client is not None else "")
        self._review()

    def _words(self, state: SetupState) -> str:
        words = {
            Standing.NONE: self.tr("not connected"),
            Standing.STANDS: self.tr("connected"),
            Standing.CHANGED: self.tr("Keyfob's entry was changed"),
            Standing.GONE: self.tr("Keyfob's entry is gone"),
            Standing.OUTDATED: self.tr("Keyfob's entry leads where it was before"),
            Standing.REVOKED: self.tr("its token was revoked"),
            Standing.UNREADABLE: self.tr("cannot be read"),
        }[state.standing]
        if state.last_used_at is None:
            return words
        seen = moment(str(state.last_used_at))
        return self.tr("{words}, last seen {when}").format(words=words, when=seen)

    def _lines(self, client: FoundClient) -> list[str]:
        if client.plan is None:
            return [said(client.problem)]
        lines: list[str] = []
        for server in client.plan.servers:
            if server.server is not None:
                moves = self.tr("{name} moves into Keyfob: {address}")
                lines.append(moves.format(name=server.name, address=server.address))
            elif server.secrets:
                stays = self.tr("{name} stays: {reason}")
                lines.append(stays.format(name=server.name, reason=said(server.stays or "")))
            lines += [
                f"    {said(one.place)}: {one.shown}, {said(one.reason)}" for one in server.secrets
            ]
        lines += [
            self.tr("{program} keeps tokens in {path}").format(program=one.program, path=one.path)
            for one in client.leftovers
        ]
        if lines:
            lines.append("")
        if not client.is_connected:
            lines += [file.diff for file in client.plan.setup.files]
        lines += client.plan.setup.notes
        return lines

    def _review(self) -> None:
        client = self.client
        idle = client is not None and client.plan is not None and not self._tasks.busy
        self.connect_button.setEnabled(idle and client is not None and not client.is_connected)
        self.shred_box.setVisible(client is not None and bool(client.leftovers))
        self.move_button.setEnabled(
            idle and client is not None and bool(client.movable or self._shred(client))
        )
        self.put_back_button.setVisible(client is not None and client.can_put_back)
        self.put_back_button.setEnabled(idle)
        waiting = any(one.is_waiting for one in self._clients)
        self.all_button.setEnabled(waiting and not self._tasks.busy)
        self.all_button.setVisible(bool(self._clients))
        moving = any(one.movable for one in self._clients)
        self.all_button.setText(
            self.tr("Move and connect all") if moving else self.tr("Connect all")
        )
        self.summary.setVisible(bool(self._clients))
        undoing = client is not None and client.was_written and not self._tasks.busy
        self.undo_button.setEnabled(undoing)
        broken = client is not None and client.is_broken
        self.connect_button.setText(self.tr("Repair") if broken else self.tr("Connect"))

    def _shred(self, client: FoundClient) -> bool:
        return bool(client.leftovers) and self.shred_box.isChecked()

    def _act_on_all(self) -> None:
        if not self._tasks.busy:
            self._tasks.start(self._all_acted())
            self._review()

    async def _all_acted(self) -> None:
        self.banner.hide()
        self.news.hide()
        done: list[str] = []
        stay: list[str] = []
        for client in self._clients:
            if not client.is_waiting:
                continue
            self.doing.show_text(client.label)
            try:
                if client.movable:
                    stay += _left(await self._import(client, shred=False))
                else:
                    await self._connect(client)
                done.append(client.label)
            except Error as error:
                stay.append(f"{client.label}: {sentence(error)}")
        if done:
            words = self.tr("Keyfob's entry is written. Restart {client}, so that it reads it.")
            self.news.tell(words.format(client=", ".join(done)))
        if stay:
            words = self.tr("These stay as they were: {servers}")
            self.banner.tell(words.format(servers="; ".join(stay)))
        await self._load()

    def _act(self, work: Callable[[FoundClient], Awaitable[str]]) -> None:
        client = self.client
        if client is not None and not self._tasks.busy:
            self._tasks.start(self._acted(work, client))
            self._review()

    async def _acted(
        self, work: Callable[[FoundClient], Awaitable[str]], client: FoundClient
    ) -> None:
        self.banner.hide()
        self.news.hide()
        try:
            self.news.tell(await work(client))
        except Error as error:
            self.banner.tell_error(error)
        await self._load()

    async def _connect(self, client: FoundClient) -> str:
        seen = client.plan.setup.digest if client.plan is not None else None
        await self._door.call("client.add", {"name": client.id, "seen": seen})
        words = self.tr("Keyfob's entry is written. Restart {client}, so that it reads it.")
        return words.format(client=client.label)

    async def _import(self, client: FoundClient, *, shred: bool) -> Imported:
        seen = client.plan.digest if client.plan is not None else None
        asked = {"name": client.id, "seen": seen, "shred": shred}
        return imported_in(await self._door.call("client.import", asked, on_step=self._tell))

    async def _move(self, client: FoundClient) -> str:
        done = await self._import(client, shred=self._shred(client))
        if done.failed:
            words = self.tr("These stay as they were: {servers}")
            self.banner.tell(words.format(servers="; ".join(_left(done))))
        words = self.tr("Moved into Keyfob: {servers}. Restart {client}.")
        servers = ", ".join(done.moved) or self.tr("nothing")
        return words.format(servers=servers, client=client.label)

    async def _put_back(self, client: FoundClient) -> str:
        await self._door.call("client.restore", {"name": client.id, "undo": True})
        words = self.tr("{client} has its servers back as they were, secrets and all.")
        return words.format(client=client.label)

    def _ask_first(self) -> None:
        client = self.client
        if client is None or self._tasks.busy:
            return
        dialog = ConfirmDialog(
            self.tr("Put the servers back into {client}?").format(client=client.label),
            self.tr(
                "Its files get what was moved out of them, with the secrets in plain text, and "
                "lose Keyfob's entry. The servers stay in Keyfob as well."
            ),
            self.tr("Put back"),
            self,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._act(self._put_back))
        dialog.open()

    async def _undo(self, client: FoundClient) -> str:
        await self._door.call("client.undo", {"name": client.id})
        words = self.tr("Keyfob's entry is taken out of {client}, and its token is revoked.")
        return words.format(client=client.label)

    def _tell(self, step: Step) -> None:
        self.doing.show_text(said(step.text))

    def _lay_out(self) -> None:
        line = self.fontMetrics().lineSpacing()
        wide = self.fontMetrics().averageCharWidth()
        self.list.setMinimumWidth(wide * 24)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.standing)
        column.addWidget(DimLabel(self.tr("What would be written and moved")))
        column.addWidget(self.plan, 1)
        self.plan.setMinimumHeight(line * 10)
        row = QHBoxLayout()
        row.addWidget(self.undo_button)
        row.addWidget(self.put_back_button)
        row.addStretch(1)
        row.addWidget(self.move_button)
        row.addWidget(self.connect_button)
        column.addWidget(self.shred_box)
        column.addLayout(row)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        close = QHBoxLayout()
        close.addWidget(self.doing, 1)
        close.addWidget(self.all_button)
        close.addWidget(self.close_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(22, 20, 22, 18)
        whole.setSpacing(12)
        whole.addWidget(TitleLabel(self.tr("Point your clients at Keyfob")))
        whole.addWidget(self.summary)
        whole.addWidget(self.news)
        whole.addWidget(self.banner)
        self.pages.addWidget(split)
        self.pages.addWidget(self.empty)
        whole.addWidget(self.pages, 1)
        whole.addLayout(close)
        self.resize(wide * 112, line * 32)
        in_order(self.list, self.plan, self.shred_box, self.undo_button, self.put_back_button)
        in_order(self.put_back_button, self.move_button, self.connect_button, self.all_button)
        in_order(self.all_button, self.close_button)


def _left(done: Imported) -> list[str]:
    return [f"{name}: {reason}" for name, reason in done.failed]
