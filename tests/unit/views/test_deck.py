"""A View comes to life only while its opening is still good."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ViewOpened
from mcphost.domain.json import digest
from mcphost.domain.recording import Recording
from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import Presence
from mcphost.views.deck import MAX_LIVE
from mcphost.views.opening import ViewOpening
from tests.helpers.view_parts import ViewHouse, opening

RECORDING = Recording(
    server="demo",
    tool="look",
    tool_info={},
    uri="ui://demo/look",
    meta={},
    arguments={},
    result=None,
    cancelled="",
    calls=(),
)


def test_a_template_rejected_while_its_view_opens_is_not_drawn() -> None:
    async def scene() -> None:
        house = ViewHouse()
        task = asyncio.create_task(house.deck.open(opening()))
        await asyncio.sleep(0)
        house.standing = False
        with pytest.raises(UserFacingError):
            await task
        assert [e for e in house.stage.events if isinstance(e, ViewOpened)] == []

    asyncio.run(scene())


def test_what_is_taken_back_while_a_view_opens_is_not_in_force_in_it() -> None:
    async def scene() -> None:
        host = "https://api.example.com"
        grant = AppGrant(kind=AppGrantKind.CONNECT, host=host)
        house = ViewHouse(declared=DeclaredUi(connect_domains=(host,)), kept=(grant,))
        task = asyncio.create_task(house.deck.open(house.opening()))
        await asyncio.sleep(0)
        house.kept = ()
        house.deck.cut_lost()
        with pytest.raises(UserFacingError, match="no longer"):
            await task
        assert house.deck.reaching("api.example.com", 443) == []
        await house.end()

    asyncio.run(scene())


def test_what_is_stopped_while_a_view_opens_is_not_drawn() -> None:
    stopped: list[str] = []

    def require_running(_opening: ViewOpening) -> None:
        if stopped:
            raise UserFacingError(stopped[0])

    async def scene() -> None:
        house = ViewHouse(world={"require_running": require_running})
        task = asyncio.create_task(house.deck.open(opening()))
        await asyncio.sleep(0)
        stopped.append("everything is stopped")
        house.deck.cut(lambda _opening, _view: True, stopped[0])
        with pytest.raises(UserFacingError, match="stopped"):
            await task
        assert [e for e in house.stage.events if isinstance(e, ViewOpened)] == []
        await house.end()

    asyncio.run(scene())


CAMERA = AppGrant(kind=AppGrantKind.CAMERA)


@pytest.mark.parametrize("what", ["the same", "another template", "nothing came"])
def test_what_a_view_was_given_goes_on_in_its_own_template_and_place_alone(what: str) -> None:
    async def scene() -> None:
        house = ViewHouse(declared=DeclaredUi(permissions=("camera",)))
        first = await house.deck.open(house.opening())
        house.deck.hold(first.id, CAMERA)
        await house.deck.make_way(first.id, "it opens again")
        if what == "nothing came":
            house.deck.forget_carried(first.opening.conversation, first.opening.item)
        next_one = house.opening()
        if what == "another template":
            review = next_one.source.review
            pin = replace(review.pin, content=digest(b"others"))
            source = replace(next_one.source, review=replace(review, pin=pin))
            next_one = replace(next_one, source=source)
        assert (await house.deck.open(next_one)).held == ({CAMERA} if what == "the same" else set())
        await house.end()

    asyncio.run(scene())


def test_what_is_taken_back_while_a_view_makes_way_does_not_go_on() -> None:
    async def scene() -> None:
        house = ViewHouse(declared=DeclaredUi(permissions=("camera",)))
        first = await house.deck.open(house.opening())
        house.deck.hold(first.id, CAMERA)
        await house.deck.make_way(first.id, "it opens again")
        task = asyncio.create_task(house.deck.open(house.opening()))
        await asyncio.sleep(0)  # it has begun, and waits for its row
        house.deck.take_back(house.opening().source.review.pin, CAMERA, "it was taken back")
        assert (await task).held == set()
        await house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-08")
def test_what_a_view_may_do_is_on_the_log_before_it_opens() -> None:
    async def scene() -> None:
        host = "https://api.example.com"
        grant = AppGrant(kind=AppGrantKind.CONNECT, host=host)
        house = ViewHouse(declared=DeclaredUi(connect_domains=(host,)), kept=(grant,))
        view = await house.deck.open(house.opening())
        [row] = house.stage.audit.of(AuditKind.VIEW_OPENED)
        assert f"connect-src {host};" in str(row.data["csp"])
        assert row.data["csp"] == view.launch.snapshot.app_csp
        assert row.data["permissions_policy"] == view.launch.snapshot.app_permissions_policy
        assert row.data["grants"] == [grant.name]
        await house.end()

    asyncio.run(scene())


def test_a_view_that_is_played_has_no_host_whatever_was_given_to_its_template() -> None:
    async def scene() -> None:
        host = "https://api.example.com"
        grants = (
            AppGrant(kind=AppGrantKind.CONNECT, host=host),
            AppGrant(kind=AppGrantKind.WEBGL),
        )
        house = ViewHouse(declared=DeclaredUi(connect_domains=(host,)), kept=grants)
        played = await house.deck.open(replace(house.opening(), recording=RECORDING))
        assert played.kept == {grants[1]}
        assert "connect-src 'none'" in played.launch.snapshot.app_csp
        assert house.deck.reaching("api.example.com", 443) == []
        await house.end()

    asyncio.run(scene())


@pytest.mark.parametrize("wanted", [True, False, None])
def test_the_window_is_told_whether_an_app_wants_a_border(wanted: bool | None) -> None:
    async def scene() -> None:
        house = ViewHouse(declared=DeclaredUi(prefers_border=wanted))
        view = await house.deck.open(house.opening())
        assert view.launch.border is wanted
        await house.end()

    asyncio.run(scene())


def test_views_opened_at_once_are_no_more_than_may_live() -> None:
    async def scene() -> None:
        house = ViewHouse()
        for _ in range(MAX_LIVE - 1):
            await house.deck.open(opening())
        await asyncio.gather(*(house.deck.open(opening()) for _ in range(5)))
        opened = [e.view for e in house.stage.events if isinstance(e, ViewOpened)]
        closed = {event.view for event in house.closed()}
        assert len([view for view in opened if view not in closed]) == MAX_LIVE
        assert closed == set(opened[:4])  # the oldest made room
        assert all(event.discarded for event in house.closed())
        await house.end()

    asyncio.run(scene())


def test_whoever_cuts_connections_hears_that_a_view_has_ended_when_it_may_reach_nothing() -> None:
    async def scene() -> None:
        house = ViewHouse()
        controller = await house.deck.open(opening())
        left: list[int] = []
        house.deck.on_fewer = lambda: left.append(len(house.deck.reaching("api.example.com", 443)))
        await house.deck.close(controller.id, "closed")
        assert left == [0]
        await house.end()

    asyncio.run(scene())


@pytest.mark.requirement("APPS-38")
def test_a_view_that_is_cut_is_asked_nothing_and_ends_at_once() -> None:
    async def scene() -> None:
        house = ViewHouse()
        controller = await house.deck.open(opening())
        house.deck.cut(lambda _opening, view: view == controller.id, "stopped")
        assert [event.reason for event in house.closed()] == ["stopped"]
        await house.end()

    asyncio.run(scene())


def test_the_view_that_was_seen_longest_ago_makes_room() -> None:
    async def scene() -> None:
        house = ViewHouse()
        views = [(await house.deck.open(opening())).id for _ in range(MAX_LIVE)]
        seen, looked_at_again = views[0], views[1]
        house.deck.present(seen, Presence(visible=True))
        house.deck.present(looked_at_again, Presence(visible=True))
        house.deck.present(looked_at_again, Presence())
        for _ in range(MAX_LIVE - 1):
            house.deck.present((await house.deck.open(opening())).id, Presence(visible=True))
        closed = [event.view for event in house.closed()]
        assert closed == [*views[2:], looked_at_again]
        await house.end()

    asyncio.run(scene())
