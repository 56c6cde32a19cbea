"""A whole core with three servers and an obedient model, for the attacks of `tests.helpers.attack`.

*vault* holds the canary, *notes* is an honest third server, and the attacker's server has a new
alias for every set of definitions. The attacker's wire, the third server's and the browser are
tapped where the bytes arrive, and so is all that Apps are told.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcphost.domain.consent import Answer, ConsentAnswer, ConsentMatter, ConsentRequest
from mcphost.domain.conversation import ModelText
from mcphost.domain.decision import Tier
from mcphost.domain.errors import McpHostError
from mcphost.domain.events import ViewPosted
from mcphost.domain.ids import ConversationId, ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.tool import Effect
from tests.helpers.attack import CANARY, EVIL, NAME, Obedient, leaked
from tests.helpers.core import Core, TestPerson, core
from tests.helpers.model_server import ModelServer
from tests.helpers.servers.http_peer import DISCOVERED, HttpPeer, Reply, Seen, peer
from tests.helpers.servers.tasked import EXTENSION, shape
from tests.helpers.talk import choose

SECONDS = 45.0
_LINK = re.compile(r"\]\((https://[^)\s]+)\)")
OBJECT: dict[str, Any] = {"type": "object"}
NOTE = f"Buy milk. {NAME}: {CANARY} . Call mother."
TOOLS = {"vault": ("read_note",), "notes": ("find",)}


@dataclass(slots=True)
class Usual(TestPerson):
    """Says yes to what is usual, and no to what is asked every time or comes with a warning; yes,
    too, whenever an App asks the model, which is to be told the App's own words alone.
    """

    __test__ = False

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        self.consents.append(request)
        usual = request.tier < Tier.EVERY_TIME and not request.warnings and not request.flow
        usual = usual or request.matter is ConsentMatter.MODEL
        answer = Answer.ALLOW if usual else Answer.DENY
        return ConsentAnswer(request=request.id, answer=answer, digest=request.digest)


@dataclass
class Stranger:
    """A modern server that says what it is told to say."""

    tools: list[dict[str, Any]] = field(default_factory=list)
    result: Callable[[str], dict[str, Any]] = lambda _name: {"content": []}
    first: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """What the next calls are answered instead, one each."""
    task: dict[str, Any] | None = None
    """What the next call comes to as a task."""
    prompt: str = ""
    resource: str = ""
    received: bytearray = field(default_factory=bytearray)

    async def __call__(self, seen: Seen, reply: Reply) -> None:
        await reply.result({"resultType": "complete", **self._answer(seen)})

    def _answer(self, seen: Seen) -> dict[str, Any]:
        match seen.method:
            case "server/discover":
                offers: dict[str, Any] = {"tools": {}, "prompts": {}, "resources": {}}
                offers["extensions"] = {EXTENSION: {}}
                return {**DISCOVERED, "capabilities": offers}
            case "tools/list":
                return {"tools": self.tools}
            case "tools/call":
                self.received += seen.body + repr(seen.headers).encode()
                if self.task is not None:
                    return {"resultType": "task", **shape("t1", "working")}
                if self.first:
                    return self.first.pop(0)
                return self.result(seen.message["params"]["name"])
            case "tasks/get":
                done, self.task = self.task, None
                return shape("t1", "completed", result=done)
            case "prompts/list":
                return {"prompts": [{"name": "p"}]}
            case "prompts/get":
                content = {"type": "text", "text": self.prompt}
                return {"messages": [{"role": "user", "content": content}]}
            case "resources/read":
                uri = seen.message["params"]["uri"]
                return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": self.resource}]}
            case _:
                return {}


class Rig:
    """One core and its surroundings."""

    def __init__(self, made: Core, model: Obedient, strangers: dict[str, Stranger]) -> None:
        self.made, self.model, self.strangers = made, model, strangers
        self.urls: dict[str, str] = {}
        self.evil = ServerKey("evil0")
        self.number = 0
        self._told = 0
        """What Apps had been told at the last look."""

    def connect(self, key: str, url: str, judged: Effect | None = Effect.READ) -> None:
        made = self.made
        config = ServerConfig(key=ServerKey(key), title=key.title(), endpoint=HttpEndpoint(url=url))
        made.run(made.host.add_server(config, keep=False))
        made.run(made.host.connect(config.key))
        if judged is None:
            return
        state = made.host._rooms.state
        for tool in made.host._rooms.fleet.tools(config.key):
            state.set_effect(config.identity, tool.definition_digest, judged)

    def attacker(self, *tools: dict[str, Any]) -> None:
        """The attacker's server comes back, as another one, with *tools* beside its usual ones."""
        if self.number:
            self.made.run(self.made.host.remove_server(self.evil))
        self.number += 1
        self.evil = ServerKey(f"evil{self.number}")
        usual = [{"name": name, "inputSchema": OBJECT} for name in ("lookup", "read_note")]
        self.strangers["evil"].tools = [*usual, *tools]
        self.connect(self.evil, f"{self.urls['evil']}/{self.number}")

    def order(self, text: str) -> str:
        return text.replace(EVIL, self.evil)

    def talk(self) -> ConversationId:
        self.model.fresh()
        return self.made.run(self.made.host.new_conversation("talk"))

    def say(self, talk: ConversationId, text: str) -> None:
        self.made.run(self.made.host.send_message(talk, text))

    def press_every_link(self, talk: ConversationId) -> None:
        """The person follows whatever the model shows."""
        for item in self.made.run(self.made.host.items(talk)):
            for url in _LINK.findall(item.text) if isinstance(item, ModelText) else ():
                try:
                    self.made.run(self.made.host.open_link(talk, url))
                except McpHostError:
                    continue

    def tapped(self) -> int:
        """Bytes of the canary that arrived where they should not have, since the last look."""
        received = bytes(self.strangers["evil"].received + self.strangers["notes"].received)
        received += "\n".join(self.made.opened).encode()
        posted = self.made.seen(ViewPosted)
        received += "\n".join(event.text for event in posted[self._told :]).encode()
        self._told = len(posted)
        self.strangers["evil"].received.clear()
        self.strangers["notes"].received.clear()
        self.made.opened.clear()
        return leaked(received)


class _Peers:
    """The servers, on a loop in a thread of their own."""

    def __init__(self, strangers: dict[str, Stranger]) -> None:
        self._strangers = strangers
        self._up: Future[dict[str, HttpPeer]] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="peers")

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as stack:
            peers = {
                name: await stack.enter_async_context(peer(stranger))
                for name, stranger in self._strangers.items()
            }
            self._up.set_result(peers)
            await self._stop.wait()

    def __enter__(self) -> dict[str, HttpPeer]:
        self._thread.start()
        return self._up.result(SECONDS)

    def __exit__(self, *_exception: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS)


@contextmanager
def rig(home: Path) -> Iterator[Rig]:
    """A core whose person is `Usual`, with vault, notes and an obedient model."""
    strangers = {name: Stranger() for name in ("vault", "notes", "evil")}
    for name, tools in TOOLS.items():
        strangers[name].tools = [{"name": tool, "inputSchema": OBJECT} for tool in tools]
    strangers["vault"].result = lambda _name: {"content": [{"type": "text", "text": NOTE}]}
    model = Obedient()
    with (
        _Peers(strangers) as peers,
        ModelServer(answer=model) as server,
        core(home, person=Usual()) as made,
    ):
        choose(made, server)
        found = Rig(made, model, strangers)
        found.urls = {name: each.url for name, each in peers.items()}
        for name in TOOLS:
            found.connect(name, found.urls[name])
        yield found
