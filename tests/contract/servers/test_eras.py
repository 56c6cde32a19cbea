"""Which era a server speaks: every face a legacy server shows, and no silent way back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.errors import (
    McpHostError,
    ProtocolViolation,
    ServerUnreachable,
    UserFacingError,
)
from mcphost.domain.tool import Era
from mcphost.servers.limits import ServerLimits
from tests.helpers.servers.http_peer import Reply, Script, Seen, legacy, modern, peer
from tests.helpers.wiretap import QUICK, Bench, at, module

EAGER = replace(QUICK, probe=0.3)
"""For servers that say nothing at first: waiting longer for them would only take longer."""
PATIENT = replace(QUICK, probe=30.0)
"""For servers that do answer, however busy the machine is."""


async def nothing(seen: Seen, reply: Reply) -> None:
    await reply.result({})


def era_of(mode: str, limits: ServerLimits = PATIENT) -> Era:
    async def run() -> Era:
        async with Bench(limits=limits).connected(module("stdio_peer", mode)) as it:
            return it.info.era

    return asyncio.run(run())


@pytest.mark.requirement("MCP-036", "MCP-038")
@pytest.mark.parametrize("mode", ["slow", "slow-32022"])
def test_a_modern_server_that_was_only_slow_is_asked_again(mode: str) -> None:
    assert era_of(mode, EAGER) is Era.MODERN


@pytest.mark.requirement("LEG-01", "LEG-03", "MCP-036", "MCP-037")
@pytest.mark.parametrize("mode", ["legacy-32601", "legacy-32602", "leaves", "only-old"])
def test_every_old_local_server_is_found_out(mode: str) -> None:
    assert era_of(mode) is Era.LEGACY


@pytest.mark.requirement("LEG-01", "MCP-036")
@pytest.mark.parametrize("mode", ["silent", "leaves-late", "leaves", "legacy-32601", "only-old"])
def test_an_old_local_server_that_does_not_answer_in_time_is_found_out(mode: str) -> None:
    assert era_of(mode, EAGER) is Era.LEGACY


@pytest.mark.requirement("MCP-032", "MCP-073")
@pytest.mark.parametrize("mode", ["ancient", "future"])
@pytest.mark.parametrize("limits", [PATIENT, EAGER])
def test_a_local_server_of_another_time_is_refused_with_a_reason(
    mode: str, limits: ServerLimits
) -> None:
    with pytest.raises(UserFacingError, match=r"speaks revision.*Update"):
        era_of(mode, limits)


@pytest.mark.parametrize("mode", ["legacy-32601", "legacy-32602", "only-old"])
def test_no_local_face_of_an_old_server_makes_a_modern_one_old(mode: str) -> None:
    async def run() -> None:
        bench, to = Bench(limits=PATIENT), module("stdio_peer", mode)
        bench.eras.remember(to.identity, Era.MODERN)
        with pytest.raises(UserFacingError, match="servers forget-era peer"):
            await bench.connect(to)
        await bench.pool.close_all()
        assert "initialize" not in bench.tap.methods()

    asyncio.run(run())


def over_http(script: Script, bench: Bench | None = None) -> Era:
    async def run() -> Era:
        async with peer(script) as server:
            bench_ = bench or Bench()
            async with bench_.connected(at(server.url)) as it:
                return it.info.era

    return asyncio.run(run())


def refusing(first: Any) -> Script:
    """An old server whose answer to `server/discover` is *first*."""

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "server/discover":
            await first(reply)
        else:
            await legacy(nothing)(seen, reply)

    return script


@pytest.mark.requirement("AMB-06", "LEG-01", "MCP-037", "MCP-040")
@pytest.mark.parametrize(
    "first",
    [
        lambda r: r.error(-32000, "Unsupported protocol version"),
        lambda r: r.error(-32600, "Missing session ID"),
        lambda r: r.error(-32601, "Method not found", 404),
        lambda r: r.error(-32601, "Method not found", 200),
        lambda r: r.error(-32022, "no", 400, {"supported": ["2025-11-25"]}),
        lambda r: r.status(400),
        lambda r: r.status(400, b"<html>bad</html>"),
        lambda r: r.status(404, b"Not Found"),
        lambda r: r.status(405),
        lambda r: r.status(406),
        lambda r: r.result({"supportedVersions": ["2025-06-18"], "capabilities": {}}),
        lambda r: r.result({}),
    ],
)
def test_every_refusal_of_an_old_http_server_leads_to_the_handshake(first: Any) -> None:
    assert over_http(refusing(first)) is Era.LEGACY


@pytest.mark.requirement("LEG-01", "MCP-038", "MCP-040")
@pytest.mark.parametrize(
    ("first", "error", "words"),
    [
        (lambda r: r.status(401), ServerUnreachable, "sign in"),
        (lambda r: r.status(403), ServerUnreachable, "forbids"),
        (lambda r: r.status(429), ServerUnreachable, "HTTP 429"),
        (lambda r: r.status(500), ServerUnreachable, "HTTP 500"),
        (lambda r: r.status(302, b"", "Location: /x"), ServerUnreachable, "redirects"),
        (
            lambda r: r.status(200, b"<p>", "Content-Type: text/html"),
            ProtocolViolation,
            "text/html",
        ),
        (lambda r: r.json(b'{"a":1,"a":2}'), ProtocolViolation, "server/discover: .*key twice"),
        (lambda r: r.error(-32020, "mismatch"), UserFacingError, "error -32020"),
        (lambda r: r.error(-32021, "needs"), UserFacingError, "error -32021"),
        (
            lambda r: r.error(-32022, "no", 400, {"supported": ["2031-01-01"]}),
            UserFacingError,
            "speaks revisions",
        ),
    ],
)
def test_what_says_nothing_about_the_era_is_raised(
    first: Any, error: type[McpHostError], words: str
) -> None:
    with pytest.raises(error, match=words):
        over_http(refusing(first))


@pytest.mark.requirement("MCP-035")
def test_a_server_once_seen_modern_is_not_taken_for_an_old_one() -> None:
    async def run() -> None:
        bench = Bench()
        speaking = [modern(nothing), legacy(nothing)]

        async def script(seen: Seen, reply: Reply) -> None:
            await speaking[0](seen, reply)

        async with peer(script) as server:
            async with bench.connected(at(server.url)) as it:
                assert it.info.era is Era.MODERN
            speaking.pop(0)
            with pytest.raises(UserFacingError, match=r"spoke 2026-07-28 before and now does not"):
                await bench.pool.connect(at(server.url), bench.tap.exchange())
            assert "initialize" not in server.methods()

    asyncio.run(run())


def refusing_ours(times: int) -> Script:
    """A modern server that refuses 2026-07-28 so often, and offers it each time."""
    left = [times]

    async def script(seen: Seen, reply: Reply) -> None:
        left[0] -= 1
        if left[0] >= 0:
            await reply.error(-32022, "no", 400, {"supported": ["2026-07-28"]})
        else:
            await modern(nothing)(seen, reply)

    return script


@pytest.mark.requirement("MCP-032", "MCP-034")
def test_a_refusal_that_offers_our_own_revision_is_tried_once_more() -> None:
    assert over_http(refusing_ours(1)) is Era.MODERN
    with pytest.raises(UserFacingError, match="offers 2026-07-28 and refuses it"):
        over_http(refusing_ours(2))


@pytest.mark.requirement("MCP-035")
def test_an_old_server_may_become_modern() -> None:
    async def run() -> None:
        bench = Bench()
        async with peer(modern(nothing)) as server:
            bench.eras.remember(at(server.url).identity, Era.LEGACY)
            async with bench.connected(at(server.url)) as it:
                assert it.info.era is Era.MODERN
            assert bench.eras.remembered(at(server.url).identity) is Era.MODERN

    asyncio.run(run())


@pytest.mark.requirement("LEG-14")
@pytest.mark.parametrize("status", [400, 404, 405])
def test_http_sse_servers_are_told_from_the_rest(status: int) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET":
            await reply.event("/messages?session=1", "event: endpoint")
        else:
            await reply.status(status, b"no")

    with pytest.raises(UserFacingError, match=r"speaks HTTP\+SSE, the transport of 2024-11-05"):
        over_http(script)


@pytest.mark.requirement("LEG-14")
@pytest.mark.parametrize("status", [400, 404, 405])
def test_what_is_neither_is_not_called_an_http_sse_server(status: int) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        if seen.verb == "GET":
            await reply.event("hello", "event: greeting")
        else:
            await reply.status(status, b"no")

    with pytest.raises(UserFacingError, match="neither a request nor an event stream"):
        over_http(script)


MODERN_NO_MORE: list[tuple[int, int]] = [(200, -32601), (400, -32602), (400, -32600), (400, -32000)]


@pytest.mark.requirement("MCP-035")
@pytest.mark.parametrize(("status", "code"), MODERN_NO_MORE)
def test_no_face_of_an_old_server_makes_a_modern_one_old(status: int, code: int) -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.error(code, "no", status)

    async def run() -> None:
        bench = Bench()
        async with peer(script) as server:
            bench.eras.remember(at(server.url).identity, Era.MODERN)
            with pytest.raises(UserFacingError, match="servers forget-era peer"):
                await bench.pool.connect(at(server.url), bench.tap.exchange())
            assert "initialize" not in server.methods()

    asyncio.run(run())


def test_a_server_that_is_not_there_is_named_with_its_address() -> None:
    async def run() -> None:
        bench = Bench()
        with pytest.raises(ServerUnreachable, match=r"Peer cannot be reached at http://127"):
            await bench.pool.connect(at("http://127.0.0.1:9/mcp?key=k"), bench.tap.exchange())

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/b",
        "nonsense",
        "https://",
        "http://me:pw@a/b",
        "https://a/b#c",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_is_none_is_said(url: str) -> None:
    async def run() -> None:
        bench = Bench()
        with pytest.raises(UserFacingError, match="Add the server anew"):
            await bench.pool.connect(at(url), bench.tap.exchange())

    asyncio.run(run())


@pytest.mark.requirement("LEG-04")
@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26"])
def test_older_revisions_are_accepted_as_a_counter_offer(version: str) -> None:
    assert over_http(legacy(nothing, version=version)) is Era.LEGACY


@pytest.mark.requirement("LEG-04")
def test_a_revision_that_is_too_old_is_refused() -> None:
    with pytest.raises(UserFacingError, match="speaks revision 2024-11-05"):
        over_http(legacy(nothing, version="2024-11-05"))


@pytest.mark.requirement("LEG-02")
def test_a_refused_version_is_tried_again_with_one_in_common() -> None:
    offered: list[str] = []

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.method == "initialize":
            offered.append(seen.message["params"]["protocolVersion"])
            if len(offered) == 1:
                await reply.error(-32602, "no", 200, {"supported": ["2025-06-18", "2024-11-05"]})
                return
        await legacy(nothing, version="2025-06-18")(seen, reply)

    assert over_http(script) is Era.LEGACY
    assert offered == ["2025-11-25", "2025-06-18"]
