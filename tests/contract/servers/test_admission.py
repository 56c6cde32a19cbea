"""A server that wants to know who asks: renewed in silence, asked once, tried again or given up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from mcphost.domain.authorization import Challenge, OnChallenge
from mcphost.domain.errors import ConsentRefused, ServerUnreachable, SignInNeeded
from mcphost.domain.server import ServerConfig
from mcphost.protocol.headers import Headers
from mcphost.servers.connection import Connection
from tests.helpers.servers.http_peer import Reply, Script, Seen, legacy, modern, peer
from tests.helpers.wiretap import Bench, at

METADATA = 'Bearer resource_metadata="https://example.com/prm", scope="read"'


@dataclass
class Keys:
    """Credentials a test can change; renewing gives what is prepared."""

    token: str = ""
    generation: int = 0
    renewals: list[str] = field(default_factory=list)
    asked: list[Challenge] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @property
    def context(self) -> str:
        return self.token

    async def headers(self, verb: str, url: str, invocation: str) -> Headers:
        return (("Authorization", f"Bearer {self.token}"),) if self.token else ()

    def hear(self, nonce: str) -> None:
        del nonce

    async def renew(self, challenge: Challenge, shown: int, invocation: str) -> bool:
        if shown != self.generation:
            return True
        if not self.renewals:
            return False
        self.take(self.renewals.pop(0))
        return True

    def settled(self, operation: str) -> None:
        self.done.append(operation)

    def take(self, token: str) -> None:
        self.token, self.generation = token, self.generation + 1

    async def sign_in(self, challenge: Challenge) -> None:
        self.asked.append(challenge)
        await asyncio.sleep(0)
        self.take("good")


def guarded(refusal: str = METADATA, status: int = 401, *, wants: str = "good") -> Script:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.headers.get("authorization") == f"Bearer {wants}":
            await reply.result({"resultType": "complete"})
        else:
            await reply.status(status, b"", f"WWW-Authenticate: {refusal}")

    return script


def listing(script: Script, keys: Keys | None, on_challenge: OnChallenge | None, times: int = 1):
    """Call `tools/list` *times* at once; what the server saw, the frames, and the outcomes."""

    async def run():
        bench = Bench(credentials=None if keys is None else _of(keys))
        async with peer(modern(script)) as server, bench.connected(at(server.url)) as it:
            outcomes = await asyncio.gather(
                *(_list(it, bench, on_challenge) for _ in range(times)), return_exceptions=True
            )
            return server.seen[1:], bench.tap.frames[1:], outcomes

    return asyncio.run(run())


def _of(keys: Keys):
    def credentials(config: ServerConfig) -> Keys:
        del config
        return keys

    return credentials


async def _list(it: Connection, bench: Bench, on_challenge: OnChallenge | None):
    return await it.request("tools/list", {}, bench.tap.exchange(on_challenge=on_challenge))


@pytest.mark.requirement("MCP-146")
def test_after_a_sign_in_the_request_is_sent_again_as_a_new_one() -> None:
    keys = Keys()
    seen, frames, _ = listing(guarded(), keys, keys.sign_in)
    assert [s.headers.get("authorization") for s in seen] == [None, "Bearer good"]
    assert [s.message["id"] for s in seen] == [f.request_id for f in frames] == [2, 3]
    assert keys.asked == [
        Challenge(
            status=401,
            scopes=("read",),
            untrusted_metadata_url="https://example.com/prm",
            operation="tools/list",
        )
    ]
    assert keys.done == ["tools/list"]


@pytest.mark.requirement("MCP-171")
def test_no_frame_shows_the_token() -> None:
    keys = Keys("good", 1)
    seen, frames, _ = listing(guarded(), keys, None)
    assert seen[0].headers["authorization"] == "Bearer good"
    assert b"good" not in frames[0].body
    assert "authorization" not in {name.lower() for name, _ in frames[0].headers}


def test_what_can_be_renewed_is_renewed_without_asking() -> None:
    keys = Keys("old", 1, renewals=["good"])
    seen, _, outcomes = listing(guarded(), keys, keys.sign_in)
    assert len(seen) == 2
    assert keys.asked == []
    assert not isinstance(outcomes[0], BaseException)


def test_a_chain_without_a_person_is_told_what_to_do() -> None:
    _, _, outcomes = listing(guarded(), Keys(), None)
    assert isinstance(outcomes[0], SignInNeeded)
    assert "Peer wants you to sign in" in str(outcomes[0])


def test_a_server_without_credentials_of_ours_fails_in_words() -> None:
    _, _, outcomes = listing(guarded(), None, None)
    assert isinstance(outcomes[0], SignInNeeded)


def test_many_refusals_at_once_make_one_sign_in() -> None:
    keys = Keys()
    _, _, outcomes = listing(guarded(), keys, keys.sign_in, times=5)
    assert len(keys.asked) == 1
    assert not [o for o in outcomes if isinstance(o, BaseException)]


def test_whoever_waited_for_a_refused_sign_in_is_not_asked_again() -> None:
    asked: list[Challenge] = []

    async def refuse(challenge: Challenge) -> None:
        asked.append(challenge)
        await asyncio.sleep(0.05)
        raise ConsentRefused("no", how="denied")

    _, _, outcomes = listing(guarded(), Keys(), refuse, times=3)
    assert len(asked) == 1
    kinds = sorted(type(o).__name__ for o in outcomes)
    assert kinds == ["ConsentRefused", "SignInNeeded", "SignInNeeded"]


@pytest.mark.requirement("MCP-178")
def test_a_server_that_is_never_content_is_given_up_after_two_sign_ins() -> None:
    keys = Keys()
    seen, _, outcomes = listing(guarded(wants="never"), keys, keys.sign_in)
    assert (len(keys.asked), len(seen)) == (2, 3)
    assert "not content after 2 sign-ins" in str(outcomes[0])


def test_more_scopes_are_asked_for_only_when_the_server_says_so() -> None:
    keys = Keys("weak", 1)
    refusal = 'Bearer error="insufficient_scope", scope="write"'
    seen, _, _ = listing(guarded(refusal, 403), keys, keys.sign_in)
    assert [c.scopes for c in keys.asked] == [("write",)]
    assert len(seen) == 2


@pytest.mark.parametrize("refusal", ["Bearer", 'Basic error="insufficient_scope"', "Bearer x y z"])
def test_a_plain_403_is_no_matter_of_signing_in(refusal: str) -> None:
    keys = Keys("weak", 1)
    _, _, outcomes = listing(guarded(refusal, 403), keys, keys.sign_in)
    assert keys.asked == []
    assert type(outcomes[0]) is not SignInNeeded
    assert isinstance(outcomes[0], ServerUnreachable)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wish_to_sign_in_never_leads_to_the_handshake_of_old_servers(status: int) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(status, b"{}", 'WWW-Authenticate: Bearer error="insufficient_scope"')

    async def run() -> list[str]:
        async with peer(script) as server:
            bench = Bench(credentials=_of(Keys()))
            with pytest.raises(SignInNeeded):
                async with bench.connected(at(server.url)):
                    pass
            return server.methods()

    assert set(asyncio.run(run())) == {"server/discover"}


@pytest.mark.requirement("LEG-22", "MCP-171")
def test_an_old_servers_stream_and_goodbye_carry_the_token_too() -> None:
    async def run() -> list[tuple[str, str | None]]:
        keys = Keys("good", 1)
        async with peer(legacy(guarded())) as server:
            async with Bench(credentials=_of(keys)).connected(at(server.url)):
                pass
            return [(s.verb, s.headers.get("authorization")) for s in server.seen]

    seen = asyncio.run(run())
    assert ("DELETE", "Bearer good") in seen
    assert {token for _, token in seen} == {"Bearer good"}


def told(refusals: int, keys: Keys) -> list[str]:
    """Connect to an older server that turns the end of the handshake away *refusals* times, then
    list; what it was told by notifications, and with what.
    """
    left = [None] * refusals
    usual = legacy(guarded("Bearer", wants=keys.token))

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.verb == "POST" and seen.method == "notifications/initialized" and left:
            left.pop()
            await reply.status(401, b"", "WWW-Authenticate: Bearer")
        else:
            await usual(seen, reply)

    async def run() -> list[str]:
        bench = Bench(credentials=_of(keys))
        async with peer(script) as server, bench.connected(at(server.url)) as it:
            assert it.alive
            keys.token = "old"
            await it.request("tools/list", {}, bench.tap.exchange())
            said = [f for f in bench.tap.frames if f.method == "notifications/initialized"]
            heard = [s for s in server.seen if s.method == "notifications/initialized"]
            assert len(said) == len(heard)  # what is sent again is recorded again
            return [s.headers.get("authorization", "") for s in heard]

    return asyncio.run(run())


def test_a_message_without_an_answer_is_sent_again_after_a_silent_renewal() -> None:
    keys = Keys("old", 1, renewals=["good"])
    assert told(1, keys) == ["Bearer old", "Bearer good"]


@pytest.mark.parametrize("renewals", [(), ("good",)])
def test_a_message_without_an_answer_that_stays_refused_is_dropped_and_nobody_asked(
    renewals: tuple[str, ...],
) -> None:
    keys = Keys("old", 1, renewals=list(renewals))
    assert len(told(2, keys)) == 1 + len(renewals)
    assert keys.asked == []
