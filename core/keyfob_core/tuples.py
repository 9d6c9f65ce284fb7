"""Tuples with names, made without the detour through Python."""

from __future__ import annotations

from typing import Protocol, TypeVar

T = TypeVar("T")


class Make(Protocol):
    """Makes a tuple with names of all its fields, in their order."""

    def __call__(self, kind: type[T], fields: tuple[object, ...], /) -> T:
        """`kind(*fields)`, unchecked."""
        ...


made: Make = vars(tuple)["__new__"]
"""For what each call makes: it takes a third of the time that the class's own way takes."""
