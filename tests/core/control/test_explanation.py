from __future__ import annotations

from keyfob_core.config_reading import parse_config
from keyfob_core.control.explanation import Said, explain

WRITTEN = """
[accounts.work]
[accounts.bot]

[servers.github]
url = "https://api.example.com/mcp"
account = "work"
access = "allow"

[servers.github.groups.admin]
tools = ["delete_*"]
access = "deny"

[servers.github.tools.create_issue]
account = "bot"

[[rules]]
id = "r1"
client = "cursor"
tool = "create_*"
access = "ask"

[[rules]]
id = "r2"
client = "cursor"
group = "admin"
server = "github"
access = "allow"
"""


def test_the_word_that_decides_comes_first_and_the_others_in_their_order() -> None:
    config = parse_config(WRITTEN)
    told = explain(config, client="cursor", server="github", tool="create_issue", now=0)
    assert told.access == Said("rule r1", "ask")
    assert told.access_lost == (Said("servers.github", "allow"), Said("defaults.access", "ask"))
    assert told.account == Said("servers.github.tools.create_issue.account", "bot")
    assert told.account_lost == (Said("servers.github.account", "work"),)


def test_a_deny_is_named_although_a_rule_is_nearer() -> None:
    told = explain(
        parse_config(WRITTEN), client="cursor", server="github", tool="delete_repo", now=0
    )
    assert told.access == Said("servers.github.groups.admin", "deny")
    assert Said("rule r2", "allow") in told.access_lost


def test_a_default_that_denies_outweighs_no_rule() -> None:
    closed = parse_config(WRITTEN + '\n[defaults]\naccess = "deny"\n')
    told = explain(closed, client="cursor", server="github", tool="create_issue", now=0)
    assert told.access == Said("rule r1", "ask")
    assert told.access_lost[-1] == Said("defaults.access", "deny")


def test_a_server_without_an_account_is_explained_too() -> None:
    config = parse_config('[servers.open]\nurl = "https://open.example/mcp"\n')
    told = explain(config, client="zed", server="open", tool=None, now=0)
    assert (told.access, told.account) == (Said("defaults.access", "allow"), None)
