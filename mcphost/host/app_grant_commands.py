"""The part of the façade about grants of Apps; `Host` is made of it.

Law: as of the façade: nothing here decides, every grant goes down the gate. Loop thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from mcphost.domain.app_grant import OF_HOSTS, AppGrant, AppGrantLine
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ViewId
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal
from mcphost.domain.template import TemplatePin
from mcphost.host.compose import Rooms
from mcphost.host.settings import is_replay


class AppGrantCommands(ABC):
    """What a person can do about the grants of Apps."""

    _rooms: Rooms

    @abstractmethod
    def _actor(self) -> Principal: ...

    @abstractmethod
    def _gesture(self) -> Lineage: ...

    async def app_grants(self, pin: TemplatePin) -> tuple[AppGrantLine, ...]:
        """What the Apps of a template can be given, and what is given. Raises `NotConfigured`."""
        return self._rooms.app_grants.lines(pin)

    async def given_app_grants(self) -> tuple[tuple[TemplatePin, AppGrantLine], ...]:
        """Every grant that an App holds."""
        return self._rooms.app_grants.given()

    async def give_app_grant(self, pin: TemplatePin, grant: AppGrant) -> None:
        """Give the Apps of a template something, once policy and person agree."""
        self._refuse_to_leave(pin, grant)
        await self._rooms.app_grants.give(pin, grant, self._actor(), self._gesture())

    async def take_back_app_grant(self, pin: TemplatePin, grant: AppGrant) -> None:
        """Take something back; Views that have it end at once."""
        await self._rooms.app_grants.take_back(pin, grant, self._actor(), why="you took it back")

    async def give_to_view(self, view: ViewId, grant: AppGrant, *, reopen: bool = True) -> None:
        """Give a live App what it was stopped for, and open it anew with it, in its place."""
        rooms = self._rooms
        opening = rooms.deck.opening(view)
        pin = opening.source.review.pin
        self._refuse_to_leave(pin, grant)
        await rooms.app_grants.give(pin, grant, self._actor(), self._gesture(), view=view)
        if reopen and rooms.runner.is_over(opening.conversation, opening.item):
            try:
                await rooms.deck.make_way(view, "it opens again with what you allowed")
                await rooms.runner.reopen(opening.conversation, opening.item)
            finally:
                rooms.deck.forget_carried(opening.conversation, opening.item)

    def _refuse_to_leave(self, pin: TemplatePin, grant: AppGrant) -> None:
        fleet = self._rooms.fleet
        if (
            grant.kind in OF_HOSTS
            and fleet.knows(pin.server)
            and is_replay(fleet.config(pin.server))
        ):
            raise UserFacingError(
                "Nothing leaves the host in a replay, so its App cannot be allowed to "
                f"{grant.words}. What it would get from there, it gets only from its own server."
            )

    async def view_permission(self, view: ViewId, names: tuple[str, ...], at: float) -> bool:
        """Whether a View that asks the engine for *names* may have them."""
        return await self._rooms.deck.permission(view, names, at)
