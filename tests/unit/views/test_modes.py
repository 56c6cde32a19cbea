"""How a View is shown: asked for by the App, decided on the one path, done by the window."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mcphost.domain.events import ViewInitialized, ViewModeAllowed, ViewPosted
from mcphost.domain.view import DisplayMode, ViewEnvironment
from mcphost.views import modes
from mcphost.views.controller import DEFAULT_ENVIRONMENT, ViewController
from tests.helpers.view_parts import ViewHouse, until

ALL = tuple(DisplayMode)


class Scene:
    """A View whose App names *named*, in a window that offers every mode and does what it hears."""

    def __init__(self, *, obeys: bool = True) -> None:
        self.house = ViewHouse()
        self._obeys = obeys

    async def open(self, named: list[str] | None) -> ViewController:
        view = await self.house.deck.open(self.house.opening())
        self.house.stage.approved_views.add(view.id)
        self.tell(view, DisplayMode.INLINE)
        given = {} if named is None else {"availableDisplayModes": named}
        params = {"appCapabilities": given}
        self.house.say(view, {"id": "hello", "method": "ui/initialize", "params": params})
        self.house.say(view, {"method": "ui/notifications/initialized"})
        return view

    def tell(self, view: ViewController, mode: DisplayMode, **changes: Any) -> None:
        self.house.deck.environment(view.id, shown(mode, **changes))

    async def ask(
        self, view: ViewController, mode: str, *, gesture: bool = True, id: int = 1
    ) -> dict[str, Any]:
        """The result of asking for *mode*."""
        if gesture:
            view.gesture(1.0)
        heard = len(self.allowed())
        params = {"mode": mode}
        self.house.say(view, {"id": id, "method": "ui/request-display-mode", "params": params})
        for _ in range(200):
            if self._obeys and len(self.allowed()) > heard:
                heard += 1
                self.tell(view, self.allowed()[-1].mode)
            if self.house.answers(id):
                return self.house.answers(id)[0]["result"]
            await asyncio.sleep(0.001)
        raise AssertionError("no answer")

    def allowed(self) -> list[ViewModeAllowed]:
        return [e for e in self.house.stage.events if isinstance(e, ViewModeAllowed)]


def shown(mode: DisplayMode, **changes: Any) -> ViewEnvironment:
    base = {name: getattr(DEFAULT_ENVIRONMENT, name) for name in DEFAULT_ENVIRONMENT.__slots__}
    return ViewEnvironment(**{**base, "mode": mode, "modes": ALL, "height": 600, **changes})


@pytest.mark.requirement("APPS-26")
@pytest.mark.parametrize("mode", ["fullscreen", "pip"])
def test_a_named_mode_is_granted_in_a_gesture_and_the_window_does_it(mode: str) -> None:
    async def scene() -> None:
        stage = Scene()
        view = await stage.open(["inline", "fullscreen", "pip"])
        assert await stage.ask(view, mode) == {"mode": mode}
        assert [event.mode.value for event in stage.allowed()] == [mode]
        assert "action_decided" in stage.house.stage.audit.kinds()
        await stage.house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-26")
def test_without_a_gesture_a_view_does_not_grow_and_hears_how_it_is_shown() -> None:
    async def scene() -> None:
        stage = Scene()
        view = await stage.open(["inline", "fullscreen"])
        assert await stage.ask(view, "fullscreen", gesture=False) == {"mode": "inline"}
        assert stage.allowed() == []
        assert "RequestDisplayMode refused" in stage.house.deck.report(view.id).denials[0]
        await stage.house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-25", "APPS-T13")
@pytest.mark.parametrize(
    ("named", "asked"),
    [
        (["inline"], "fullscreen"),
        (["fullscreen"], "pip"),
        (["inline", "fullscreen"], "split"),
        (None, "fullscreen"),
        ([], "pip"),
        (["inline", "fullscreen"], "inline"),
    ],
)
def test_a_mode_that_is_not_on_offer_uses_no_gesture_up_and_changes_nothing(
    named: list[str] | None, asked: str
) -> None:
    async def scene() -> None:
        stage = Scene()
        view = await stage.open(named)
        rows = len(stage.house.stage.audit.kinds())
        assert await stage.ask(view, asked) == {"mode": "inline"}
        assert len(stage.house.stage.audit.kinds()) == rows
        assert stage.allowed() == []
        await stage.house.end()

    asyncio.run(scene())


def test_a_view_goes_back_into_the_conversation_without_a_gesture() -> None:
    async def scene() -> None:
        stage = Scene()
        view = await stage.open(["inline", "fullscreen"])
        stage.tell(view, DisplayMode.FULLSCREEN)
        assert await stage.ask(view, "inline", gesture=False) == {"mode": "inline"}
        assert [event.mode for event in stage.allowed()] == [DisplayMode.INLINE]
        await stage.house.end()

    asyncio.run(scene())


def test_a_window_that_does_not_follow_leaves_the_mode_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(modes, "SETTLE_SECONDS", 0.01)

    async def scene() -> None:
        stage = Scene(obeys=False)
        view = await stage.open(["inline", "pip"])
        assert await stage.ask(view, "pip") == {"mode": "inline"}
        await stage.house.end()

    asyncio.run(scene())


def test_where_the_window_offers_no_other_mode_there_is_none() -> None:
    async def scene() -> None:
        stage = Scene()
        view = await stage.open(["inline", "fullscreen"])
        stage.tell(view, DisplayMode.INLINE, modes=(DisplayMode.INLINE,))
        assert await stage.ask(view, "fullscreen") == {"mode": "inline"}
        await stage.house.end()

    asyncio.run(scene())


def test_the_window_learns_which_modes_an_app_names() -> None:
    async def scene() -> None:
        stage = Scene()
        await stage.open(["fullscreen", "split"])
        await stage.open(None)
        ready = [e.modes for e in stage.house.stage.events if isinstance(e, ViewInitialized)]
        assert ready == [(DisplayMode.FULLSCREEN,), None]
        await stage.house.end()

    asyncio.run(scene())


def test_heights_that_are_reported_elsewhere_do_not_change_the_one_inline() -> None:
    async def scene() -> None:
        stage = Scene()
        view = await stage.open(None)
        size = {"method": "ui/notifications/size-changed", "params": {"height": 640}}
        stage.tell(view, DisplayMode.FULLSCREEN)
        stage.house.say(view, size)
        assert stage.house.deck.report(view.id).height != 640
        stage.tell(view, DisplayMode.INLINE)
        stage.house.say(view, size)
        assert stage.house.deck.report(view.id).height == 640
        await stage.house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-40")
def test_what_changes_between_the_answer_and_the_end_of_a_handshake_is_told_after_it() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.deck.open(house.opening())
        house.say(view, {"id": "hello", "method": "ui/initialize", "params": {}})
        house.deck.environment(view.id, shown(DisplayMode.INLINE, theme="dark"))
        house.say(view, {"method": "ui/notifications/initialized"})
        posted = [e.text for e in house.stage.events if isinstance(e, ViewPosted)]
        changes = [text for text in posted if "host-context-changed" in text]
        assert len(changes) == 1
        assert '"theme":"dark"' in changes[0]
        await house.end()

    asyncio.run(scene())


def test_a_view_that_came_back_by_itself_calls_nothing_until_it_is_used() -> None:
    async def scene() -> None:
        house = ViewHouse()
        view = await house.deck.open(house.opening(returned=True))
        house.stage.approved_views.add(view.id)
        house.say(view, {"id": "hello", "method": "ui/initialize", "params": {}})
        house.say(view, {"method": "ui/notifications/initialized"})
        for id in (1, 2):
            house.say(view, {"id": id, "method": "resources/read", "params": {"uri": "ui://x"}})
            await until(lambda id=id: house.answers(id))
            view.gesture(0.0)
        refused, allowed = house.answers(1)[0], house.answers(2)[0]
        assert "returned-app-waits-for-a-person" in refused["error"]["message"]
        assert "returned-app" not in str(allowed)
        await house.end()

    asyncio.run(scene())
