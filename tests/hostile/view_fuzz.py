"""Plays the messages of `view_mutants` to Views and compares what is done with `view_grammar`.

The protocol session, the controller, the deck, the gate and the policy are the program's own; a
person, a server, a model and a folder are small fakes that note what reaches them. One `Fuzz` keeps
its house through all its Views, so that whatever a View leaves behind piles up.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from mcphost.domain.consent import Answer
from mcphost.domain.events import (
    AppToolsChanged,
    Event,
    ViewClosed,
    ViewModeAllowed,
    ViewPosted,
    ViewResized,
)
from mcphost.domain.ids import ConversationId, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.labels import Label
from mcphost.domain.ports import Exchange
from mcphost.domain.sampling import SampleAsked, Sampled
from mcphost.domain.tool import Effect
from mcphost.domain.view import DisplayMode, ViewEnvironment
from mcphost.views.controller import DEFAULT_ENVIRONMENT, ViewController
from tests.helpers.gate_parts import FakeConnection, Stage, tool
from tests.helpers.view_parts import ViewHouse
from tests.hostile import view_grammar as grammar
from tests.hostile.view_grammar import ANY, Done, Said, canon
from tests.hostile.view_mutants import HELLO, Mutants, message

MESSAGES = 120
"""Messages to one View."""
HELLOS, INITIALIZED = ("ui/initialize", "initialize"), "ui/notifications/initialized"
TURNS = (0, 0, 0, 0, 0, 1, 2, 15)
"""How long the loop runs after a message: some meet the work of those before them."""
LOWEST, HIGHEST = 24, DEFAULT_ENVIRONMENT.max_height
REFUSED = -32600
NAMED = re.compile(r'"id":(\d{1,9})[,}]')
"""As every browser writes an id."""
ON_A_PRESS = frozenset({"link", "draft", "model"})
"""Effects that need a press each. So does a call that does something, and a file at least one."""


@dataclass(slots=True)
class Life:
    """What one View said and what came of it."""

    may: Counter[Done] = field(default_factory=Counter[Done])
    presses: int = 0
    acts: int = 0
    open: set[tuple[str, object]] = field(default_factory=set[tuple[str, object]])
    """Requests by id that wait for their answer."""
    used: set[tuple[str, object]] = field(default_factory=set[tuple[str, object]])
    asked: list[int] = field(default_factory=list[int])
    """The host's own requests."""
    unread: Counter[int] = field(default_factory=Counter[int])
    """Ids that stand in texts which are no message: such a text may be refused once, by its id."""
    tools: set[str] = field(default_factory=set[str])
    greeted: bool = False
    ready: bool = False
    over: bool = False


class Server(FakeConnection):
    """Notes what reaches it, and answers anything."""

    def __init__(self, fuzz: Fuzz) -> None:
        super().__init__()
        self._fuzz = fuzz

    async def request(self, method: str, params: JsonObject, exchange: Exchange) -> JsonObject:
        self._fuzz.done("server", canon([method, params]))
        contents = [{"uri": "shop://x", "text": grammar.FROM_SERVER}]
        listed: JsonObject = {"resources": [], "resourceTemplates": [], "prompts": []}
        self.replies[:] = [{"content": [], "contents": contents, **listed}]
        return await super().request(method, params, exchange)


class AtOnce(ThreadPoolExecutor):
    """What is for a worker thread is done on the spot: else it could end after its View."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 (whoever waits for it gets it)
            done.set_exception(error)
        return done


class Model:
    """Notes what it is asked."""

    name, destination = "stub-1", "https://models.example/v1"

    def __init__(self, fuzz: Fuzz) -> None:
        self._fuzz = fuzz

    async def sample(self, asked: SampleAsked) -> Sampled:
        turns = [["assistant" if turn.by_model else "user", turn.text] for turn in asked.turns]
        self._fuzz.done("model", canon([asked.system, turns]))
        return Sampled(text="yes", cut_off=False, input_tokens=1, output_tokens=1)


class Fuzz:
    """Made inside a running loop. *wrong* says what should not have been."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.mutants = Mutants(self.random)
        self.sent = self.strange = self.lives = 0
        self.effects: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.life = Life()
        self._last: deque[str] = deque(maxlen=3)
        stage = Stage(judged={grammar.READS: Effect.READ}, bounded=False)
        stage.connection = Server(self)
        tools = (
            *(tool(name) for name in (grammar.READS, grammar.ACTS)),
            tool(grammar.NOT_FOR_APPS, visible_to_app=False),
        )
        self.house = ViewHouse(stage, tools, world=self._world(Model(self)), saver=self._save)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._escaped)
        loop.set_default_executor(AtOnce())

    def _world(self, model: Model) -> dict[str, Any]:
        return {
            "events": self._heard,
            "open_link": lambda url: self.done("link", url),
            "on_message": lambda _t, _v, _s, text, _l: self.done("draft", text),
            "on_context": self._on_shelf,
            "model": lambda: model,
            "list_pause": 0.0,
        }

    async def _on_shelf(
        self, _talk: ConversationId, _view: ViewId, _who: str, text: str, _label: Label
    ) -> None:
        self.done("shelf", text)

    def _save(self, name: str, data: bytes) -> str:
        self.done("file", grammar.sha(data))
        return name

    def done(self, kind: str, what: str) -> None:
        """Something was done: it must have been asked for, by this View while it lived."""
        life = self.life
        self.effects[kind] += 1
        exact = (kind, what)
        found = exact if life.may[exact] > 0 else (kind, ANY)
        life.may[found] -= 1
        if life.may[found] < 0 or life.over:
            self._blame(f"{kind} was done and nobody asked: {what[:300]}")
        calls = kind == "server" and f'"name": "{grammar.ACTS}"' in what
        life.acts += kind in ON_A_PRESS or calls
        if life.acts > life.presses or (kind == "file" and not life.presses):
            self._blame(f"{kind} without a press: {what[:300]}")

    def _blame(self, what: str) -> None:
        self.wrong.append(f"View {self.lives}: {what}\n  after {' | '.join(self._last)[:900]}")

    def _escaped(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._blame(f"escaped: {context.get('exception') or context['message']}")

    def _heard(self, event: Event) -> None:
        match event:
            case ViewPosted():
                self._posted(event.text)
            case ViewModeAllowed():
                self.done("mode", event.mode.value)
                shown = _shown(event.mode)
                asyncio.get_running_loop().call_soon(self.house.deck.environment, event.view, shown)
            case ViewResized() if not LOWEST <= event.height <= HIGHEST:
                self._blame(f"a height of {event.height}")
            case ViewResized() if not self.life.may["height", ANY]:
                self._blame("a height that was never reported")
            case ViewResized():
                self.effects["height"] += 1
            case AppToolsChanged():
                self.effects["tools"] += 1
                if not {each.tool.name for each in event.tools} <= self.life.tools:
                    self._blame("tools that were never listed")
            case ViewClosed():
                self.life.over = True
            case _:
                pass

    def _posted(self, text: str) -> None:
        """The host says only what it may say: answers, once each; the rest after the handshake."""
        said = json.loads(text)
        life = self.life
        if "method" in said:
            if not life.ready:
                self._blame(f"{said['method']} before the handshake")
            if "id" in said:
                life.asked.append(said["id"])
            return
        key = (type(said["id"]).__name__, said["id"])
        if key in life.open:
            life.open.discard(key)
        elif said.get("error", {}).get("code") == REFUSED and life.unread[said["id"]]:
            life.unread[said["id"]] -= 1
        else:
            self._blame(f"an answer too much: {text[:200]}")

    async def run(self, strange: int) -> None:
        """View after View until *strange* messages more were malformed or out of order."""
        until = self.strange + strange
        while self.strange < until and not self.wrong:
            await self._one_view()

    async def _one_view(self) -> None:
        answer = Answer.DENY if self.random.random() < 0.15 else Answer.ALLOW
        view = await self.open(answer)
        greet = self.random.choice((0, 0, 0, 5, 20, MESSAGES))
        for number in range(MESSAGES):
            if number == greet:
                self.greet(view)
            if self.random.random() < 0.2:
                self.press(view)
            self.say(view, self.mutants.next())
            for _ in range(self.random.choice(TURNS)):
                await asyncio.sleep(0)
        await self.end(view)

    async def open(self, answer: Answer = Answer.ALLOW) -> ViewController:
        """Another View; a person answers every question with *answer*."""
        self.lives += 1
        self.life, house = Life(), self.house
        self.mutants.anew()
        house.stage.broker.answer = answer
        view = await house.deck.open(house.opening())
        house.stage.approved_views.add(view.id)
        view.environment(_shown(DisplayMode.INLINE))
        return view

    def greet(self, view: ViewController) -> None:
        """*view* shakes hands."""
        self.say(view, json.dumps(message("ui/initialize", HELLO, id="hello")))
        self.say(view, json.dumps(message(INITIALIZED)))

    def press(self, view: ViewController) -> None:
        """A person presses something in *view*."""
        self.life.presses += 1
        view.gesture(self.house.stage.clock())

    def say(self, view: ViewController, text: str) -> None:
        """*view* posts *text*; first the oracle reads it."""
        self.sent += 1
        self._last.append(text)
        try:
            said = grammar.read(text)
        except grammar.NoMessage:
            self.strange += 1
            self.life.unread.update({int(id) for id in NAMED.findall(text)})
        else:
            self._note(said)
        self.house.stage.clock.now += 0.02
        try:
            self.house.deck.text(view.id, text, self.house.stage.clock())
        except Exception as error:  # noqa: BLE001 (none may come out, of whatever kind)
            self._blame(f"escaped: {error!r}")

    def _note(self, said: Said) -> None:
        life = self.life
        hello = (life.greeted and said.method == INITIALIZED) or said.method in grammar.CALM
        again = said.key in life.used or (life.greeted and said.method in HELLOS)
        answers = said.answer and said.key is not None and said.key[1] in life.asked
        fit = grammar.known(said) and (life.ready or hello) and not again
        self.strange += life.over or not (fit or answers)
        if said.answer:
            life.tools |= grammar.offered_names(said) if answers else frozenset()
            return
        life.open -= grammar.taken_back(said)
        if said.key in life.open:  # no second request: the first is to be answered
            return
        life.may.update(grammar.effects(said))
        if said.key is not None:
            life.open.add(said.key)
            life.used.add(said.key)
        life.greeted |= said.key is not None and said.method in HELLOS
        if said.method == INITIALIZED and said.key is None:
            life.ready |= life.greeted

    async def end(self, view: ViewController) -> None:
        """Let all work end, end the View, and see what its work came to."""
        stage = self.house.stage
        view.report()
        for _ in range(60):
            if not any("request" in t.get_name() and not t.done() for t in self.house.tasks):
                if self.life.open and not self.life.over:
                    self._blame(f"never answered: {self.life.open}")
                break
            await asyncio.sleep(0)
        await view.close("the test is over")
        for task in self.house.tasks:
            task.cancel()
        ends = await asyncio.gather(*self.house.tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                self._blame(f"escaped: {end!r}")
        stage.approved_views.clear()
        audit, spans = stage.audit, stage.telemetry.spans
        _clear(self.house.tasks, self.house.troubles, audit.rows, audit.commits, spans)
        _clear(stage.broker.asked, stage.broker.elicited)
        _clear(stage.connection.sent, stage.connection.exchanges)


def _clear(*noted: list[Any]) -> None:
    """What the fakes noted is of no use any more, and would look like a leak."""
    for each in noted:
        each.clear()


def _shown(mode: DisplayMode) -> ViewEnvironment:
    return replace(DEFAULT_ENVIRONMENT, mode=mode, modes=tuple(DisplayMode), height=600)
