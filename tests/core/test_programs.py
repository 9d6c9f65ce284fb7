from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob_core.accounts.credentials import may_go_to
from keyfob_core.config import Server
from keyfob_core.errors import CredentialMissing
from keyfob_core.programs import start_of
from support.program_upstream import key
from support.tokens import token

SERVER = Server("files", command=("run", "it"), env={"TOKEN": "{secret}", "MODE": "x"})


def test_a_start_has_the_secret_in_its_variables_and_hides_it() -> None:
    start = start_of(SERVER, key("quite-secret"))
    assert start.variables == {"TOKEN": "quite-secret", "MODE": "x"}
    assert start.secrets == ("quite-secret",)
    assert "quite-secret" not in repr(start)
    assert start == start_of(SERVER, key("quite-secret", 2))
    assert start != start_of(SERVER, key("another"))


def test_a_program_that_wants_no_secret_is_given_none() -> None:
    plain = replace(SERVER, env={"MODE": "x"})
    assert start_of(plain, key("quite-secret")).secrets == ()
    assert start_of(plain, None) == start_of(plain, key())


def test_a_program_that_wants_more_than_the_account_has_is_not_started() -> None:
    two = replace(SERVER, env={"A": "{secret2}"})
    with pytest.raises(CredentialMissing, match="wants 2 secrets, and its account has 1"):
        start_of(two, key())
    with pytest.raises(CredentialMissing, match="wants a secret"):
        start_of(replace(SERVER, env={}, secret_fd=True), None)


def test_a_token_that_is_bound_to_our_key_is_of_no_use_to_a_program() -> None:
    bound = replace(token(access="at", origin="https://x.example"), dpop_key="{}")
    with pytest.raises(CredentialMissing, match="bound to a key of ours"):
        start_of(SERVER, bound)


def test_a_program_s_key_goes_to_no_address_and_no_other_program() -> None:
    held = key()
    assert may_go_to(held, SERVER.origin)
    for origin in ("program:other", "https://files", "https://x.example", "program:files2"):
        assert not may_go_to(held, origin)


def test_a_key_of_an_address_goes_to_no_program_and_a_token_only_to_its_own_and_programs() -> None:
    assert not may_go_to(replace(key(), origin="https://x.example"), "program:files")
    held = token(access="at", origin="https://x.example")
    assert may_go_to(held, "https://x.example")
    assert may_go_to(held, "program:files")
    assert not may_go_to(held, "https://y.example")


def test_no_address_has_the_origin_of_a_program() -> None:
    assert SERVER.origin == "program:files"
    assert SERVER.address == "run it"
    assert Server("files", "https://x.example/mcp").origin == "https://x.example"
