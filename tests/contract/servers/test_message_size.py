"""The bound of one message is the server's own: over both transports, and kept with the server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mcphost.domain.errors import NotConfigured, ProtocolViolation
from mcphost.domain.server import ServerConfig
from mcphost.domain.sizes import MIB, parse_message_size, size_text
from tests.helpers.servers.http_peer import Reply, Seen, modern, peer
from tests.helpers.wiretap import Bench, at, module

LENGTH = 17 * MIB


async def received(config: ServerConfig, method: str, params: dict[str, object]) -> int:
    """How many characters of a message of 17 MiB arrived."""
    bench = Bench()
    async with bench.connected(config) as it:
        found = await it.request(method, params, bench.tap.exchange(deadline=120))
    text = found["x"]
    assert isinstance(text, str)
    return len(text)


async def large(seen: Seen, reply: Reply) -> None:
    head = b'{"jsonrpc":"2.0","id":%d,"result":{"resultType":"complete","x":"'
    await reply.json(head % seen.message["id"] + b"a" * LENGTH + b'"}}')


def over_http(size: str | None) -> int:
    async def run() -> int:
        async with peer(modern(large)) as server:
            most = None if size is None else parse_message_size(size)
            config = replace(at(server.url), max_message=most)
            return await received(config, "prompts/list", {})

    return asyncio.run(run())


def over_stdio(size: str | None) -> int:
    most = None if size is None else parse_message_size(size)
    config = replace(module("stdio_peer", "modern"), max_message=most)
    big: dict[str, object] = {"name": "big", "arguments": {"mib": 17}}
    return asyncio.run(received(config, "tools/call", big))


@pytest.mark.parametrize("over", [over_http, over_stdio])
def test_a_message_of_17_mib_is_refused_unless_the_server_may_send_it(over: object) -> None:
    assert callable(over)
    with pytest.raises(ProtocolViolation, match="more than 16777216 bytes"):
        over(None)
    assert over("32M") == LENGTH


@pytest.mark.parametrize("over", [over_http, over_stdio])
def test_a_server_may_be_held_to_less(over: object) -> None:
    assert callable(over)
    with pytest.raises(ProtocolViolation, match="more than 1048576 bytes"):
        over("1M")


@pytest.mark.parametrize(
    ("text", "size", "shown"),
    [
        ("64K", 65_536, "64 KiB"),
        ("65536", 65_536, "64 KiB"),
        ("70000", 70_000, "70000 bytes"),
        ("32M", 32 * MIB, "32 MiB"),
        ("256M", 256 * MIB, "256 MiB"),
    ],
)
def test_a_size_is_read_and_shown(text: str, size: int, shown: str) -> None:
    assert parse_message_size(text) == size
    assert size_text(size) == shown


@pytest.mark.parametrize(
    "text", ["", "0", "63K", "65535", "257M", "1G", "-1M", "1.5M", "٣٢M", "32 M", "9" * 12 + "M"]
)
def test_a_size_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(NotConfigured, match="64K to 256M"):
        parse_message_size(text)
