"""Kept answers: whose, how long, how many, what makes them void. Against a simple model, too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcphost.domain.errors import ProtocolViolation, ServerRefused, ServerUnreachable
from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.ports import Kept
from mcphost.servers.cache import Asker, ResponseCache
from mcphost.servers.wire import HttpRefusal
from tests.helpers.wiretap import WireTap

READ = "resources/read"
ALICE = Asker(server=ServerKey("a"), identity=Digest("1" * 64), version="v", context="alice")
NOBODY = replace(ALICE, context="")
TAP = WireTap()


@dataclass
class Line:
    asker: Asker = ALICE
    bridgeable: bool = True


@dataclass
class Desk:
    """A cache, a clock that a test moves, and a server that counts."""

    entries: int = 1024
    size: int = 1 << 20
    now: float = 0.0
    asked: int = 0
    kept: list[Kept] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cache = ResponseCache(clock=lambda: self.now, entries=self.entries, size=self.size)

    async def ask(
        self,
        line: Line | None = None,
        method: str = "tools/list",
        result: dict[str, Any] | BaseException | None = None,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        fresh: bool = False,
        elicitation: bool = False,
        **params: Any,
    ) -> Any:
        async def fetch() -> dict[str, Any]:
            self.asked += 1
            mine = self.asked
            if before is not None:
                await before()
            if isinstance(result, BaseException):
                raise result
            return {"n": mine, "ttlMs": 1000} | (result or {})

        exchange = replace(
            TAP.exchange(elicitation=elicitation), on_kept=None if fresh else self.kept.append
        )
        answer = await self.cache.answer(line or Line(), method, params, exchange, fetch)
        return answer["n"]


def run(scene: Callable[[Desk], Awaitable[None]], **how: Any) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(10):
            await scene(Desk(**how))

    asyncio.run(bounded())


@pytest.mark.requirement("MCP-132", "MCP-133")
def test_an_answer_is_given_again_until_its_time_is_over() -> None:
    async def scene(desk: Desk) -> None:
        assert await desk.ask() == 1
        desk.now = 0.999
        assert await desk.ask() == 1
        assert desk.kept == [Kept(age=0.999, stale=False)]
        desk.now = 1.0
        assert await desk.ask() == 2

    run(scene)


def test_who_wants_the_server_asked_has_it_asked_and_the_answer_is_kept() -> None:
    async def scene(desk: Desk) -> None:
        assert [await desk.ask(), await desk.ask(fresh=True), await desk.ask()] == [1, 2, 2]

    run(scene)


@pytest.mark.requirement("MCP-130")
@pytest.mark.parametrize("change", ["server", "identity", "version", "context"])
def test_nobody_else_gets_an_answer_not_even_a_public_one(change: str) -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(result={"cacheScope": "public"})
        other = Line(replace(ALICE, **{change: "other"}))
        assert await desk.ask(other) == 2
        assert await desk.ask(Line(NOBODY)) == 3

    run(scene)


@pytest.mark.requirement("MCP-131")
def test_a_public_answer_asked_without_credentials_is_for_all_without_credentials() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(Line(NOBODY), result={"cacheScope": "public"})
        alias = replace(NOBODY, server=ServerKey("b"))
        assert await desk.ask(Line(alias)) == 1
        assert await desk.ask(Line(ALICE)) == 2
        assert await desk.ask(Line(replace(NOBODY, identity=Digest("2" * 64)))) == 3

    run(scene)


@pytest.mark.parametrize("scopes", [("public", "private"), ("private", "public")])
def test_one_private_page_makes_a_list_private(scopes: tuple[str, str]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(Line(NOBODY), result={"cacheScope": scopes[0]})
        await desk.ask(Line(NOBODY), result={"cacheScope": scopes[1]}, cursor="2")
        alias = Line(replace(NOBODY, server=ServerKey("b")))
        assert await desk.ask(alias) == 3
        assert await desk.ask(alias, cursor="2") == 4

    run(scene)


@pytest.mark.requirement("MCP-129")
def test_another_request_is_another_answer() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(method=READ, uri="ui://a")
        assert await desk.ask(method=READ, uri="ui://b") == 2
        assert await desk.ask(method=READ, uri="ui://a", elicitation=True) == 3
        assert await desk.ask(method="tools/call", name="x") == 4
        assert await desk.ask(method="tools/call", name="x") == 5

    run(scene)


@pytest.mark.parametrize(
    "result",
    [{"ttlMs": 0}, {"ttlMs": -5}, {"ttlMs": "9"}, {"resultType": "input_required"}],
)
def test_what_may_not_be_kept_is_asked_again(result: dict[str, Any]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(result=result)
        assert await desk.ask(result=result) == 2
        assert len(desk.cache) == 0

    run(scene)


@pytest.mark.requirement("MCP-082")
@pytest.mark.parametrize("extra", ["requestState", "inputResponses"])
def test_an_answer_after_a_question_is_not_kept(extra: str) -> None:
    async def scene(desk: Desk) -> None:
        for _ in range(2):
            await desk.ask(method=READ, uri="ui://a", **{extra: "x"})
        assert desk.asked == 2

    run(scene)


@pytest.mark.requirement("MCP-134")
def test_news_makes_void_what_they_are_about_and_only_that() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask()
        await desk.ask(method=READ, uri="ui://a/b")
        desk.cache.list_changed(ALICE.identity, "prompts")
        desk.cache.list_changed(Digest("2" * 64), "tools")
        desk.cache.resource_updated(ALICE.identity, "ui://ab")
        assert [await desk.ask(), await desk.ask(method=READ, uri="ui://a/b")] == [1, 2]
        desk.cache.list_changed(ALICE.identity, "tools")
        assert [await desk.ask(), await desk.ask(method=READ, uri="ui://a/b")] == [3, 2]
        desk.cache.resource_updated(ALICE.identity, "ui://a")
        assert await desk.ask(method=READ, uri="ui://a/b") == 4

    run(scene)


@pytest.mark.requirement("MCP-134")
def test_an_answer_that_was_under_way_when_news_came_is_not_kept() -> None:
    async def scene(desk: Desk) -> None:
        async def news() -> None:
            desk.cache.list_changed(ALICE.identity, "tools")

        assert await desk.ask(before=news) == 1
        assert await desk.ask() == 2

    run(scene)


def test_an_answer_that_was_under_way_when_somebody_else_signed_in_is_nobodys() -> None:
    async def scene(desk: Desk) -> None:
        line = Line()

        async def sign_in() -> None:
            line.asker = replace(ALICE, context="bob")

        await desk.ask(line, before=sign_in)
        assert await desk.ask(line) == 2
        assert await desk.ask(Line(ALICE)) == 3

    run(scene)


def test_the_same_request_at_the_same_time_is_sent_once() -> None:
    async def scene(desk: Desk) -> None:
        hold = asyncio.Event()
        asks = [asyncio.create_task(desk.ask(before=hold.wait)) for _ in range(5)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        other = await desk.ask(Line(replace(ALICE, context="bob")))
        hold.set()
        assert (other, await asyncio.gather(*asks)) == (2, [1] * 5)

    run(scene)


def test_who_waits_for_a_request_that_fails_sends_its_own() -> None:
    async def scene(desk: Desk) -> None:
        hold = asyncio.Event()
        gone = ServerUnreachable("gone")
        first = asyncio.create_task(desk.ask(result=gone, before=hold.wait))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        second = asyncio.create_task(desk.ask())
        await asyncio.sleep(0)
        hold.set()
        with pytest.raises(ServerUnreachable):
            await first
        assert await second == 2

    run(scene)


@pytest.mark.requirement("MCP-135")
def test_a_stale_answer_stands_in_while_the_network_is_down_and_says_so() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask()
        desk.now = 60
        assert await desk.ask(result=ServerUnreachable("no route")) == 1
        assert desk.kept == [Kept(age=60, stale=True)]
        with pytest.raises(ServerUnreachable):
            await desk.ask(fresh=True, result=ServerUnreachable("no route"))
        with pytest.raises(ServerUnreachable):
            await desk.ask(Line(bridgeable=False), result=ServerUnreachable("closed"))
        desk.now = 24 * 3600
        with pytest.raises(ServerUnreachable):
            await desk.ask(result=ServerUnreachable("no route"))

    run(scene)


@pytest.mark.requirement("MCP-135")
@pytest.mark.parametrize(
    "error",
    [
        HttpRefusal("sign in", status=401, reply=None),
        HttpRefusal("no", status=403, reply=None),
        HttpRefusal("down", status=503, reply=None),
        ServerRefused(-32603, "no", None),
        ProtocolViolation("nonsense"),
    ],
)
def test_no_other_failure_is_covered_up(error: Exception) -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask()
        desk.now = 60
        with pytest.raises(type(error)):
            await desk.ask(result=error)

    run(scene)


def test_news_take_away_what_could_stand_in() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask()
        desk.cache.list_changed(ALICE.identity, "tools")
        with pytest.raises(ServerUnreachable):
            await desk.ask(result=ServerUnreachable("no route"))

    run(scene)


def test_entries_are_bounded_and_the_least_used_goes_first() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask(method=READ, uri="ui://a")
        await desk.ask(method=READ, uri="ui://b")
        await desk.ask(method=READ, uri="ui://a")
        await desk.ask(method=READ, uri="ui://c")
        assert len(desk.cache) == 2
        assert await desk.ask(method=READ, uri="ui://a") == 1

    run(scene, entries=2)


def test_bytes_are_bounded_and_what_is_too_large_is_not_kept() -> None:
    async def scene(desk: Desk) -> None:
        for number in range(50):
            await desk.ask(method=READ, result={"text": "x" * 4000}, uri=f"ui://{number}")
            assert desk.cache.used <= 20_000
        assert 2 <= len(desk.cache) <= 5
        await desk.ask(method=READ, result={"text": "x" * 11_000}, uri="ui://large")
        await desk.ask(method=READ, result={"list": [[]] * 1000}, uri="ui://wide")
        assert await desk.ask(method=READ, uri="ui://wide") == 53

    run(scene, size=20_000)


def test_what_a_server_brought_is_forgotten_with_it() -> None:
    async def scene(desk: Desk) -> None:
        await desk.ask()
        await desk.ask(Line(NOBODY), "prompts/list", {"cacheScope": "public"})
        desk.cache.forget(ServerKey("b"), Digest("2" * 64))
        assert len(desk.cache) == 2
        desk.cache.forget(ALICE.server, ALICE.identity)
        assert (len(desk.cache), desk.cache.used) == (0, 0)

    run(scene)


_ASKERS = [replace(ALICE, server=ServerKey(s), context=c) for s in "ab" for c in ("", "x", "y")]
_STEPS = st.one_of(
    st.tuples(
        st.just("ask"),
        st.sampled_from(_ASKERS),
        st.sampled_from(["tools/list", "resources/list"]),
        st.sampled_from([0, 500, 2000]),
        st.sampled_from(["public", "private", None]),
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.4, 1.0])),
    st.tuples(st.just("news"), st.sampled_from(["tools", "resources"])),
    st.tuples(st.just("forget"), st.sampled_from("ab")),
)


@dataclass
class Model:
    """Who was given which answer, until when it is good, and what became void since."""

    desk: Desk
    given: dict[int, tuple[Asker, str, float, str | None]] = field(default_factory=dict)
    void: set[int] = field(default_factory=set)

    async def ask(self, asker: Asker, method: str, ttl: int, scope: str | None) -> None:
        before = self.desk.asked
        number = await self.desk.ask(Line(asker), method, {"ttlMs": ttl, "cacheScope": scope})
        if self.desk.asked > before:
            self.given[number] = (asker, method, self.desk.now + ttl / 1000, scope)
            return
        whose, of, until, said = self.given[number]
        shared = said == "public" and not whose.context and not asker.context
        assert (of, number in self.void) == (method, False)
        assert self.desk.now < until
        assert whose == asker or shared

    async def wait(self, seconds: float) -> None:
        self.desk.now += seconds

    async def news(self, kind: str) -> None:
        self.void |= {n for n, known in self.given.items() if known[1] == f"{kind}/list"}
        self.desk.cache.list_changed(ALICE.identity, kind)

    async def forget(self, server: str) -> None:
        self.void |= {n for n, known in self.given.items() if known[0].server == server}
        self.desk.cache.forget(ServerKey(server), ALICE.identity)


@pytest.mark.requirement("MCP-130")
@given(st.lists(_STEPS, max_size=40))
def test_whatever_happens_no_answer_is_older_or_anybody_elses_than_it_may_be(
    steps: list[Any],
) -> None:
    async def scene(desk: Desk) -> None:
        model = Model(desk)
        for name, *arguments in steps:
            await getattr(model, name)(*arguments)

    run(scene)
