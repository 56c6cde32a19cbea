"""The card of a growing answer, and what an earlier run of the program left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from mcphost.chat.growing import SHOW_SECONDS, GrowingAnswer
from mcphost.chat.shelf import MAX_ITEMS, Shelf
from mcphost.chat.transcript import Transcripts
from mcphost.domain.conversation import (
    ConversationSummary,
    Item,
    ModelText,
    RunState,
    ToolRun,
    ViewState,
)
from mcphost.domain.events import Event, ItemChanged
from mcphost.domain.ids import ConversationId, InvocationId, ItemId, ServerKey, ViewId
from mcphost.domain.labels import HOST_WORDS

TALK = ConversationId("c")


@dataclass(slots=True)
class Shelved:
    """A conversation store in memory."""

    kept: dict[ItemId, Item] = field(default_factory=dict[ItemId, Item])

    def save_conversation(self, summary: ConversationSummary) -> None:
        pass

    def save_item(self, conversation: ConversationId, item: Item, *, at: float) -> None:
        self.kept[item.id] = item

    def conversations(self) -> tuple[ConversationSummary, ...]:
        return (ConversationSummary(id=TALK, title="t", updated_at=0.0),)

    def items(self, conversation: ConversationId) -> tuple[Item, ...]:
        return tuple(self.kept.values())


def shown(during: Callable[[GrowingAnswer, asyncio.Event], object]) -> tuple[list[str], Shelved]:
    """The texts shown while *during* fed an answer; the event is set when something was shown."""
    store, texts = Shelved(), list[str]()

    async def run() -> None:
        news = asyncio.Event()

        def hear(event: Event) -> None:
            assert isinstance(event, ItemChanged)
            assert isinstance(event.item, ModelText)
            texts.append(event.item.text)
            news.set()

        transcripts = Transcripts(store, hear)
        answer = GrowingAnswer(transcripts, TALK, "m", HOST_WORDS)
        work = during(answer, news)
        if asyncio.iscoroutine(work):
            async with asyncio.timeout(10):
                await work
        await transcripts.flush()

    asyncio.run(run())
    return texts, store


def test_the_first_text_is_shown_at_once_and_a_burst_together_with_the_end() -> None:
    def burst(answer: GrowingAnswer, _news: asyncio.Event) -> None:
        for piece in ("a", "b", "c"):
            answer.grow(piece)
        answer.end()

    texts, store = shown(burst)
    assert texts == ["a", "abc"]
    [kept] = store.kept.values()
    assert isinstance(kept, ModelText)
    assert kept.done


def test_what_follows_the_first_text_is_shown_soon_even_if_nothing_more_comes() -> None:
    async def slow(answer: GrowingAnswer, news: asyncio.Event) -> None:
        answer.grow("a")
        answer.grow("b")
        news.clear()
        started = asyncio.get_running_loop().time()
        await news.wait()
        waited = asyncio.get_running_loop().time() - started
        assert waited >= SHOW_SECONDS * 0.9
        answer.end()

    assert shown(slow)[0][:2] == ["a", "ab"]
    assert SHOW_SECONDS <= 0.25


def test_an_answer_without_text_has_no_card() -> None:
    texts, store = shown(lambda answer, _news: answer.end())
    assert (texts, store.kept) == ([], {})


def test_hidden_characters_of_a_model_are_spelled_out() -> None:
    def feed(answer: GrowingAnswer, _news: asyncio.Event) -> None:
        answer.grow("a\u202eb\ud800")
        answer.end()

    assert shown(feed)[0][-1] == "a⟨U+202E⟩b⟨U+D800⟩"


def test_what_an_earlier_run_of_the_program_left_open_is_over() -> None:
    run = ToolRun(
        id=ItemId("r"),
        invocation=InvocationId("i"),
        server=ServerKey("s"),
        server_title="S",
        tool="t",
        title="T",
        by="you",
        arguments={},
        state=RunState.RUNNING,
        view=ViewId("v"),
        view_state=ViewState.LIVE,
    )
    half = ModelText(id=ItemId("m"), model="m", text="half", done=False)
    store = Shelved(kept={run.id: run, half.id: half})
    ended, text = Transcripts(store, lambda _: None).items(TALK)
    assert isinstance(ended, ToolRun)
    assert (ended.state, ended.view, ended.view_state) == (RunState.FAILED, None, ViewState.CLOSED)
    assert "ended before" in ended.text
    assert isinstance(text, ModelText)
    assert text.done


def test_the_shelf_is_bounded_and_the_newest_stay() -> None:
    shelf = Shelf(lambda _: None)
    for number in range(MAX_ITEMS + 3):
        shelf.put(TALK, ViewId(str(number)), "App", "x", HOST_WORDS)
    assert shelf.items(TALK)[0].key == "3"
    assert len(shelf.items(TALK)) == MAX_ITEMS
