"""What a book of credentials owes, whether a real keyring or only memory is behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backends import SecretService

from mcphost.domain.errors import HostBugError, StorageError
from mcphost.storage.credentials import MAX_BYTES, KeyringBook
from mcphost.storage.secrets import SecretStore, open_backend
from tests.helpers.keyring_daemon import session_bus, unlocked_keyring


@pytest.fixture(params=["keyring", "memory"])
def vault(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SecretStore]:
    if request.param == "memory":
        yield SecretStore(None, backend="memory", why="a test")
        return
    with session_bus(tmp_path) as address, unlocked_keyring(tmp_path, address):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield open_backend(SecretService.Keyring())


@pytest.mark.requirement("MCP-173")
def test_what_is_saved_is_loaded_until_it_is_forgotten(vault: SecretStore) -> None:
    async def run() -> list[str | None]:
        book = KeyringBook(vault)
        await book.save("token:a", "first")
        await book.save("token:a", '{"token": "second ✓"}')
        await book.save("token:b", "other")
        await book.forget("token:b")
        await book.forget("token:never")
        return [await book.load(name) for name in ("token:a", "token:b", "token:c")]

    assert asyncio.run(run()) == ['{"token": "second ✓"}', None, None]


def test_many_at_once_come_out_right(vault: SecretStore) -> None:
    async def run() -> list[str | None]:
        book = KeyringBook(vault)
        await asyncio.gather(*(book.save(f"n{n}", f"v{n}") for n in range(12)))
        return [await book.load(f"n{n}") for n in range(12)]

    assert asyncio.run(run()) == [f"v{n}" for n in range(12)]


def test_a_whole_kept_token_fits(vault: SecretStore) -> None:
    big = "t" * 30_000

    async def run() -> str | None:
        book = KeyringBook(vault)
        await book.save("big", big)
        return await book.load("big")

    assert asyncio.run(run()) == big


def test_it_says_whether_it_lasts(vault: SecretStore) -> None:
    async def run() -> bool:
        return KeyringBook(vault).lasting

    assert asyncio.run(run()) is (vault.backend != "memory")


class WatchedStore(SecretStore):
    """Notes which thread asks."""

    def __init__(self) -> None:
        super().__init__(None, backend="memory", why="a test")
        self.threads: set[int] = set()

    def get(self, name: str) -> str | None:
        self.threads.add(threading.get_ident())
        return super().get(name)


@pytest.mark.requirement("MCP-173")
def test_the_loop_thread_never_waits_for_the_keyring() -> None:
    store = WatchedStore()
    asyncio.run(KeyringBook(store).load("a"))
    assert store.threads
    assert threading.get_ident() not in store.threads


def test_an_entry_without_bounds_is_refused_without_repeating_it() -> None:
    book = KeyringBook(SecretStore(None, backend="memory", why="a test"))
    with pytest.raises(StorageError) as refused:
        asyncio.run(book.save("a", "sesame" + "x" * MAX_BYTES))
    assert "sesame" not in str(refused.value)
    assert asyncio.run(book.load("a")) is None


@pytest.mark.parametrize("name", ["", "with space", "line\nbreak", "n" * 600, "ü"])
def test_a_name_is_plain(name: str) -> None:
    book = KeyringBook(SecretStore(None, backend="memory", why="a test"))
    with pytest.raises(HostBugError):
        asyncio.run(book.load(name))
