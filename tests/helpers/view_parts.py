"""One View without a window: the real deck, controller and gate, over the fakes of `gate_parts`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from mcphost.domain.app_grant import AppGrant
from mcphost.domain.events import ViewClosed, ViewPosted
from mcphost.domain.ids import ConversationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject, canonical_digest, digest
from mcphost.domain.labels import Label
from mcphost.domain.ports import FileSaver
from mcphost.domain.recording import Recording
from mcphost.domain.template import (
    DeclaredUi,
    ReviewState,
    TemplatePin,
    TemplateReview,
    TemplateSource,
)
from mcphost.domain.tool import Tool
from mcphost.views.controller import ViewController
from mcphost.views.deck import ViewDeck
from mcphost.views.opening import ViewOpening, ViewWorld
from tests.helpers.gate_parts import SERVER, TALK, Stage, config, tool

HTML = b"<!doctype html><p>An App</p>"
URI = "ui://shop/app"


def opening(declared: DeclaredUi | None = None) -> ViewOpening:
    pin = TemplatePin(
        server=SERVER,
        server_identity=config().identity,
        uri=URI,
        content=digest(HTML),
        meta=canonical_digest({}),
    )
    review = TemplateReview(
        pin=pin,
        state=ReviewState.APPROVED,
        size=len(HTML),
        fetched_at=0.0,
        declared=declared or DeclaredUi(),
        untrusted_meta={},
        findings=(),
    )
    return ViewOpening(
        conversation=TALK,
        item=ItemId("item-1"),
        server=config(),
        tool=tool("look", ui_resource=URI),
        source=TemplateSource(review=review, html=HTML),
        arguments={},
    )


@dataclass
class ViewHouse:
    """Make it inside a running loop. *standing* says whether an opening is still good."""

    stage: Stage = field(default_factory=Stage)
    tools: tuple[Tool, ...] = ()
    standing: bool = True
    declared: DeclaredUi = field(default_factory=DeclaredUi)
    kept: tuple[AppGrant, ...] = ()
    recording: Recording | None = None
    world: dict[str, Any] = field(default_factory=dict[str, Any])
    """What of the world is another one than usual."""
    saver: FileSaver | None = None
    has: frozenset[str] = frozenset({"tools", "resources", "prompts"})
    """What the server says that it has."""

    def __post_init__(self) -> None:
        self.tasks: list[asyncio.Task[object]] = []
        self.troubles: list[str] = []
        self.drafts: list[str] = []
        self.contexts: list[tuple[ViewId, str]] = []
        self.deck = ViewDeck(self._world())

    def opening(self, *, returned: bool = False) -> ViewOpening:
        """What a View of this house is opened with."""
        return replace(opening(self.declared), returned=returned)

    async def ready(self, hello: JsonObject | None = None) -> ViewController:
        """A View that has finished its handshake, and said *hello* in it."""
        what = replace(opening(self.declared), recording=self.recording)
        view = await self.deck.open(what)
        self.stage.approved_views.add(view.id)
        self.say(view, {"id": "hello", "method": "ui/initialize", "params": hello or {}})
        self.say(view, {"method": "ui/notifications/initialized"})
        return view

    def say(self, view: ViewController, message: dict[str, Any], *, at: float = 1.0) -> None:
        view.text(json.dumps({"jsonrpc": "2.0", **message}), at)

    def click_and_call(self, view: ViewController, name: str, *, id: int = 1) -> None:
        view.gesture(1.0)
        self.say(view, {"id": id, "method": "tools/call", "params": {"name": name}})

    def answers(self, id: object) -> list[dict[str, Any]]:
        posted = [json.loads(e.text) for e in self.stage.events if isinstance(e, ViewPosted)]
        return [message for message in posted if message.get("id") == id]

    def said(self, method: str) -> list[dict[str, Any]]:
        """All that Views were told by *method*."""
        posted = [json.loads(e.text) for e in self.stage.events if isinstance(e, ViewPosted)]
        return [message for message in posted if message.get("method") == method]

    def closed(self) -> list[ViewClosed]:
        return [event for event in self.stage.events if isinstance(event, ViewClosed)]

    async def end(self) -> None:
        await self.deck.close_all("the test is over")
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def spawn(self, work: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[object]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self.tasks.append(task)
        return task

    async def _trouble(
        self, _talk: ConversationId, _item: ItemId, _view: ViewId, text: str, _fatal: bool
    ) -> None:
        self.troubles.append(text)

    async def _context(
        self, _talk: ConversationId, view: ViewId, _who: str, text: str, _label: Label
    ) -> None:
        self.contexts.append((view, text))

    def _tools(self, _server: ServerKey) -> tuple[Tool, ...]:
        return self.tools

    async def _usable(self, _schema: JsonObject, _what: str) -> None:
        return

    def _world(self) -> ViewWorld:
        usual = ViewWorld(
            gate=self.stage.gate,
            audit=self.stage.audit,
            events=self.stage.events.append,
            spawn=self.spawn,
            clock=self.stage.clock,
            tools=self._tools,
            advertises=lambda _server, kind: kind in self.has,
            save_file=self.saver,
            open_link=self.stage.opened.append,
            on_message=lambda _talk, _view, _source, text, _label: self.drafts.append(text),
            on_context=self._context,
            on_trouble=self._trouble,
            host_version="0",
            standing=lambda _opening: self.standing,
            require_running=lambda _opening: None,
            grants=lambda _pin: self.kept,
            usable_schema=self._usable,
            teardown_seconds=0.01,
        )
        return replace(usual, **self.world)


async def until(what: Any) -> None:
    """Let other tasks run until *what()* holds; a hundred turns are enough for anything here."""
    for _ in range(100):
        if what():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not happen")


async def eventually(what: Any, seconds: float = 10.0) -> None:
    """Like `until`, for what waits for a worker thread."""
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.002)
