"""Calls and refusals over time, as bars in the palette's colours."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from keyfob_desktop.activity.activity_answers import EventCounts
from keyfob_desktop.activity.activity_words import time_words

_REFUSED_LIGHT, _REFUSED_DARK = QColor(179, 38, 30), QColor(255, 138, 128)
_DIM = 150
_GAP = 2.0
_LINES = 5


class ActivityChart(QWidget):
    """One bar for each slice: refusals stand on the calls, hatched, so that shape tells too.

    The arrow keys go from bar to bar; what a bar stands for is its tool tip and the accessible
    description.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Calls and refusals over time"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._counts: EventCounts | None = None
        self._current: int | None = None

    @property
    def counts(self) -> EventCounts | None:
        """What is shown."""
        return self._counts

    @property
    def current(self) -> int | None:
        """The bar that the person looks at."""
        return self._current

    def show_counts(self, counts: EventCounts) -> None:
        """Show these instead."""
        if self._counts is None or len(counts.calls) != len(self._counts.calls):
            self._current = None
        self._counts = counts
        self.setAccessibleDescription(self.summary())
        self.update()

    def summary(self) -> str:
        """All of it in one sentence."""
        counts = self._counts
        if counts is None:
            return ""
        calls = self.tr("%n call(s)", "", sum(counts.calls))
        refusals = self.tr("%n refusal(s)", "", sum(counts.refusals))
        words = self.tr("{calls} and {refusals} since {moment}")
        if not counts.is_whole:
            words = self.tr("{calls} and {refusals} since {moment}; the oldest are not counted")
        return words.format(calls=calls, refusals=refusals, moment=time_words(counts.since))

    def bar_words(self, number: int) -> str:
        """What one bar stands for."""
        counts = self._counts
        if counts is None:
            return ""
        length = (counts.until - counts.since) / len(counts.calls)
        begin = counts.since + number * length
        words = self.tr("{begin} to {end}: {calls}, {refusals}")
        return words.format(
            begin=time_words(begin),
            end=time_words(begin + length),
            calls=self.tr("%n call(s)", "", counts.calls[number]),
            refusals=self.tr("%n refusal(s)", "", counts.refusals[number]),
        )

    def sizeHint(self) -> QSize:
        """A few lines high."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 60, metrics.lineSpacing() * _LINES)

    def minimumSizeHint(self) -> QSize:
        """As high, and half as wide."""
        hint = self.sizeHint()
        return QSize(hint.width() // 2, hint.height())

    def event(self, event: QEvent) -> bool:
        """Do not let Qt hide the bar's own tool tip."""
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the bar under the pointer."""
        self._look_at(self._bar_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Tell of none."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self._current = None
        QToolTip.hideText()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell of none."""
        super().focusOutEvent(event)
        self._current = None
        QToolTip.hideText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from bar to bar."""
        bars = len(self._counts.calls) if self._counts else 0
        last = bars - 1
        here = last if self._current is None else self._current
        steps = {
            Qt.Key.Key_Left: here - 1 if self._current is not None else here,
            Qt.Key.Key_Right: here + 1 if self._current is not None else here,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key not in steps or not bars:
            super().keyPressEvent(event)
            return
        self._look_at(min(last, max(0, steps[key])))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars, the highest number, and when they begin and end."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dim = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        dim.setAlpha(_DIM)
        area = self._area()
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(dim)
        counts = self._counts
        if counts is None or not any((*counts.calls, *counts.refusals)):
            words = self.tr("No calls in this time.") if counts else ""
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
        else:
            self._paint_bars(painter, area, counts)
            painter.setPen(dim)
            self._paint_legend(painter, counts)
        if counts is not None:
            self._paint_moments(painter, counts, dim)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _paint_bars(self, painter: QPainter, area: QRectF, counts: EventCounts) -> None:
        most = max(map(sum, zip(counts.calls, counts.refusals, strict=True)))
        calls, refused = self.palette().color(QPalette.ColorRole.Highlight), self.refusal_colour()
        for number in range(len(counts.calls)):
            place = self._bar(area, number)
            base = place.bottom()
            for count, colour, hatched in (
                (counts.calls[number], calls, False),
                (counts.refusals[number], refused, True),
            ):
                if not count:
                    continue
                height = max(2.0, place.height() * count / most)
                bar = QRectF(place.left(), base - height, place.width(), height)
                painter.fillRect(bar, colour)
                if hatched:
                    painter.fillRect(bar, self._hatching())
                base -= height
            if number == self._current:
                shade = QColor(self.palette().color(QPalette.ColorRole.WindowText))
                shade.setAlpha(40)
                painter.fillRect(place, shade)

    def _paint_legend(self, painter: QPainter, counts: EventCounts) -> None:
        metrics = self.fontMetrics()
        side = metrics.ascent() * 0.8
        left, top = 2.0, 0.0
        entries = (
            (self.tr("%n call(s)", "", sum(counts.calls)), None),
            (self.tr("%n refusal(s)", "", sum(counts.refusals)), self.refusal_colour()),
        )
        pen = painter.pen()
        for words, colour in entries:
            box = QRectF(left, top + (metrics.height() - side) / 2, side, side)
            painter.fillRect(box, colour or self.palette().color(QPalette.ColorRole.Highlight))
            if colour is not None:
                painter.fillRect(box, self._hatching())
            painter.setPen(pen)
            painter.drawText(QPointF(left + side * 1.6, top + metrics.ascent()), words)
            left += side * 1.6 + metrics.horizontalAdvance(words) + side * 2
        most = max(map(sum, zip(counts.calls, counts.refusals, strict=True)))
        told = self.tr("at most {count}").format(count=QLocale().toString(most))
        if not counts.is_whole:
            told = self.tr("the oldest are not counted")
        painter.drawText(
            QRectF(0, top, self.width() - 2, metrics.height()), Qt.AlignmentFlag.AlignRight, told
        )

    def _paint_moments(self, painter: QPainter, counts: EventCounts, ink: QColor) -> None:
        painter.setPen(ink)
        metrics = self.fontMetrics()
        line = QRectF(0, self.height() - metrics.height() - 1, self.width(), metrics.height())
        line.adjust(2, 0, -2, 0)
        flags = Qt.AlignmentFlag
        painter.drawText(line, flags.AlignLeft, time_words(counts.since))
        painter.drawText(line, flags.AlignRight, self.tr("now"))

    def refusal_colour(self) -> QColor:
        """A red that can be told from the window's own ground."""
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        return _REFUSED_DARK if dark else _REFUSED_LIGHT

    def _hatching(self) -> QBrush:
        ground = QColor(self.palette().color(QPalette.ColorRole.Window))
        ground.setAlpha(150)
        return QBrush(ground, Qt.BrushStyle.BDiagPattern)

    def _area(self) -> QRectF:
        height = self.fontMetrics().height()
        return QRectF(2, height + 4, self.width() - 4, max(8, self.height() - 2 * height - 9))

    def _bar(self, area: QRectF, number: int) -> QRectF:
        bars = len(self._counts.calls) if self._counts else 1
        width = area.width() / bars
        gap = min(_GAP, width / 4)
        return QRectF(
            area.left() + number * width + gap / 2, area.top(), width - gap, area.height()
        )

    def _bar_at(self, point: QPointF) -> int | None:
        area = self._area()
        if self._counts is None or not area.left() <= point.x() < area.right():
            return None
        return int((point.x() - area.left()) / area.width() * len(self._counts.calls))

    def _look_at(self, number: int | None) -> None:
        if number == self._current:
            return
        self._current = number
        self.update()
        if number is None:
            QToolTip.hideText()
            return
        words = self.bar_words(number)
        self.setAccessibleDescription(f"{self.summary()}\n{words}")
        place = self._bar(self._area(), number)
        QToolTip.showText(self.mapToGlobal(place.topLeft().toPoint()), words, self)
