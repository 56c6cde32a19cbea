"""An App asks the model: with its own words, each time with consent, within its limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mcphost.domain.consent import Answer
from mcphost.domain.sampling import SampleAsked, Sampled
from mcphost.views.controller import ViewController
from mcphost.views.sampling import BURST, MAX_TOKENS
from tests.helpers.gate_parts import Stage
from tests.helpers.view_parts import ViewHouse, until

HELLO = {"role": "user", "content": {"type": "text", "text": "Is it a good move?"}}


@dataclass
class Model:
    """A model that says yes, at a price."""

    name: str = "stub-1"
    destination: str = "https://models.example/v1"
    cost: int = 10
    asked: list[SampleAsked] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def sample(self, asked: SampleAsked) -> Sampled:
        self.asked.append(asked)
        if self.hold is not None:
            await self.hold.wait()
        return Sampled(text="yes", cut_off=False, input_tokens=self.cost, output_tokens=1)


class Scene:
    """One View and one model."""

    def __init__(self, model: Model | None, stage: Stage | None = None) -> None:
        self.model = model
        self.house = ViewHouse(stage or Stage(), world={"model": lambda: model})
        self.view: ViewController
        self.number = 0

    async def ask(self, *, click: bool = True, **params: Any) -> dict[str, Any]:
        """Ask, and what the View was answered."""
        number = self.begin(click=click, **params)
        await until(lambda: self.house.answers(number))
        return self.house.answers(number)[0]

    def begin(self, *, click: bool = True, **params: Any) -> int:
        self.number += 1
        if click:
            self.view.gesture(1.0)
        whole = {"messages": [HELLO], "maxTokens": 100, **params}
        message = {"id": self.number, "method": "sampling/createMessage", "params": whole}
        self.house.say(self.view, message)
        return self.number


def play(scene: Scene, act: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        scene.view = await scene.house.ready()
        try:
            await act()
        finally:
            await scene.house.end()

    asyncio.run(whole())


def test_after_a_yes_the_model_is_told_the_apps_words_and_only_the_app_its_answer() -> None:
    model = Model()
    scene = Scene(model)

    async def act() -> None:
        answer = await scene.ask(systemPrompt="You play chess.")
        assert answer["result"] == {
            "role": "assistant",
            "content": {"type": "text", "text": "yes"},
            "model": "stub-1",
            "stopReason": "endTurn",
        }
        [asked] = model.asked
        assert (asked.system, asked.turns[0].text) == ("You play chess.", "Is it a good move?")

    play(scene, act)


@pytest.mark.requirement("APPS-41")
def test_a_person_sees_model_address_system_prompt_and_every_message() -> None:
    scene = Scene(Model())

    async def act() -> None:
        await scene.ask(systemPrompt="You play chess.")
        [question] = scene.house.stage.broker.asked
        shown = {fact.caption: fact.exact or fact.text for fact in question.facts}
        assert shown["Goes to the model"] == "https://models.example/v1"
        assert shown["System prompt"] == "You play chess."
        assert shown["Said as you"] == "Is it a good move?"
        assert shown["Longest answer"].startswith("100 tokens")
        assert (question.who, question.offers) == ("You → App of shop", ())
        assert b"Is it a good move?" in question.canonical

    play(scene, act)


@pytest.mark.requirement("APPS-41")
def test_a_no_or_a_chain_that_nobody_began_asks_the_model_nothing() -> None:
    model = Model()
    scene = Scene(model)

    async def act() -> None:
        scene.house.stage.broker.answer = Answer.DENY
        assert "refused" in (await scene.ask())["error"]["message"]
        unasked = await scene.ask(click=False)
        assert "prompt-needs-gesture" in unasked["error"]["message"]
        assert model.asked == []

    play(scene, act)


def test_without_a_person_only_a_policy_file_lets_an_app_ask() -> None:
    model, permit = (
        Model(),
        (
            'permit(principal == McpHost::View::"shop", action == McpHost::Action::"sampling", '
            'resource == McpHost::Model::"stub-1");'
        ),
    )
    for added, asked in (((), 0), ((permit,), 1)):
        stage = Stage(added=added)
        stage.broker.present = False
        scene = Scene(model, stage)

        async def act(scene: Scene = scene) -> None:
            await scene.ask()

        play(scene, act)
        assert len(model.asked) == asked


@pytest.mark.requirement("APPS-41")
def test_without_a_model_the_method_is_not_spoken_and_not_offered() -> None:
    scene = Scene(None)

    async def act() -> None:
        assert (await scene.ask())["error"]["code"] == -32601
        hello = scene.house.answers("hello")[0]["result"]["hostCapabilities"]
        assert "sampling" not in hello

    play(scene, act)


def test_with_a_model_it_is_offered_without_tools() -> None:
    scene = Scene(Model())

    async def act() -> None:
        hello = scene.house.answers("hello")[0]["result"]["hostCapabilities"]
        assert hello["sampling"] == {}
        assert (await scene.ask(tools=[{"name": "x"}]))["error"]["code"] == -32602
        assert scene.house.stage.broker.asked == []

    play(scene, act)


def test_one_at_a_time() -> None:
    model = Model()
    scene = Scene(model)

    async def act() -> None:
        model.hold = asyncio.Event()
        first = scene.begin()
        await until(lambda: model.asked)
        assert "one question" in (await scene.ask())["error"]["message"]
        model.hold.set()
        await until(lambda: scene.house.answers(first))
        assert "result" in scene.house.answers(first)[0]

    play(scene, act)


@pytest.mark.requirement("APPS-41")
def test_too_often_is_refused_before_anybody_is_asked() -> None:
    scene = Scene(Model())

    async def act() -> None:
        for _ in range(BURST):
            assert "result" in await scene.ask()
        assert "too fast" in (await scene.ask())["error"]["message"]
        assert len(scene.house.stage.broker.asked) == BURST

    play(scene, act)


@pytest.mark.requirement("APPS-41")
def test_a_view_that_has_used_up_its_tokens_asks_no_more() -> None:
    scene = Scene(Model(cost=MAX_TOKENS - 50))

    async def act() -> None:
        assert "result" in await scene.ask()
        assert "used up" in (await scene.ask())["error"]["message"]
        assert len(scene.house.stage.broker.asked) == 1

    play(scene, act)


def test_a_credential_in_what_is_asked_makes_it_a_question_of_the_highest_tier() -> None:
    scene = Scene(Model())

    async def act() -> None:
        await scene.ask(systemPrompt="use ghp_16C7e42F292c6912E7710c838347Ae178B4a")
        [question] = scene.house.stage.broker.asked
        assert question.tier == 3
        assert "ask-credential" in question.rules

    play(scene, act)
