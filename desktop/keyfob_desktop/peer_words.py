"""Who a client is, in words."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from keyfob_core.model import Claims, KnownBy, Peer
from keyfob_core.plain import visible


def known_words(widget: QWidget, known_by: KnownBy) -> str:
    """What a client's name rests on."""
    match known_by:
        case KnownBy.TOKEN:
            return widget.tr("known by the token you gave it")
        case KnownBy.PROCESS:
            return widget.tr("known by its program file")
        case KnownBy.SIGNATURE:
            return widget.tr("known by its program file and who signed it")
        case KnownBy.PAIRING:
            return widget.tr("known by the token it got when you let it pair")
        case KnownBy.KEYFOB:
            return widget.tr("Keyfob's own window or command")


def process_words(widget: QWidget, peer: Peer | None) -> tuple[str, str]:
    """The process and, as a note, its number and what started it."""
    if peer is None:
        return widget.tr("unknown process"), widget.tr("connections over HTTP do not tell")
    note = widget.tr("process {pid}").format(pid=peer.pid)
    if peer.parents:
        chain = " ← ".join(visible(each) for each in peer.parents)
        note = widget.tr("{process}, started by {chain}").format(process=note, chain=chain)
    if peer.signer:
        signer = visible(peer.signer)
        note = widget.tr("{process}; signed by {signer}").format(process=note, signer=signer)
    return peer.executable, note


def claimed_words(widget: QWidget, claimed: Claims) -> str:
    """What a client says of itself, in one line."""
    name = " ".join(each for each in (claimed.name, claimed.version) if each)
    return " · ".join(each for each in (name, claimed.user_agent) if each)
