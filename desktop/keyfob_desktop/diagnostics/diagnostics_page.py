"""Diagnostics: what the doctor finds, what mends it, and a report to take along."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from keyfob_core.diagnosis.findings import Finding, Fix, Outcome, is_well
from keyfob_core.errors import AccessDenied, Error
from keyfob_desktop.answers import mapped
from keyfob_desktop.core_words import said
from keyfob_desktop.diagnostics.diagnostics_answers import (
    findings_in,
    fix_words,
    ordered,
    outcome_icon,
    outcome_words,
    report_of,
    start_finding,
    tray_finding,
)
from keyfob_desktop.loop import EngineDoor
from keyfob_desktop.tasks import Tasks
from keyfob_desktop.widgets.fields import empty
from keyfob_desktop.widgets.icons import icon
from keyfob_desktop.widgets.labels import DimLabel, PlainLabel, TitleLabel
from keyfob_desktop.widgets.parts import Banner, Button, Disclosure

_COPIED_MS = 1500


class FindingRow(QFrame):
    """One finding with its button.

    Signals:
        fix_wanted: the person wants it mended.
    """

    fix_wanted = Signal(object)

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self._picture = QLabel(self)
        self.sentence = PlainLabel()
        self.hint = DimLabel()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self.hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 6)
        row.setSpacing(12)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.button = Button(self)
        self.button.clicked.connect(lambda: self.fix_wanted.emit(self.finding.fix))
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.finding = finding
        self._show()

    def show_finding(self, finding: Finding) -> None:
        """Show this one instead."""
        if finding != self.finding:
            self.finding = finding
            self._show()

    def _show(self) -> None:
        finding = self.finding
        side = round(self.fontMetrics().height() * 1.2)
        self._picture.setPixmap(icon(outcome_icon(finding.outcome)).pixmap(side, side))
        self._picture.setAccessibleName(outcome_words(finding.outcome))
        self._picture.setToolTip(outcome_words(finding.outcome))
        self.sentence.show_text(said(finding.sentence))
        self.hint.show_text(said(finding.hint))
        self.hint.setVisible(bool(finding.hint) and finding.outcome is not Outcome.GOOD)
        self.button.setVisible(finding.fix is not None)
        if finding.fix is not None:
            self.button.setText(fix_words(finding.fix))
            name = self.tr("{button}: {sentence}")
            self.button.setAccessibleName(
                name.format(button=self.button.text(), sentence=self.sentence.text())
            )


class DiagnosticsPage(QWidget):
    """All findings, the worst first; those that are in order are folded away.

    Signals:
        show_wanted: the page that helps, a name on it, and what to do there.
        turn_wanted: `unlock`, `resume` or `config.accept`, which the person is asked about.
    """

    show_wanted = Signal(str, str, str)
    turn_wanted = Signal(str)

    def __init__(
        self,
        door: EngineDoor,
        on_failure: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._door = door
        self._tasks = Tasks(on_failure, self)
        self._findings: tuple[Finding, ...] = ()
        self._has_tray = True
        self.rows: tuple[FindingRow, ...] = ()
        self._picture = QLabel(self)
        self.summary = TitleLabel(scale=1.2)
        self.note = DimLabel(
            self.tr("The same is found by `keyfob doctor` in a terminal, with or without a window.")
        )
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Looking"))
        self.banner = Banner("state-failed", self)
        self.copy_button = Button(self.tr("Copy report"), self)
        self.copy_button.setToolTip(self.tr("Text for somebody who helps you; no secret is in it."))
        self.copy_button.clicked.connect(self._copy)
        self.look_button = Button(self.tr("Look again"), self)
        self.look_button.clicked.connect(self.look)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_COPIED_MS)
        self._again.timeout.connect(lambda: self.copy_button.setText(self.tr("Copy report")))
        self._wrong = QVBoxLayout()
        good = QWidget(self)
        self._good = QVBoxLayout(good)
        self._good.setContentsMargins(0, 0, 0, 0)
        self.good = Disclosure(self.tr("What is in order"), good, self)
        self._lay_out()

    def show_tray(self, available: bool) -> None:
        """Know whether the desktop has a tray."""
        self._has_tray = available

    def look(self) -> None:
        """Examine everything."""
        if not self._tasks.busy:
            self._tasks.start(self._look())

    @property
    def report(self) -> str:
        """What is copied."""
        return report_of(self._findings)

    async def _look(self) -> None:
        self.banner.hide()
        self.summary.show_text(self.tr("Looking at everything…"))
        self._picture.hide()
        self.progress.show()
        for button in (self.look_button, self.copy_button):
            button.setEnabled(False)
        try:
            found = findings_in(await self._door.call("doctor"))
        except Error as error:
            self.banner.tell_error(error)
            self.summary.show_text(self.tr("Keyfob could not be examined."))
        else:
            more = (tray_finding(self._has_tray), *await self._start())
            self._show(ordered((*found, *more)))
        finally:
            self.progress.hide()
            for button in (self.look_button, self.copy_button):
                button.setEnabled(True)

    async def _start(self) -> tuple[Finding, ...]:
        """Whether Keyfob starts at login, where this system has a place for that."""
        try:
            told = mapped(await self._door.call("autostart.show"))
        except Error:
            return ()
        return (start_finding(bool(told.get("enabled"))),) if told.get("place") else ()

    def _show(self, findings: tuple[Finding, ...]) -> None:
        self._findings = findings
        well = is_well(findings)
        side = round(self.fontMetrics().height() * 1.8)
        picture = icon("state-healthy" if well else "state-failed")
        self._picture.setPixmap(picture.pixmap(side, side))
        self._picture.show()
        wrong = sum(one.outcome in (Outcome.BAD, Outcome.WARNING) for one in findings)
        words = self.tr("Nothing is wrong.")
        self.summary.show_text(words if well else self.tr("%n thing(s) to look at.", "", wrong))
        if [row.finding.outcome for row in self.rows] == [one.outcome for one in findings]:
            for row, finding in zip(self.rows, findings, strict=True):
                row.show_finding(finding)
            return
        for layout in (self._wrong, self._good):
            empty(layout)
        rows: list[FindingRow] = []
        for finding in findings:
            row = FindingRow(finding, self)
            row.fix_wanted.connect(self._mend)
            rows.append(row)
            is_good = finding.outcome is Outcome.GOOD
            (self._good if is_good else self._wrong).addWidget(row)
        self.rows = tuple(rows)
        self.good.setVisible(self._good.count() > 0)

    def _mend(self, fix: Fix) -> None:
        if fix.verb == "show":
            args = fix.args
            self.show_wanted.emit(args.get("page", ""), args.get("name", ""), args.get("then", ""))
        elif fix.verb in ("unlock", "resume", "config.accept"):
            self.turn_wanted.emit(fix.verb)
        else:
            self._tasks.start(self._do(fix))

    async def _do(self, fix: Fix) -> None:
        self.banner.hide()
        try:
            await self._door.call(fix.verb, fix.args)
        except AccessDenied:
            return
        except Error as error:
            self.banner.tell_error(error)
            return
        await self._look()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self.copy_button.setText(self.tr("Copied"))
        self._again.start()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._picture)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.summary)
        words.addWidget(self.note)
        head.addLayout(words, 1)
        head.addWidget(self.copy_button)
        head.addWidget(self.look_button)
        self._picture.hide()
        self.progress.hide()
        pane = QWidget(self)
        inner = QVBoxLayout(pane)
        inner.setContentsMargins(0, 0, 0, 12)
        inner.setSpacing(8)
        inner.addLayout(self._wrong)
        inner.addWidget(self.good)
        inner.addStretch(1)
        self.good.hide()
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(pane)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 12, 4, 4)
        column.setSpacing(12)
        column.addWidget(self.banner)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(scroll, 1)
