"""What a running View asks the engine for: camera, microphone, place, clipboard.

Law: (1) only what the template declares and the policy lets a person be asked about comes here;
(2) the View is known by its channel and needs a gesture that the host saw in it; (3) a yes is a row
first, and lives as long as the View; (4) what was not granted is said, with the way to grant it.
Loop thread; owned by `ViewController`.
"""

from __future__ import annotations

from collections.abc import Callable

from mcphost.domain.action import app_grant_action
from mcphost.domain.app_grant import AppGrant, AppGrantCase, AppGrantKind, grantable
from mcphost.domain.audit import AuditKind, record_of
from mcphost.domain.errors import UserFacingError
from mcphost.domain.ids import ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal
from mcphost.views.opening import ViewOpening, ViewWorld

MAX_ASKS = 32
"""Questions that one View may cause; after that the engine is answered no at once."""


class ViewPermissions:
    """What one View holds, and how it gets more."""

    def __init__(
        self,
        *,
        principal: Principal,
        opening: ViewOpening,
        view: ViewId,
        world: ViewWorld,
        wanted: Callable[[AppGrant], None],
    ) -> None:
        self._principal = principal
        self._opening = opening
        self._view = view
        self._world = world
        self._wanted = wanted
        self._asks = 0
        self.held: frozenset[AppGrant] = opening.carried

    async def ask(self, names: tuple[str, ...], lineage: Lineage) -> bool:
        """Whether the View may have all of *names* now. Raises nothing but what is our bug or the
        disk's.
        """
        grants = tuple(AppGrant(kind=AppGrantKind(name)) for name in names)
        for grant in grants:
            if grant in self.held:
                continue
            self._asks += 1
            if self._asks > MAX_ASKS or not await self._granted(grant, lineage):
                self._wanted(grant)
                return False
        return bool(grants)

    def hold(self, grant: AppGrant) -> None:
        """A person gave *grant* to this View; the row is written."""
        self.held |= {grant}

    async def _granted(self, grant: AppGrant, lineage: Lineage) -> bool:
        review = self._opening.source.review
        action = app_grant_action(
            AppGrantCase(grant=grant, pin=review.pin, declared=grant in grantable(review.declared)),
            self._principal,
            lineage,
            view=self._view,
            conversation=self._opening.conversation,
        )

        async def effect() -> JsonObject:
            data: JsonObject = {**action.params, "by": "the person, when the App asked"}
            await self._world.audit.append(record_of(action, AuditKind.APP_GRANT_ISSUED, data))
            self.hold(grant)
            return {}

        try:
            await self._world.gate.perform(action, effect=effect)
        except UserFacingError:  # refused by the policy or the person, or too late
            return False
        return True
