"""Which model is configured: settings in the database, the key in the keyring.

Law: (1) a key belongs to the address it was given for and is never sent to another. (2) The keyring
may wait for a person: it is asked in a worker thread, never on the loop.

Loop thread. Held by `mcphost.host.facade`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Protocol

from mcphost.chat.adapters import destination, make_model
from mcphost.chat.model_port import ModelPort
from mcphost.chat.sampling import Sampler
from mcphost.domain.audit import AuditKind, AuditRecord
from mcphost.domain.errors import NotConfigured, StorageError
from mcphost.domain.json import Json
from mcphost.domain.ports import AuditSink
from mcphost.domain.sampling import SamplingModel
from mcphost.domain.summaries import ModelSettings

_SETTING = "model"
_NONE = ModelSettings(provider="none", model="", base_url="", has_key=False)


class Settings(Protocol):
    """Stored settings (`mcphost.storage.state`)."""

    def setting(self, name: str, default: Json = None) -> Json:
        """The value of *name*."""
        ...

    def set_setting(self, name: str, value: Json) -> None:
        """Remember *value*."""
        ...


class Secrets(Protocol):
    """Stored secrets (`mcphost.storage.secrets`)."""

    def get(self, name: str) -> str | None:
        """The secret called *name*."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep *value*."""
        ...


class ModelChoice:
    """The one place that knows which model answers."""

    def __init__(self, store: Settings, secrets: Secrets, audit: AuditSink) -> None:
        self._store = store
        self._secrets = secrets
        self._audit = audit
        self._model: ModelPort | None = None
        self._key: str | None = None
        self._stale = True

    async def load(self) -> None:
        """Fetch the key of the configured address."""
        self._key = await self._key_of(self._stored())
        self._stale = True

    def current(self) -> ModelPort | None:
        """The model, or None in direct mode. Raises `NotConfigured` when half configured."""
        if self._stale:
            self._model, self._stale = make_model(self._stored(), self._key), False
        return self._model

    def for_apps(self) -> SamplingModel | None:
        """The model as Apps may ask it, if one can answer."""
        try:
            model = self.current()
        except NotConfigured:
            return None
        return None if model is None else Sampler(model)

    def settings(self) -> ModelSettings:
        """What is configured; never the key."""
        return dataclasses.replace(self._stored(), has_key=self._key is not None)

    async def choose(self, settings: ModelSettings, key: str | None) -> None:
        """Remember a choice; *key* None keeps the one of this address. Raises `NotConfigured` when
        it cannot work; then nothing changes.
        """
        used = key if key is not None else await self._key_of(settings)
        make_model(settings, used)
        await self._audit.append(
            AuditRecord(
                kind=AuditKind.SETTING_CHANGED,
                data={
                    "setting": _SETTING,
                    "provider": settings.provider,
                    "model": settings.model,
                    "destination": destination(settings),
                    "key_changed": key is not None,
                },
                principal="user:local",
            )
        )
        if key is not None:
            await asyncio.to_thread(self._secrets.set, _key_name(settings), key)
        stored = dataclasses.asdict(settings)
        stored.pop("has_key")
        self._store.set_setting(_SETTING, stored)
        self._key, self._stale = used, True

    def _stored(self) -> ModelSettings:
        stored = self._store.setting(_SETTING)
        if not isinstance(stored, Mapping):
            return _NONE
        return ModelSettings(
            provider=str(stored.get("provider", "none")),
            model=str(stored.get("model", "")),
            base_url=str(stored.get("base_url", "")),
            has_key=False,
        )

    async def _key_of(self, settings: ModelSettings) -> str | None:
        if not destination(settings):
            return None
        try:
            return await asyncio.to_thread(self._secrets.get, _key_name(settings))
        except StorageError:
            return None


def _key_name(settings: ModelSettings) -> str:
    """The name of the key for exactly this provider and address."""
    whose = f"{settings.provider} {destination(settings)}"
    return f"model-key {hashlib.sha256(whose.encode()).hexdigest()[:16]}"
