"""What the person prefers of the window: a closed list of names, each with a closed list of values.

Law: nothing here widens what an App, a model or a server may do; a change is on the log before it
is stored; a stored value that is no longer on the list counts as the first one.

Loop thread. Held by `mcphost.host.facade`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import NotConfigured
from mcphost.domain.json import Json
from mcphost.domain.ports import AuditSink
from mcphost.domain.text import one_line

PREFERENCES: Final[Mapping[str, tuple[str, ...]]] = {"theme": ("system", "light", "dark")}
"""Name and values; the first value is the default."""


class Settings(Protocol):
    """Stored settings (`mcphost.storage.state`)."""

    def setting(self, name: str, default: Json = None) -> Json:
        """The value of *name*."""
        ...

    def set_setting(self, name: str, value: Json) -> None:
        """Remember *value*."""
        ...


class Preferences:
    """Reads and writes preferences."""

    def __init__(self, store: Settings, audit: AuditSink) -> None:
        self._store = store
        self._audit = audit

    def get(self, name: str) -> str:
        """The value of *name*. Raises `NotConfigured` when there is no such preference."""
        values = _values(name)
        stored = self._store.setting(_entry(name))
        return stored if isinstance(stored, str) and stored in values else values[0]

    async def set(self, name: str, value: str) -> None:
        """Record and remember *value*. Raises `NotConfigured`, and then nothing changes."""
        values = _values(name)
        if value not in values:
            known = ", ".join(values)
            raise NotConfigured(f"{name} cannot be {one_line(value, limit=40)}; it is {known}")
        if value == self.get(name):
            return
        data: dict[str, Json] = {"setting": name, "value": value}
        record = AuditRecord(kind=AuditKind.SETTING_CHANGED, data=data, principal="user:local")
        await self._audit.append(record)
        self._store.set_setting(_entry(name), value)


def _values(name: str) -> tuple[str, ...]:
    values = PREFERENCES.get(name)
    if values is None:
        raise NotConfigured(f"there is no preference called {one_line(name, limit=40)}")
    return values


def _entry(name: str) -> str:
    return f"preference:{name}"
