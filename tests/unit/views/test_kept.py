"""A View that may keep what it stores: it is given a folder, bounded, and gives it back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.errors import UserFacingError
from mcphost.domain.template import TemplatePin
from tests.helpers.view_parts import ViewHouse, until

STORAGE = AppGrant(kind=AppGrantKind.STORAGE)
FOLDER = Path("/kept/engine")


class Shelf:
    """One folder, which one View has at a time and which holds *bytes*."""

    def __init__(self) -> None:
        self.bytes = 0
        self.taken = 0

    def take(self, pin: TemplatePin) -> Path:
        if self.taken:
            raise UserFacingError("another open App has what it keeps")
        self.taken += 1
        return FOLDER

    def size(self, folder: Path) -> int:
        return self.bytes

    def release(self, folder: Path) -> None:
        self.taken -= 1


class House(ViewHouse):
    """A house whose templates were given storage."""

    shelf: Shelf

    def __post_init__(self) -> None:
        self.shelf = Shelf()
        self.kept = (STORAGE,)
        super().__post_init__()
        self.deck._world = replace(self.deck._world, keeping=self.shelf, kept_bytes=100)


def test_only_one_view_is_given_the_folder_and_it_comes_back_with_the_end() -> None:
    async def scene() -> None:
        house = House()
        first, second = await house.ready(), await house.ready()
        assert (first.launch.storage, second.launch.storage) == (FOLDER, None)
        assert (STORAGE in first.granted, STORAGE in second.granted) == (True, False)
        await until(lambda: house.troubles)
        assert "starts empty and keeps nothing this time: another open App" in house.troubles[0]
        await house.deck.close(first.id, "seen")
        assert (await house.ready()).launch.storage == FOLDER
        await house.end()
        assert house.shelf.taken == 0

    asyncio.run(scene())


def test_without_the_grant_no_view_is_given_a_folder() -> None:
    async def scene() -> None:
        house = House()
        house.kept = ()
        assert (await house.ready()).launch.storage is None
        assert house.shelf.taken == 0
        await house.end()

    asyncio.run(scene())


def test_what_is_kept_stands_under_the_same_page_each_time_and_else_under_none_twice() -> None:
    async def scene() -> None:
        house = House()
        nonces: list[str] = []
        for _ in range(2):
            view = await house.ready()
            nonces.append(view.launch.snapshot.host_nonce)
            nonces.append((await house.ready()).launch.snapshot.host_nonce)
            await house.deck.close(view.id, "seen")
        assert nonces[0] == nonces[2]
        assert len(set(nonces)) == 3
        await house.end()

    asyncio.run(scene())


def test_a_view_that_keeps_too_much_is_ended_and_it_is_said() -> None:
    async def scene() -> None:
        house = House()
        house.shelf.bytes = 101
        await house.ready()
        async with asyncio.timeout(10):
            while not house.closed():
                await asyncio.sleep(0.01)
        assert "used too much of this computer" in house.troubles[0]
        assert house.shelf.taken == 0
        await house.end()

    asyncio.run(scene())


def test_an_opening_that_fails_gives_the_folder_back() -> None:
    async def scene() -> None:
        house = House()
        house.standing = False
        try:
            await house.ready()
        except UserFacingError:
            assert house.shelf.taken == 0
        else:
            raise AssertionError("it was opened")
        await house.end()

    asyncio.run(scene())
