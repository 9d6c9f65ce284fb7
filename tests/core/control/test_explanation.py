from __future__ import annotations

from typing import Any

from keyfob_core.control.explanation import Said, explain
from keyfob_core.settings.config_reading import parse_config
from keyfob_core.tools.pins import Facts
from keyfob_core.traits import Trait

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


def test_what_a_tool_says_of_itself_and_a_preset_are_named_as_what_decides() -> None:
    reading = '[clients.zed]\npreset = "read-only"\n[[rules]]\nid = "r3"\nclient = "cursor"\n'
    reading += 'annotations = ["read-only"]\naccess = "deny"\n'
    config = parse_config(WRITTEN + reading)
    facts = Facts("digest", frozenset({Trait.READ_ONLY}))
    asked: dict[str, Any] = {"server": "github", "tool": "list_issues", "now": 0.0}
    assert explain(config, client="zed", **asked).access == Said("clients.zed.preset", "deny")
    told = explain(config, client="zed", **asked, facts=facts)
    assert told.access == Said("servers.github", "allow")
    assert Said("clients.zed.preset", "allow") in told.access_lost
    assert explain(config, client="cursor", **asked, facts=facts).access == Said("rule r3", "deny")


def test_a_default_that_denies_outweighs_no_rule() -> None:
    closed = parse_config(WRITTEN + '\n[defaults]\naccess = "deny"\n')
    told = explain(closed, client="cursor", server="github", tool="create_issue", now=0)
    assert told.access == Said("rule r1", "ask")
    assert told.access_lost[-1] == Said("defaults.access", "deny")


def test_a_server_without_an_account_is_explained_too() -> None:
    config = parse_config('[servers.open]\nurl = "https://open.example/mcp"\n')
    told = explain(config, client="zed", server="open", tool=None, now=0)
    assert (told.access, told.account) == (Said("defaults.access", "allow"), None)
