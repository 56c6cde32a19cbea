"""The part of the façade about budgets; `Host` is made of it. Loop thread."""

from __future__ import annotations

from abc import ABC, abstractmethod

from mcphost.domain.budget import Choice, Limits
from mcphost.domain.ids import ServerKey
from mcphost.domain.principal import Principal
from mcphost.host.compose import Rooms


class BudgetCommands(ABC):
    """What a person can do with budgets."""

    _rooms: Rooms

    @abstractmethod
    def _actor(self) -> Principal: ...

    async def budgets(self, key: ServerKey) -> Limits:
        """What *key* and each of its Apps may be asked. Raises `NotConfigured`."""
        return self._rooms.limits.of(self._rooms.fleet.config(key).key)

    async def change_budgets(self, key: ServerKey, choice: Choice) -> None:
        """Choose budgets of *key*, in force at once. Raises `NotConfigured`."""
        known = self._rooms.fleet.config(key).key
        await self._rooms.limits.change(known, choice, by=str(self._actor()))
        self._rooms.fleet.retell(known)
