from __future__ import annotations

import pytest

from keyfob_core.errors import ConfigInvalid
from keyfob_core.variables import check_variables, filled, secrets_of, secrets_wanted, steers
from support.program_upstream import key
from support.tokens import token

STEERING = (
    "PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "PYTHONPATH",
    "PYTHONSTARTUP", "GIT_SSH_COMMAND", "BASH_ENV", "ENV", "IFS", "PERL5OPT", "RUBYOPT",
    "JAVA_TOOL_OPTIONS", "npm_config_node_options", "Path", "SSLKEYLOGFILE", "UV_INDEX_URL",
)  # fmt: skip


@pytest.mark.parametrize("name", STEERING)
def test_a_secret_never_goes_into_a_variable_that_steers_what_runs(name: str) -> None:
    with pytest.raises(ConfigInvalid, match="no place for a secret") as refused:
        check_variables({name: "x{secret}"}, "servers.files.env")
    assert refused.value.field == f"servers.files.env.{name}"


@pytest.mark.parametrize("name", STEERING)
def test_only_the_person_s_own_file_may_set_a_variable_that_steers(name: str) -> None:
    check_variables({name: "plain"})
    with pytest.raises(ConfigInvalid, match="by hand") as refused:
        check_variables({name: "plain"}, steering=False)
    assert refused.value.field == f"env.{name}"


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "TAVILY_API_KEY", "NPM_TOKEN", "PERLA", "GITLAB_TOKEN", "_X", "a1"]
)
def test_usual_names_are_good_places(name: str) -> None:
    assert not steers(name)
    check_variables({name: "{secret}"}, steering=False)


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"": "x"}, "env."),
        ({"A=B": "x"}, "env.A=B"),
        ({"1A": "x"}, "env.1A"),
        ({"Ä": "x"}, "env.Ä"),
        ({"A B": "x"}, "env.A B"),
        ({"A" * 129: "x"}, "env." + "A" * 129),
        ({"A": "x\0y"}, "env.A"),
        ({"Token": "x", "TOKEN": "y"}, "env.TOKEN"),
        ({"KEYFOB_HOME": "/x"}, "env.KEYFOB_HOME"),
        ({"keyfob_secret_fd": "3"}, "env.keyfob_secret_fd"),
    ],
)
def test_what_no_program_can_be_given_is_refused_by_its_name(
    variables: dict[str, str], field: str
) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        check_variables(variables)
    assert refused.value.field == field


def test_secrets_stand_where_their_slots_are_and_nowhere_else() -> None:
    variables = {"A": "Bearer {secret}", "B": "{secret2}{secret}", "C": '{"secret": 1} {secret1}'}
    assert secrets_wanted(variables) == 2
    assert filled(variables, ("{secret2}", "two")) == {
        "A": "Bearer {secret2}",
        "B": "two{secret2}",
        "C": '{"secret": 1} {secret1}',
    }
    assert secrets_wanted({"A": "plain"}) == 0


def test_a_program_is_given_a_key_s_parts_or_the_access_token() -> None:
    assert secrets_of(None) == ()
    assert secrets_of(key("one", 1, "two", "three")) == ("one", "two", "three")
    assert secrets_of(token(access="at", origin="https://x.example")) == ("at",)
