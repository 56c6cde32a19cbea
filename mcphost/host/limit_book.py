"""The budgets of each server as a person and the owner of this computer set them.

Law: (1) a change is on the log before it is stored, and stored before it holds; (2) what was stored
and is no budget any more counts as the usual one, never as none; (3) a managed file that cannot be
relied on stops the program, as with rules. Loop thread; used by `mcphost.host`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Protocol

from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.budget import Choice, Limit, Limits, parse_limits
from mcphost.domain.errors import NotConfigured
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.ports import AuditSink
from mcphost.host.managed import ManagedPlace

MANAGED_FILE: Final = "budgets.json"


class LimitStore(Protocol):
    """Stored settings (`mcphost.storage.state`)."""

    def setting(self, name: str, default: Json = None) -> Json:
        """The value of *name*."""
        ...

    def set_setting(self, name: str, value: Json) -> None:
        """Remember *value*."""
        ...

    def delete_setting(self, name: str) -> None:
        """Forget *name*."""
        ...


class LimitBook:
    """Reads and writes the budgets of servers."""

    def __init__(
        self, store: LimitStore, audit: AuditSink, managed: Mapping[Limit, int] | None = None
    ) -> None:
        """*managed* is the most that the owner of this computer allows."""
        self._store = store
        self._audit = audit
        self._managed = managed or {}
        self._known: dict[ServerKey, Limits] = {}

    def of(self, key: ServerKey) -> Limits:
        """The budgets of *key* now."""
        limits = self._known.get(key)
        if limits is None:
            limits = self._known[key] = Limits(chosen=self._stored(key), managed=self._managed)
        return limits

    async def change(self, key: ServerKey, choice: Choice, *, by: str) -> None:
        """Record and remember *choice*. Raises `NotConfigured`, and then nothing changes."""
        before = self.of(key)
        after = before.after(choice)
        if after == before:
            return
        changed: dict[str, Json] = {
            limit.value: after.value(limit)
            for limit in Limit
            if after.value(limit) != before.value(limit)
        }
        data: JsonObject = {
            "name": f"budget of {key}",
            "value": ", ".join(f"{name} {number}" for name, number in changed.items()),
            "budget": changed,
            "before": {name: before.value(Limit(name)) for name in changed},
        }
        await self._audit.append(
            AuditRecord(kind=AuditKind.SETTING_CHANGED, data=data, principal=by, server=key)
        )
        self._store.set_setting(
            _entry(key), {limit.value: number for limit, number in after.chosen.items()}
        )
        self._known[key] = after

    def forget(self, key: ServerKey) -> None:
        """The server was removed: another one of that name starts with the usual budgets."""
        self._store.delete_setting(_entry(key))
        self._known.pop(key, None)

    def _stored(self, key: ServerKey) -> dict[Limit, int]:
        try:
            return parse_limits(self._store.setting(_entry(key), {}), what="stored budgets")
        except NotConfigured:
            return {}


def managed_limits(place: ManagedPlace) -> tuple[Mapping[Limit, int], tuple[str, str] | None]:
    """What the owner of this computer allows at most, and the name and text of the file that says
    so, if there is one. Raises `NotConfigured`.
    """
    found = place.text_of(MANAGED_FILE)
    if found is None:
        return {}, None
    name, text = found
    try:
        parsed: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotConfigured(f"{name}: it is no JSON: {error}") from error
    return parse_limits(parsed, what=name), found


def _entry(key: ServerKey) -> str:
    return f"budget:{key}"
