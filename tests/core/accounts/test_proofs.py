from __future__ import annotations

import json

import pytest

from keyfob_core.accounts.proofs import new_proof_key, proof
from support.dpop_resource import checked_proof

KEY = new_proof_key()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://mcp.example/mcp", "https://mcp.example/mcp"),
        ("https://mcp.example/mcp?a=1&b=2#c", "https://mcp.example/mcp"),
        ("https://MCP.example:443/Mcp/", "https://mcp.example/Mcp/"),
        ("http://127.0.0.1:80", "http://127.0.0.1/"),
        ("https://[::1]:8443/%7Ea", "https://[::1]:8443/%7Ea"),
    ],
)
def test_a_proof_names_the_address_as_servers_compare_it(url: str, said: str) -> None:
    made = proof(KEY, "GET", url, now=1_800_000_000.9)
    key, claims = checked_proof(made, "GET", said, access_token=None, nonce=None)

    assert set(claims) == {"jti", "htm", "htu", "iat"}
    assert claims["iat"] == 1_800_000_000
    assert key.as_dict(private=False).keys() == {"kty", "crv", "x", "y"}


def test_a_proof_is_for_one_token_and_one_nonce() -> None:
    made = proof(KEY, "POST", "https://a/", now=1.0, nonce="n", access_token="t")
    checked_proof(made, "POST", "https://a/", access_token="t", nonce="n")


def test_every_key_and_every_proof_is_new() -> None:
    assert new_proof_key() != KEY
    one, two = (proof(KEY, "GET", "https://a/", now=1.0) for _ in "ab")
    assert one != two
    assert json.loads(KEY)["d"] not in one
