"""The page a browser comes back to: one answer, whatever else knocks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.servers.auth.loopback import LoopbackDoorway, loopback_doorway

SIGN_IN = "https://as.example/authorize?client_id=a&state=s-1"
Visitor = Callable[[LoopbackDoorway], Awaitable[None]]


async def knock(door: LoopbackDoorway, target: str | None = None, *, raw: bytes = b"") -> bytes:
    """One connection; what came back."""
    authority, _, path = door.redirect_uri.removeprefix("http://").partition("/")
    host, _, port = authority.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = f"GET {target or f'/{path}?code=c-1&state=s-1'} HTTP/1.1\r\nHost: {authority}\r\n\r\n"
    writer.write(raw or request.encode())
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()
        await writer.wait_closed()


async def visited(*visitors: Visitor, fixed: bool = False, patience: float = 5.0) -> str:
    """What a visit returns when *visitors* come one after the other."""
    opened: list[str] = []
    async with loopback_doorway(opened.append, fixed_path=fixed, patience=patience) as door:
        visit = asyncio.ensure_future(door.visit(SIGN_IN))
        await asyncio.sleep(0)
        for visitor in visitors:
            await visitor(door)
        answer = await visit
    assert opened == [SIGN_IN]
    return answer


def good(replies: list[bytes]) -> Visitor:
    async def come(door: LoopbackDoorway) -> None:
        replies.append(await knock(door))

    return come


def stray(target: str = "/favicon.ico", *, raw: bytes = b"") -> Visitor:
    async def come(door: LoopbackDoorway) -> None:
        assert not (await knock(door, target, raw=raw)).startswith(b"HTTP/1.1 200")

    return come


def test_the_browser_comes_back_with_its_answer() -> None:
    replies: list[bytes] = []
    answer = asyncio.run(visited(good(replies)))
    assert answer.startswith("http://127.0.0.1:")
    assert answer.endswith("?code=c-1&state=s-1")
    assert replies[0].startswith(b"HTTP/1.1 200 OK")


def test_the_page_loads_nothing_and_repeats_nothing() -> None:
    replies: list[bytes] = []
    asyncio.run(visited(good(replies)))
    head, _, body = replies[0].partition(b"\r\n\r\n")
    assert b"Content-Security-Policy: default-src 'none'; style-src 'sha256-" in head
    assert b"Referrer-Policy: no-referrer" in head
    assert b"Cache-Control: no-store" in head
    for secret in (b"c-1", b"s-1", b"callback"):
        assert secret not in body
    assert b"<script" not in body


def test_stray_visits_do_not_use_it_up() -> None:
    replies: list[bytes] = []
    strays = (
        stray(),
        stray("/callback?code=evil&state=s-1"),
        stray(raw=b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        stray(raw=b"\x16\x03\x01" + b"\r\n\r\n"),
        stray(raw=b"GET /" + b"a" * 40_000),
    )
    assert asyncio.run(visited(*strays, *strays, good(replies))).endswith("code=c-1&state=s-1")


def test_another_state_does_not_use_it_up() -> None:
    async def forge(door: LoopbackDoorway) -> None:
        path = door.redirect_uri.removeprefix("http://").partition("/")[2]
        assert b" 400 " in (await knock(door, f"/{path}?code=evil&state=s-2"))[:40]

    assert "c-1" in asyncio.run(visited(forge, good([])))


def test_a_second_answer_is_not_taken() -> None:
    async def twice(door: LoopbackDoorway) -> None:
        assert b" 200 " in (await knock(door))[:40]
        assert b" 410 " in (await knock(door))[:40]

    assert "c-1" in asyncio.run(visited(twice))


def test_an_answer_before_the_question_is_not_taken() -> None:
    async def run() -> bytes:
        async with loopback_doorway(lambda _url: None) as door:
            return await knock(door)

    assert b" 410 " in asyncio.run(run())[:40]


def test_whoever_never_comes_back_is_told_what_to_do() -> None:
    with pytest.raises(UserFacingError, match=r"nobody came back .* Try again .* default browser"):
        asyncio.run(visited(patience=0.05))


def test_silent_visitors_hold_nobody_up() -> None:
    sitting: list[asyncio.StreamWriter] = []

    async def sit(door: LoopbackDoorway) -> None:
        authority = door.redirect_uri.removeprefix("http://").partition("/")[0]
        host, _, port = authority.partition(":")
        for _ in range(8):
            _, writer = await asyncio.open_connection(host, int(port))
            sitting.append(writer)

    async def rise(_door: LoopbackDoorway) -> None:
        for writer in sitting:
            writer.close()

    assert "c-1" in asyncio.run(visited(sit, good([]), rise))


def test_it_is_closed_when_it_is_left() -> None:
    async def run() -> None:
        async with loopback_doorway(lambda _url: None) as door:
            assert door.redirect_uri.startswith("http://127.0.0.1:")
        with pytest.raises(OSError, match=r"refused|Connect"):
            await knock(door)

    asyncio.run(run())


def test_paths_are_fresh_unless_they_were_registered() -> None:
    async def paths(fixed: bool) -> set[str]:
        found: set[str] = set()
        for _ in range(2):
            async with loopback_doorway(lambda _url: None, fixed_path=fixed) as door:
                found.add(door.redirect_uri.removeprefix("http://").partition("/")[2])
        return found

    assert len(asyncio.run(paths(False))) == 2
    assert asyncio.run(paths(True)) == {"callback"}


def test_nothing_of_the_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asyncio.run(visited(stray("/callback?code=other"), good([])))
    assert "c-1" not in caplog.text
    assert "s-1" not in caplog.text
