"""Who a client is, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from keyfob_core.model import Claims, KnownBy, Peer
from keyfob_core.words.plain import visible


def known_words(known_by: KnownBy) -> str:
    """What a client's name rests on."""
    translate = QCoreApplication.translate
    match known_by:
        case KnownBy.TOKEN:
            return translate("PeerWords", "known by the token you gave it")
        case KnownBy.PROCESS:
            return translate("PeerWords", "known by its program file")
        case KnownBy.SIGNATURE:
            return translate("PeerWords", "known by its program file and who signed it")
        case KnownBy.PAIRING:
            return translate("PeerWords", "known by the token it got when you let it pair")
        case KnownBy.KEYFOB:
            return translate("PeerWords", "Keyfob's own window or command")


def process_words(peer: Peer | None) -> tuple[str, str]:
    """The process and, as a note, its number and what started it."""
    translate = QCoreApplication.translate
    if peer is None:
        return translate("PeerWords", "unknown process"), translate(
            "PeerWords", "connections over HTTP do not tell"
        )
    note = translate("PeerWords", "process {pid}").format(pid=peer.pid)
    if peer.parents:
        chain = " ← ".join(visible(each) for each in peer.parents)
        note = translate("PeerWords", "{process}, started by {chain}").format(
            process=note, chain=chain
        )
    if peer.signer:
        signer = visible(peer.signer)
        note = translate("PeerWords", "{process}; signed by {signer}").format(
            process=note, signer=signer
        )
    return peer.executable, note


def claimed_words(claimed: Claims) -> str:
    """What a client says of itself, in one line."""
    name = " ".join(each for each in (claimed.name, claimed.version) if each)
    return " · ".join(each for each in (name, claimed.user_agent) if each)
