"""Addresses and ids of one server, told apart from those of every other."""

from __future__ import annotations

_SCHEME = "keyfob:"


def public_uri(server: str, uri: str) -> str:
    """`keyfob:SERVER/URI`, or the same of a template, whose braces stay.

    Without slashes behind the scheme, so that nobody who normalises addresses touches the rest.
    """
    return f"{_SCHEME}{server}/{uri}"


def find_uri(public: str) -> tuple[str, str] | None:
    """Server and its own URI; None for what is none of ours."""
    # A scheme means the same in capitals (RFC 3986, section 3.1).
    if public[: len(_SCHEME)].lower() != _SCHEME:
        return None
    server, slash, uri = public[len(_SCHEME) :].partition("/")
    return (server, uri) if slash and server else None


def public_task(server: str, task: str) -> str:
    """`SERVER/TASK`: it needs no memory of ours, for clients keep the ids of their tasks."""
    return f"{server}/{task}"


def find_task(public: str) -> tuple[str, str] | None:
    """Server and its own id; None for what is none of ours."""
    server, slash, task = public.partition("/")
    return (server, task) if slash and server else None
