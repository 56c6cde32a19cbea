"""A View comes to life only while its opening is still good."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ViewOpened
from mcphost.views.deck import MAX_LIVE
from tests.helpers.view_parts import ViewHouse, opening


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
        await house.end()

    asyncio.run(scene())
