"""The only door to the keyring.

Law: (1) secrets go to a keyring of the operating system, or nowhere on disk: every backend that is
not on the list below (plaintext files, null, fail, anything unknown) is refused, and secrets then
live in memory until the program ends, with `persistent` False and `why` saying so; (2) no message
of this module contains a secret. The calls wait for the keyring, perhaps for a person who unlocks
it: never make them on the loop or the main thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import keyring
from keyring.backend import KeyringBackend

from mcphost.domain.errors import StorageError

SERVICE = "mcphost"

_TRUSTED = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
_NONE = "keyring.backends.fail.Keyring"
"""What stands in where there is no keyring."""
_CHAINER = "keyring.backends.chainer.ChainerBackend"
_PROBE = "probe"


class SecretStore:
    """Secrets by name. Made by `open`, or over any backend. Any thread."""

    def __init__(self, backing: KeyringBackend | None, *, backend: str, why: str = "") -> None:
        """*backing* None keeps everything in memory; *why* says why."""
        self._backing = backing
        self._memory: dict[str, str] = {}
        self._lock = threading.Lock()
        self.backend = backend
        self.why = why

    @property
    def persistent(self) -> bool:
        """Whether a secret outlives the program."""
        return self._backing is not None

    @staticmethod
    def open() -> SecretStore:
        """The person's keyring if it is a trusted one and answers, else memory. Never raises."""
        try:
            chosen = keyring.get_keyring()
        except Exception as error:  # noqa: BLE001  (configured backends run their own code)
            return _in_memory(f"no keyring could be loaded ({type(error).__name__})")
        return open_backend(chosen)

    def get(self, name: str) -> str | None:
        """The secret called *name*. Raises `StorageError` when the keyring does not answer."""
        with self._lock:
            if self._backing is None:
                return self._memory.get(name)
            try:
                return self._backing.get_password(SERVICE, name)
            except Exception as error:  # D-Bus and vendor errors have no common root
                raise _failed("read", error) from error

    def set(self, name: str, value: str) -> None:
        """Keep *value* under *name*. Raises `StorageError`."""
        with self._lock:
            if self._backing is None:
                self._memory[name] = value
                return
            try:
                self._backing.set_password(SERVICE, name, value)  # pyright: ignore[reportUnknownMemberType]
            except Exception as error:
                raise _failed("written", error) from error

    def delete(self, name: str) -> None:
        """Forget the secret called *name*; a missing one is fine. Raises `StorageError`."""
        with self._lock:
            if self._backing is None:
                self._memory.pop(name, None)
                return
            try:
                if self._backing.get_password(SERVICE, name) is not None:
                    self._backing.delete_password(SERVICE, name)
            except Exception as error:
                raise _failed("deleted", error) from error


def open_backend(chosen: KeyringBackend) -> SecretStore:
    """A store over *chosen*, or over the first trusted keyring that it chains, if that answers."""
    trusted = next((one for one in _flatten(chosen) if _name(one) in _TRUSTED), None)
    if trusted is None:
        if _name(chosen) == _NONE:
            return _in_memory("no keyring is running here")
        return _in_memory(f"{_name(chosen)} does not keep secrets encrypted")
    try:
        trusted.get_password(SERVICE, _PROBE)
    except Exception as error:  # noqa: BLE001  (D-Bus and vendor errors have no root)
        return _in_memory(f"{_name(trusted)} did not answer ({type(error).__name__})")
    return SecretStore(trusted, backend=_name(trusted))


def _flatten(chosen: KeyringBackend) -> Iterable[KeyringBackend]:
    # A chain writes to whichever member works, perhaps a plaintext one: its members are judged.
    return chosen.backends if _name(chosen) == _CHAINER else (chosen,)  # pyright: ignore


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _in_memory(reason: str) -> SecretStore:
    why = (
        f"Secrets are kept only until mcphost ends, because {reason}. "
        "Install and unlock a keyring (GNOME Keyring or KWallet) to keep them."
    )
    return SecretStore(None, backend="memory", why=why)


def _failed(deed: str, error: Exception) -> StorageError:
    # The text of a foreign error may quote what was to be stored: only its type is repeated.
    return StorageError(
        f"a secret could not be {deed}: the keyring did not answer ({type(error).__name__}). "
        "Unlock the keyring and try again."
    )
