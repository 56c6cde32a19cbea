"""A connection that takes long is spoken of, once, and never over a question."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.ids import ServerKey
from mcphost.host import aloud


class SlowHost:
    """Connects after it was let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def connect(self, _key: ServerKey) -> None:
        await self.let.wait()


async def until_said(said: list[str]) -> None:
    async with asyncio.timeout(10):
        while not said:
            await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aloud, "SLOW_SECONDS", 0.01)


def test_a_server_that_takes_long_is_spoken_of_once_with_what_may_be_going_on() -> None:
    said: list[str] = []

    async def run() -> None:
        host = SlowHost()
        work = asyncio.ensure_future(
            aloud.connect_aloud(host, ServerKey("garden"), said.append)  # pyright: ignore
        )
        await until_said(said)
        host.let.set()
        await work

    asyncio.run(run())
    (words,) = said
    assert words.startswith("The server has not answered yet.")
    assert "npx" in words


def test_nothing_is_said_over_a_question_or_after_an_answer() -> None:
    said: list[str] = []
    looked: list[bool] = []

    async def run() -> None:
        host = SlowHost()

        def asking() -> bool:
            looked.append(True)
            if len(looked) == 3:
                host.let.set()
            return True

        key = ServerKey("garden")
        await aloud.connect_aloud(host, key, said.append, asking=asking)  # pyright: ignore

    asyncio.run(run())
    assert (said, len(looked)) == ([], 3)
