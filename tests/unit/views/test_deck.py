"""A View comes to life only while its opening is still good."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.events import ViewOpened
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
