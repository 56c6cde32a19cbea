"""What a server offers besides tools, listed from servers that keep the rules or do not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json
from mcphost.domain.offers import Prompt
from mcphost.servers.catalog import list_resources, list_tools
from mcphost.servers.limits import ServerLimits
from mcphost.servers.offers import PROMPTS, RESOURCES, TEMPLATES, Offered, list_offers
from tests.helpers.servers.http_peer import HttpPeer, peer
from tests.helpers.servers.shop import Shop
from tests.helpers.wiretap import Bench, at

LISTS = "prompts/list"


def listed(shop: Shop, kind: Offered[Any] = PROMPTS) -> tuple[tuple[Any, ...], list[str], HttpPeer]:
    async def run() -> tuple[tuple[Any, ...], list[str], HttpPeer]:
        bench, notes = Bench(), list[str]()
        async with peer(shop) as server, bench.connected(at(server.url)) as connection:
            found = await list_offers(connection, kind, bench.tap.exchange(), notes=notes)
            return found, notes, server

    return asyncio.run(run())


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


def cursors(server: HttpPeer) -> list[Any]:
    params = [s.message["params"] for s in server.seen if s.method == LISTS]
    return [p.get("cursor", "none") for p in params]


@pytest.mark.requirement("MCP-114")
def test_pages_are_followed_by_their_opaque_cursors_and_an_empty_one_is_a_cursor() -> None:
    odd = "a=1&b \u00e9\n\U0001f600"
    pages = {None: (named("a"), ""), "": (named("b", "c"), odd), odd: (named("d"), None)}
    found, notes, server = listed(Shop(pages={LISTS: pages}))
    assert [prompt.name for prompt in found] == ["a", "b", "c", "d"]
    assert cursors(server) == ["none", "", odd]
    assert notes == []


@pytest.mark.requirement("MCP-114")
def test_a_list_of_one_page_ends_without_a_cursor() -> None:
    found, _, server = listed(Shop(pages={LISTS: {None: (named("a"), None)}}))
    assert ([p.name for p in found], cursors(server)) == (["a"], ["none"])


@pytest.mark.requirement("MCP-115")
@pytest.mark.parametrize("cursor", [7, False, {}, "again"])
def test_a_cursor_that_leads_nowhere_is_an_error_that_names_the_server(cursor: Any) -> None:
    pages = {None: (named("a"), cursor), "again": (named("b"), "again")}
    with pytest.raises(ProtocolViolation, match=r"prompts/list: a cursor that leads nowhere"):
        listed(Shop(pages={LISTS: pages}))


@pytest.mark.requirement("MCP-114")
@pytest.mark.parametrize("kind", [PROMPTS, RESOURCES, TEMPLATES], ids=lambda kind: kind.key)
def test_pages_without_an_end_are_an_error(kind: Offered[Any]) -> None:
    with pytest.raises(ProtocolViolation, match=f"more than {ServerLimits().pages} pages"):
        listed(Shop(endless=kind.method), kind)


def test_ten_thousand_prompts_are_an_error() -> None:
    pages = {None: (named(*(f"p{n}" for n in range(10_000))), None)}
    with pytest.raises(ProtocolViolation, match="more than 2000 prompts"):
        listed(Shop(pages={LISTS: pages}))


def test_a_bad_entry_is_left_out_with_a_reason_and_the_good_ones_stay() -> None:
    entries = [*named("a"), 7, {"name": ""}, *named("a", "b"), *[{}] * 5]
    found, notes, _ = listed(Shop(pages={LISTS: {None: (entries, None)}}))
    assert [prompt.name for prompt in found] == ["a", "b"]
    assert "a prompt is not an object" in notes[0]
    assert "a is listed twice" in notes[2]
    assert notes[-1].endswith("3 more of prompts left out")


@pytest.mark.requirement("MCP-030")
@pytest.mark.parametrize("kind", [PROMPTS, RESOURCES, TEMPLATES], ids=lambda kind: kind.key)
def test_what_is_not_advertised_is_not_asked_for(kind: Offered[Any]) -> None:
    shop = Shop(pages={kind.method: {None: ((), None)}}, capabilities={"tools": {}})
    found, notes, server = listed(shop, kind)
    assert (found, notes) == ((), [])
    assert kind.method not in server.methods()


@pytest.mark.requirement("MCP-030")
def test_resources_that_are_not_advertised_are_not_listed_for_templates_either() -> None:
    async def run() -> None:
        bench = Bench()
        async with peer(Shop(capabilities={})) as server, bench.connected(at(server.url)) as made:
            assert await list_resources(made, bench.tap.exchange()) == []
            assert server.methods() == ["server/discover"]

    asyncio.run(run())


@pytest.mark.requirement("MCP-030")
def test_tools_that_are_not_advertised_are_not_asked_for() -> None:
    async def run() -> None:
        bench, notes = Bench(), list[str]()
        async with peer(Shop(capabilities={})) as server, bench.connected(at(server.url)) as made:
            assert await list_tools(made, bench.tap.exchange(), warnings=notes) == []
            assert server.methods() == ["server/discover"]
        assert "does not say that it has tools" in notes[0]

    asyncio.run(run())


@pytest.mark.requirement("MCP-030")
def test_a_list_that_is_advertised_but_not_known_is_empty() -> None:
    found, notes, server = listed(Shop(), TEMPLATES)
    assert (found, notes) == ((), [])
    assert "resources/templates/list" in server.methods()


def test_icons_are_neither_fetched_nor_a_reason_to_refuse() -> None:
    """This host draws none: nothing is asked of the address, whatever it is."""
    icons = [{"src": src} for src in ("https://127.0.0.1:1/i.png", "javascript:1", "data:,x")]
    entry = {"name": "a", "icons": icons}
    found, notes, server = listed(Shop(pages={LISTS: {None: ([entry], None)}}))
    assert ([prompt.name for prompt in found], notes) == (["a"], [])
    assert server.methods() == ["server/discover", LISTS]


def test_a_list_of_long_hostile_texts_lets_others_work_meanwhile() -> None:
    arguments = [{"name": f"a{n}", "description": "\u202e" * 2_000} for n in range(20)]
    entries = [{"name": f"p{n}", "arguments": arguments} for n in range(20)]
    shop, turns = Shop(pages={LISTS: {None: (entries, None)}}), list[int]()

    async def run() -> None:
        async def others() -> None:
            while True:
                turns[-1:] = [turns[-1] + 1] if turns else [0]
                await asyncio.sleep(0)

        def parse(server: ServerKey, untrusted: Json) -> Prompt:
            turns.append(turns[-1])
            return PROMPTS.parse(server, untrusted)

        bench, work = Bench(), asyncio.ensure_future(others())
        async with peer(shop) as server, bench.connected(at(server.url)) as connection:
            watched = replace(PROMPTS, parse=parse)
            await list_offers(connection, watched, bench.tap.exchange(), notes=[])
        work.cancel()

    asyncio.run(run())
    assert len(turns) == 21
    assert len(set(turns)) > 10
