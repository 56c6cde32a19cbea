"""A conversation with a scripted model over HTTP, in a real core with the real demo server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keyring
from keyring.backends import null

from mcphost.domain.consent import ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import Item
from mcphost.domain.ids import ConversationId, ViewId
from mcphost.domain.summaries import ModelSettings
from mcphost.host import DEMO_KEY
from tests.helpers.core import Core, TestPerson
from tests.helpers.model_server import Answer, Call, ModelServer

KEY = "sk-canary-5f1d9c0e77"
READ = Call("demo__garden_overview")
WRITE = {"bed_id": "herbs", "litres": 2}
WATER = Call("demo__record_watering", json.dumps(WRITE))
DONE = Answer(pieces=("Done.",))


@dataclass(slots=True)
class Chat:
    """A conversation with a scripted model."""

    made: Core
    server: ModelServer
    id: ConversationId

    def say(self, text: str = "please") -> None:
        self.made.run(self.made.host.send_message(self.id, text))

    def begin(self, text: str = "please") -> Future[None]:
        return self.made.runtime.submit(self.made.host.send_message(self.id, text))

    @property
    def items(self) -> list[Item]:
        return self.made.run(self.made.host.items(self.id))

    def of(self, kind: type[Any]) -> list[Any]:
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def called(self) -> list[str]:
        """The tools whose calls have left."""
        frames = self.made.rows("frame_intended")
        calls = {r["invocation"] for r in frames if r["data"]["method"] == "tools/call"}
        decided = self.made.rows("action_decided")
        return [r["data"]["tool"] for r in decided if r["invocation"] in calls]


def chat(made: Core, server: ModelServer, *, provider: str = "openai-compatible") -> Chat:
    made.run(made.host.connect(DEMO_KEY))
    for review in made.run(made.host.templates()):
        made.run(made.host.review_template(review.pin, True))
    return Chat(choose(made, server, provider=provider), server, new(made))


def new(made: Core) -> ConversationId:
    return made.run(made.host.new_conversation("talk"))


def choose(
    made: Core, server: ModelServer, *, provider: str = "openai-compatible", key: str | None = KEY
) -> Core:
    url = server.anthropic_url if provider == "anthropic" else server.openai_url
    settings = ModelSettings(provider=provider, model="stub-1", base_url=url, has_key=True)
    made.run(made.host.set_model(settings, key))
    return made


def post(made: Core, view: ViewId, message: dict[str, Any]) -> None:
    made.post(made.host.view_text, view, json.dumps({"jsonrpc": "2.0", **message}), 1.0)


class Absent(TestPerson):
    """Is asked and never answers."""

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        self.consents.append(request)
        await asyncio.get_running_loop().create_future()
        raise AssertionError


@contextmanager
def secrets_in_memory() -> Iterator[None]:
    """Whatever keyring this machine has, nothing is put into it."""
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())
    try:
        yield
    finally:
        keyring.set_keyring(before)
