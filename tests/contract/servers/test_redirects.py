"""A redirect to another place on the same server is followed once; every other one is refused."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.errors import ServerUnreachable
from mcphost.servers.redirects import place_on_same_origin
from tests.helpers.servers.http_peer import HttpPeer, Reply, Script, Seen, modern, peer
from tests.helpers.wiretap import Bench, at


async def nothing(seen: Seen, reply: Reply) -> None:
    await reply.result({"resultType": "complete"})


def moving(location: str, status: int = 307) -> Script:
    """A modern server that answers at `/mcp/` only."""

    async def script(seen: Seen, reply: Reply) -> None:
        if seen.path == "/mcp/":
            await modern(nothing)(seen, reply)
        else:
            await reply.status(status, b"", f"Location: {location}")

    return script


def connected_to(script: Script) -> tuple[HttpPeer, Bench]:
    async def run() -> tuple[HttpPeer, Bench]:
        bench = Bench()
        async with peer(script) as server, bench.connected(at(server.url)) as connection:
            call = {"name": "a", "arguments": {}}
            await connection.request("tools/call", call, bench.tap.exchange())
            return server, bench

    return asyncio.run(run())


@pytest.mark.parametrize("status", [307, 308])
def test_a_server_that_moves_to_its_other_path_is_followed(status: int) -> None:
    server, bench = connected_to(moving("/mcp/", status))
    assert [seen.path for seen in server.seen] == ["/mcp", "/mcp/", "/mcp/"]
    first, again, _ = server.seen
    assert (first.body, first.verb) == (again.body, again.verb)
    assert len(bench.tap.frames) == len(server.seen)  # none left unrecorded


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_changes_the_request_is_not_followed(status: int) -> None:
    with pytest.raises(ServerUnreachable, match="redirects to /mcp/"):
        connected_to(moving("/mcp/", status))


def test_a_server_that_only_sends_around_is_left_after_one_step() -> None:
    paths: list[str] = []

    async def script(seen: Seen, reply: Reply) -> None:
        paths.append(seen.path)
        await reply.status(307, b"", f"Location: /{len(paths)}")

    with pytest.raises(ServerUnreachable, match="redirects to /2"):
        connected_to(script)
    assert paths == ["/mcp", "/1"]


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.example/mcp",
        "//elsewhere.example/mcp",
        "https://host:8000/mcp",
        "http://host:8001/mcp",
        "http://host.evil/mcp",
        "http://me:pw@host:8000/mcp",
        "http://host:8000@evil/",
        "http://[x/",
        "http://host:port/",
        "file:///etc/passwd",
        "javascript:1",
        "/mcp",
        "/mcp#part",
        "",
        "/a\r\nb",
        "/" + "x" * 3_000,
    ],
)
def test_a_redirect_to_elsewhere_leads_nowhere(location: str) -> None:
    assert place_on_same_origin("http://host:8000/mcp", location) is None


def test_a_place_on_the_same_origin_is_found() -> None:
    def found(location: str) -> str | None:
        return place_on_same_origin("https://host/mcp?key=k", location)

    assert found("/mcp/?key=k") == "https://host/mcp/?key=k"
    assert found("https://host:443/v2") == "https://host:443/v2"
    assert found("other#part") == "https://host/other"
