from __future__ import annotations

from dataclasses import replace

import pytest

from keyfob_core.errors import AccessDenied, AnswerAwaited, RequestRefused
from keyfob_core.identity.recognition import Identity, WithOwnClient, new_token, token_digest
from keyfob_core.identity.signers import known_by
from keyfob_core.model import AuthContext, Claims, Inbound, KnownBy, Listener, Peer
from keyfob_core.prompts import ClientPrompt, Decision
from keyfob_core.questions import Questions
from keyfob_core.states import ClientState
from keyfob_core.waits import Wait
from support.audit_log import RecordedAudit, SetClock
from support.prompter import DENY, RecordingPrompter
from support.tables import MemoryClients

PEER = Peer(42, "/opt/cursor/cursor", 1.0, ("/usr/bin/systemd",))
CLAIMED = Claims(name="Not Cursor")


class World:
    def __init__(self, *answers: Decision, attended: bool = True, signed: bool = False) -> None:
        self.signers: dict[str, str] = {}
        self.clients = MemoryClients()
        self.prompter = RecordingPrompter(*answers, attended=attended)
        self.audit = RecordedAudit()
        self.clock = clock = SetClock()
        questions = Questions(self.prompter, clock, lambda: None)
        self.identity = Identity(
            self.clients,
            questions,
            self.audit,
            clock,
            "ada",
            taken=lambda: {client.name for client in self.clients.list()},
            signer_of=self._signer_of if signed else None,
        )

    async def _signer_of(self, executable: str) -> str | None:
        return self.signers.get(executable)

    async def identify(
        self,
        token: str | None = None,
        *,
        server: str = "github",
        in_url: bool = False,
        peer: Peer | None = None,
        wait: float = 5,
        at_pair: bool = False,
    ) -> AuthContext:
        inbound = Inbound(
            listener=Listener.STDIO if peer else Listener.HTTP,
            http_method="POST",
            server=server,
            headers=(),
            token=token,
            token_in_url=in_url,
            peer=peer,
            at_pair=at_pair,
        )
        return await self.identity.identify(inbound, CLAIMED, "q_1", wait=Wait(wait))

    def issue(self, name: str, server: str | None = None) -> str:
        token = new_token()
        self.clients.issue(name, token_digest(token), server, 0.0)
        return token


async def test_a_client_is_known_by_its_token_and_claims_are_only_claims() -> None:
    world = World()
    context = await world.identify(world.issue("cursor"))
    assert (context.client.name, context.client.known_by) == ("cursor", KnownBy.TOKEN)
    assert (context.person, context.claimed.name) == ("ada", "Not Cursor")


@pytest.mark.parametrize("token", [None, "", "kf_wrong", "\ud800"])
async def test_no_token_and_a_wrong_one_are_refused(token: str | None) -> None:
    world = World()
    world.issue("cursor")
    with pytest.raises(RequestRefused) as caught:
        await world.identify(token)
    assert caught.value.status == 401


async def test_a_revoked_token_is_refused_at_once() -> None:
    world = World()
    token = world.issue("cursor")
    await world.identify(token)
    world.clients.revoke("cursor")
    with pytest.raises(RequestRefused):
        await world.identify(token)


async def test_a_token_for_one_server_opens_that_server_alone() -> None:
    world = World()
    token = world.issue("cursor", "github")
    assert (await world.identify(token, in_url=True)).client.name == "cursor"
    assert (await world.identify(token)).client.name == "cursor"
    with pytest.raises(RequestRefused):
        await world.identify(token, server="linear")


async def test_a_token_for_all_servers_is_refused_in_an_address() -> None:
    world = World()
    with pytest.raises(RequestRefused):
        await world.identify(world.issue("cursor"), in_url=True)


async def test_a_token_of_pairing_is_good_under_pair_only_and_until_it_ends() -> None:
    world = World()
    token = new_token()
    paired = ClientState(
        name="cursor",
        known_by=KnownBy.PAIRING,
        created_at=0.0,
        last_used_at=None,
        token_id="t1",
        expires_at=world.clock.now + 10,
    )
    world.clients.add(token_digest(token), paired)
    context = await world.identify(token, at_pair=True)
    assert (context.client.known_by, context.client.token_id) == (KnownBy.PAIRING, "t1")
    with pytest.raises(RequestRefused) as elsewhere:
        await world.identify(token)
    world.clock.now += 10
    with pytest.raises(RequestRefused) as expired:
        await world.identify(token, at_pair=True)
    assert [one.value.rule for one in (elsewhere, expired)] == ["token-elsewhere", "token-expired"]


async def test_wrong_tokens_are_locked_out_and_a_good_one_never_is() -> None:
    world = World()
    good = world.issue("cursor")
    rules: list[str] = []
    for number in range(12):
        with pytest.raises(RequestRefused) as refused:
            await world.identify(f"kf_{number}")
        rules.append(refused.value.rule)
        assert (await world.identify(good)).client.name == "cursor"
    assert rules == ["token-unknown"] * 10 + ["locked-out"] * 2
    with pytest.raises(RequestRefused) as none:
        await world.identify(None)
    assert none.value.rule == "token-missing"


async def test_a_program_that_claims_another_s_name_is_offered_one_of_its_own() -> None:
    world = World(Decision(True))
    world.issue("Not Cursor")
    assert (await world.identify(peer=PEER)).client.name == "Not Cursor 2"


async def test_a_new_program_is_named_by_the_person_once() -> None:
    world = World(Decision(True, text="Cursor"))
    context = await world.identify(peer=PEER)
    assert (context.client.name, context.client.known_by) == ("Cursor", KnownBy.PROCESS)
    assert (await world.identify(peer=PEER)).client.name == "Cursor"
    assert len(world.prompter.asked) == 1
    assert [event.event for event in world.audit.events] == ["client_named"]


async def test_a_signed_program_is_known_by_its_signature_and_asked_about_when_that_changes() -> (
    None
):
    world = World(Decision(True, text="Cursor"), Decision(True), DENY, signed=True)
    world.signers[PEER.executable] = "Anysphere (VDXQ22DGB9)"
    for _ in range(2):
        context = await world.identify(peer=PEER)
        assert (context.client.name, context.client.known_by) == ("Cursor", KnownBy.SIGNATURE)
        assert context.peer == replace(PEER, signer="Anysphere (VDXQ22DGB9)")
    assert len(world.prompter.asked) == 1

    world.signers[PEER.executable] = "Somebody Else (AAAAAAAAAA)"
    assert (await world.identify(peer=PEER)).client.name == "Cursor"
    prompt = world.prompter.asked[1]
    assert isinstance(prompt, ClientPrompt)
    assert (prompt.former, prompt.former_signer) == ("Cursor", "Anysphere (VDXQ22DGB9)")
    assert prompt.peer.signer == "Somebody Else (AAAAAAAAAA)"

    del world.signers[PEER.executable]
    with pytest.raises(AccessDenied):
        await world.identify(peer=PEER)
    [kept] = world.clients.list()
    assert kept.signer == "Somebody Else (AAAAAAAAAA)"
    assert [event.details["signer"] for event in world.audit.events] == [
        "Anysphere (VDXQ22DGB9)",
        "Somebody Else (AAAAAAAAAA)",
    ]


@pytest.mark.parametrize(
    ("executable", "known"),
    [
        ("/Applications/Cursor.app/Contents/MacOS/Cursor", KnownBy.SIGNATURE),
        (r"C:\Program Files\Cursor\Cursor.exe", KnownBy.SIGNATURE),
        ("/usr/local/bin/nodejs-helper", KnownBy.SIGNATURE),
        ("/opt/homebrew/bin/node", KnownBy.PROCESS),
        ("/usr/bin/python3.12", KnownBy.PROCESS),
        (r"C:\Windows\System32\cmd.EXE", KnownBy.PROCESS),
        ("/bin/zsh", KnownBy.PROCESS),
    ],
)
def test_the_signature_of_an_interpreter_says_nothing_of_what_it_runs(
    executable: str, known: KnownBy
) -> None:
    assert known_by(executable, "Signer") is known
    assert known_by(executable, None) is KnownBy.PROCESS


@pytest.mark.parametrize("name", ["Keyfob", "a/b", "", " x"])
async def test_a_name_that_cannot_be_lets_nobody_in(name: str) -> None:
    world = World(Decision(True, text=name or "\x07"))
    with pytest.raises(AccessDenied):
        await world.identify(peer=PEER)
    assert world.clients.list() == ()


async def test_a_program_that_the_person_refuses_stays_out() -> None:
    world = World(DENY)
    with pytest.raises(AccessDenied):
        await world.identify(peer=PEER)


async def test_a_program_waits_while_nobody_names_it() -> None:
    with pytest.raises(AnswerAwaited):
        await World().identify(peer=PEER, wait=0.01)


async def test_a_new_program_is_denied_where_nobody_can_name_it() -> None:
    with pytest.raises(AccessDenied) as caught:
        await World(attended=False).identify(peer=PEER)
    assert "KEYFOB_TOKEN" in caught.value.hint


async def test_a_wrong_token_is_not_made_good_by_a_known_process() -> None:
    world = World()
    world.clients.name_executable(PEER.executable, "Cursor", 0.0)
    with pytest.raises(RequestRefused):
        await world.identify("kf_wrong", peer=PEER)


def test_keyfobs_own_token_is_known_and_never_listed() -> None:
    clients = MemoryClients()
    table = WithOwnClient(clients, token_digest("own"))
    own = table.by_digest(token_digest("own"))
    assert own is not None
    assert own.known_by is KnownBy.KEYFOB
    table.used(own, 1.0)
    assert clients.list() == ()
    assert table.by_digest(token_digest("other")) is None


def test_tokens_never_repeat_and_only_their_digest_is_kept() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    world = World()
    token = world.issue("cursor")
    assert token not in repr(vars(world.clients))
