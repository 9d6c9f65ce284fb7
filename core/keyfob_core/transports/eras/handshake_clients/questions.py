"""What a server of 2026-07-28 wants to know, as requests to a client of the handshake eras."""

from __future__ import annotations

from keyfob_core.transports.eras.handshake_clients.issued_session import IssuedSession
from keyfob_core.transports.eras.handshake_clients.round import Round
from keyfob_core.transports.eras.messages import Message
from keyfob_core.transports.eras.revisions import mapping, text
from keyfob_core.transports.eras.tasks import of_task
from keyfob_core.transports.eras.translation import handshake_question, may_be_asked


def unanswerable(session: IssuedSession, questions: Message) -> str | None:
    """Why these cannot be asked; None where the client has said that it answers all of them."""
    for key, question in questions.items():
        method, params = _read(question)
        if not may_be_asked(session.capabilities, method, params):
            return (
                f"The server asks for {key} by {method or 'nothing'}, which this client has "
                "not said that it answers."
            )
    return None


def posed(
    session: IssuedSession, questions: Message, task_id: str | None = None
) -> tuple[Round, list[Message]]:
    """The requests to the client, marked with the task that asks, and the round of its answers."""
    ids = {session.new_id("question"): key for key in questions}
    asking = Round(ids.items())
    asked: list[Message] = []
    for message_id, key in ids.items():
        session.rounds[message_id] = asking
        method, params = _read(questions[key])
        told = of_task(params, task_id)
        asked.append(handshake_question(message_id, method, told, session.version))
    return asking, asked


def closed(session: IssuedSession, asking: Round) -> None:
    """Take no answer of that round any more."""
    for message_id in asking.ids:
        session.rounds.pop(message_id, None)


def _read(question: object) -> tuple[str, Message]:
    fields = mapping(question)
    return text(fields.get("method")) or "", mapping(fields.get("params"))
