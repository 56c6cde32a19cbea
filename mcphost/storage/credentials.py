"""What signing in leaves to be kept: registrations and tokens, by names without secrets.

Law: (1) they go where `SecretStore` puts secrets, the keyring or memory, and nowhere else; (2) the
keyring may wait for a person, so it is asked in a worker thread, one request after the other; (3)
an entry is bounded, and no message repeats one. The core's `CredentialBook`; loop thread.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final, TypeVar

from mcphost.domain.errors import HostBugError, StorageError
from mcphost.storage.secrets import SecretStore

MAX_BYTES: Final = 256 * 1024
"""Of one entry: tokens of real servers have a few kilobytes."""
_PREFIX: Final = "sign-in:"
_NAME = re.compile(r"[\x21-\x7e]{1,512}")
_T = TypeVar("_T")


class KeyringBook:
    """`CredentialBook` over the program's `SecretStore`."""

    def __init__(self, vault: SecretStore) -> None:
        self._vault = vault
        self._turn = asyncio.Lock()

    @property
    def lasting(self) -> bool:
        """Whether an entry outlives the program."""
        return self._vault.persistent

    async def load(self, name: str) -> str | None:
        """The text kept under *name*. Raises `StorageError`."""
        entry = _entry(name)
        return await self._ask(lambda: self._vault.get(entry))

    async def save(self, name: str, secret: str) -> None:
        """Keep *secret* under *name*. Raises `StorageError`."""
        if len(secret.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise StorageError(
                f"what a sign-in left to be kept is longer than {MAX_BYTES} bytes; it was not "
                "kept. Report it to whoever runs the authorization server."
            )
        entry = _entry(name)
        await self._ask(lambda: self._vault.set(entry, secret))

    async def forget(self, name: str) -> None:
        """Forget what is kept under *name*; nothing is fine. Raises `StorageError`."""
        entry = _entry(name)
        await self._ask(lambda: self._vault.delete(entry))

    async def _ask(self, request: Callable[[], _T]) -> _T:
        async with self._turn:
            return await asyncio.to_thread(request)


def _entry(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise HostBugError("a credential was named in a way that no name has")
    return _PREFIX + name
