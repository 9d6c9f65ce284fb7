from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl

from keyfob_core.transports.aggregate.state import Seal
from keyfob_core.transports.aggregate.uris import find_task, find_uri, public_task, public_uri

SERVERS = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9.-]|_(?!_)){0,62}", fullmatch=True)
PAIRS = st.tuples(SERVERS, st.text())


@given(PAIRS)
def test_an_address_and_an_id_lead_back_to_their_server(pair: tuple[str, str]) -> None:
    assert find_uri(public_uri(*pair)) == pair
    assert find_task(public_task(*pair)) == pair


@given(PAIRS, PAIRS)
def test_two_servers_never_share_an_address(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (public_uri(*one) == public_uri(*other)) == (one == other)


@given(SERVERS, st.lists(st.sampled_from(["{id}", "{?page*}", "{+path}", "/", "a", "%20"])))
def test_a_template_keeps_its_variables(server: str, parts: list[str]) -> None:
    template = f"file:///{''.join(parts)}"
    public = public_uri(server, template)
    assert re.findall(r"\{[^}]*\}", public) == re.findall(r"\{[^}]*\}", template)
    assert find_uri(public) == (server, template)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///home/me/../you/./notes.txt",
        "https://example.com/a//b?x=1&y=%2F#part",
        "note://Server/1",
        "keyfob:other/note://x/1",
        "ui://clock/app.html",
    ],
)
def test_an_address_survives_clients_that_normalise_addresses(uri: str) -> None:
    # The SDK's clients of the handshake eras read every address into this type.
    assert find_uri(str(AnyUrl(public_uri("My_Server", uri)))) == ("My_Server", uri)


@pytest.mark.parametrize(
    "uri", ["", "keyfob:", "keyfob:/x", "keyfob:github", "file:///x", "keyfobs:a/b", "xkeyfob:a/b"]
)
def test_what_is_none_of_our_addresses_is_not_found(uri: str) -> None:
    assert find_uri(uri) is None


@pytest.mark.parametrize("task", ["", "alone", "/1"])
def test_what_is_none_of_our_tasks_is_not_found(task: str) -> None:
    assert find_task(task) is None


@given(st.text(), SERVERS, st.text())
def test_a_state_comes_back_as_it_was_to_its_own_client_and_server(
    client: str, server: str, state: str
) -> None:
    seal = Seal()
    wrapped = seal.wrap(client, server, state)
    assert seal.unwrap(client, server, wrapped) == state
    assert seal.unwrap(f"{client}x", server, wrapped) is None
    assert seal.unwrap(client, f"{server}x", wrapped) is None
    assert Seal().unwrap(client, server, wrapped) is None


@given(SERVERS, st.text(), st.data())
def test_a_state_that_was_changed_comes_back_to_nobody(
    server: str, state: str, data: st.DataObject
) -> None:
    seal = Seal()
    wrapped = seal.wrap("client", server, state)
    place = data.draw(st.integers(0, len(wrapped)))
    other = wrapped[:place] + data.draw(st.text(max_size=3)) + wrapped[place + 1 :]
    found = seal.unwrap("client", server, other)
    assert found is None or (other, found) == (wrapped, state)


def test_a_state_of_one_server_named_as_anothers_comes_back_to_nobody() -> None:
    seal = Seal()
    wrapped = seal.wrap("client", "one", "secret plan")
    assert seal.unwrap("client", "two", wrapped.replace(".one/", ".two/")) is None
