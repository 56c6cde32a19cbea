"""What a View asks the engine for: declared, in a gesture, by a person, for this View only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.consent import Answer
from mcphost.domain.events import AppWantsGrant
from mcphost.domain.template import DeclaredUi
from mcphost.views.controller import ViewController
from mcphost.views.permissions import MAX_ASKS
from tests.helpers.gate_parts import Stage
from tests.helpers.view_parts import ViewHouse, until

CAMERA = AppGrant(kind=AppGrantKind.CAMERA)
DECLARED = DeclaredUi(permissions=("camera", "microphone"))
NO_CAMERA = (
    'forbid(principal, action == McpHost::Action::"app_grant", resource) '
    'when { context.app_grant == "camera" };'
)
Scene = Callable[[ViewHouse, ViewController], Awaitable[None]]


def play(scene: Scene, **options: object) -> None:
    async def whole() -> None:
        house = ViewHouse(declared=DECLARED, **options)  # type: ignore[arg-type]
        await scene(house, await house.ready())
        await house.end()

    asyncio.run(whole())


def wants(house: ViewHouse) -> list[AppGrant]:
    return [e.wanted.grant for e in house.stage.events if isinstance(e, AppWantsGrant)]


def test_a_declared_permission_in_a_gesture_is_asked_and_given_to_this_view_only() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        view.gesture(1.0)
        assert await house.deck.permission(view.id, ("camera",), 1.1)
        (asked,) = house.stage.broker.asked
        assert (asked.subject, asked.reversible[:20]) == ("use the camera", "You can take it back")
        row = house.stage.audit.last(AuditKind.APP_GRANT_ISSUED)
        assert (row["name"], row["life"]) == ("camera", "for one View")
        assert view.report().permissions == ("camera",)
        assert (await house.ready()).held == frozenset()

    play(scene)


def test_without_a_gesture_nobody_is_asked_and_the_way_to_allow_it_is_shown() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        assert not await house.deck.permission(view.id, ("camera",), 1.1)
        assert house.stage.broker.asked == []
        assert house.stage.audit.last(AuditKind.ACTION_DECIDED)["rules"] == ["prompt-needs-gesture"]
        assert wants(house) == [CAMERA]

    play(scene)


def test_a_refusal_is_said_once_however_often_the_app_asks() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.broker.answer = Answer.DENY
        for at in range(1, 4):
            view.gesture(float(at))
            assert not await house.deck.permission(view.id, ("camera",), at + 0.1)
        assert len(house.stage.broker.asked) == 1  # what was refused rests for a minute
        assert wants(house) == [CAMERA]
        assert house.stage.audit.of(AuditKind.APP_GRANT_ISSUED) == []

    play(scene)


def test_a_yes_that_comes_after_the_end_of_its_view_is_none() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        house.stage.broker.hold = asyncio.Event()
        view.gesture(1.0)
        asked = asyncio.create_task(view.permission(("camera",), 1.1))
        await until(lambda: house.stage.broker.asked)
        view.cut("stopped")
        house.stage.broker.hold.set()
        assert not await asked

    play(scene)


def test_one_gesture_covers_one_request() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        view.gesture(1.0)
        assert await house.deck.permission(view.id, ("camera",), 1.1)
        assert not await house.deck.permission(view.id, ("microphone",), 1.2)

    play(scene)


def test_an_app_that_never_stops_asking_is_answered_without_a_walk() -> None:
    async def scene(house: ViewHouse, view: ViewController) -> None:
        for _ in range(MAX_ASKS + 20):
            assert not await house.deck.permission(view.id, ("camera",), 5.0)
        decided = house.stage.audit.of(AuditKind.ACTION_DECIDED)
        assert len(decided) == MAX_ASKS

    play(scene)


def test_what_a_policy_forbids_is_not_even_offered_to_the_engine() -> None:
    async def scene() -> None:
        house = ViewHouse(stage=Stage(added=(NO_CAMERA,)), declared=DECLARED)
        view = await house.ready()
        assert view.launch.snapshot.askable == {"microphone"}
        assert view.launch.snapshot.allow == "microphone"
        await house.end()

    asyncio.run(scene())
