"""Items are written in order, off the loop; nothing later is lost to something earlier."""

from __future__ import annotations

import asyncio
import threading

from mcphost.chat.transcript import Transcripts
from mcphost.domain.conversation import Item, UserText
from mcphost.domain.events import Event, ItemChanged, ProblemReported
from mcphost.domain.ids import ConversationId, ItemId
from tests.helpers.transcripts import MemoryStore


def said(id: str, text: str) -> Item:
    return UserText(id=ItemId(id), text=text)


async def talk_over(store: MemoryStore, events: list[Event]) -> tuple[Transcripts, ConversationId]:
    transcripts = Transcripts(store, events.append)
    return transcripts, transcripts.new("talk")


def test_a_slow_disk_does_not_hold_the_loop_and_the_last_value_wins() -> None:
    async def scene() -> None:
        store, events = MemoryStore(), list[Event]()
        store.open.clear()
        transcripts, talk = await talk_over(store, events)
        for text in ("one", "two", "three"):
            transcripts.put(talk, said("a", text))
            await asyncio.sleep(0)
        transcripts.put(talk, said("b", "after"))
        assert transcripts.items(talk) == [said("a", "three"), said("b", "after")]
        assert len([e for e in events if isinstance(e, ItemChanged)]) == 4
        store.open.set()
        await transcripts.flush()
        assert store.items(talk) == (said("a", "three"), said("b", "after"))
        assert store.written[-2:] == [said("a", "three"), said("b", "after")]
        assert threading.current_thread().name not in store.threads

    asyncio.run(scene())


def test_a_value_given_while_an_earlier_one_is_written_is_written_after_it() -> None:
    async def scene() -> None:
        store = MemoryStore()
        store.open.clear()
        transcripts, talk = await talk_over(store, [])
        transcripts.put(talk, said("a", "early"))
        while not store.threads:
            await asyncio.sleep(0.001)
        transcripts.put(talk, said("a", "late"))
        store.open.set()
        await transcripts.flush()
        assert store.written == [said("a", "early"), said("a", "late")]

    asyncio.run(scene())


def test_what_cannot_be_kept_is_said_and_stays_on_the_screen() -> None:
    async def scene() -> None:
        store, events = MemoryStore(), list[Event]()
        store.full = True
        transcripts, talk = await talk_over(store, events)
        transcripts.put(talk, said("a", "hello"))
        await transcripts.flush()
        [problem] = [e for e in events if isinstance(e, ProblemReported)]
        assert "the disk is full" in problem.text
        assert transcripts.items(talk) == [said("a", "hello")]

    asyncio.run(scene())
