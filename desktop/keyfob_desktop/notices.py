"""When the person is told something without a window: one at a time, and only what needs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from keyfob_core.prompts import Prompt
from keyfob_desktop.standing import Need, prompt_words

GATHER_MS = 1500
"""What begins within this time is told at once."""
QUIET_SECONDS = 20.0
"""After one question was told no further one is for so long: a window shows that they wait."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification, and what a click on it is about."""

    title: str
    text: str
    need: Need | None = None
    """None for a question, or where several things wait."""


class Notices(QObject):
    """Decides what is told.

    Signals:
        told: a `Notice` to show now.
    """

    told = Signal(object)

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        gather_ms: int = GATHER_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._quiet_until = float("-inf")
        self._known: dict[str, Need] = {}
        self._news: dict[str, Need] = {}
        self._gather = QTimer(self)
        self._gather.setSingleShot(True)
        self._gather.setInterval(gather_ms)
        self._gather.timeout.connect(self._tell)

    def question(self, prompt: Prompt) -> None:
        """A question has come up while no other was shown."""
        now = self._clock()
        if now < self._quiet_until:
            return
        self._quiet_until = now + QUIET_SECONDS
        self.told.emit(Notice(self.tr("Keyfob has a question"), prompt_words(prompt)))

    def needs(self, needs: Sequence[Need]) -> None:
        """These wait for the person now; each is told when it begins, and again if it returns."""
        now = {_key(each): each for each in needs if each.for_person and not each.prompt}
        self._news = {
            key: need for key, need in now.items() if key in self._news or key not in self._known
        }
        self._known = now
        if self._news and not self._gather.isActive():
            self._gather.start()

    def _tell(self) -> None:
        news, self._news = list(self._news.values()), {}
        if not news:
            return
        title = self.tr("Keyfob needs you")
        if len(news) == 1:
            self.told.emit(Notice(title, news[0].text, news[0]))
            return
        text = self.tr("{first}, and {count} more").format(first=news[0].text, count=len(news) - 1)
        self.told.emit(Notice(title, text))


def _key(need: Need) -> str:
    # A reminder's words change from day to day.
    return need.account or need.server or need.text
