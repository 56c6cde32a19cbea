"""Values of environment variables never reach the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mcphost.domain.ids import ServerKey
from mcphost.domain.server import ServerConfig, StdioCommand
from mcphost.host.server_store import ServerStore, missing_values
from mcphost.storage.secrets import SecretStore
from mcphost.storage.state import StateStore

CANARY = "sk-canary-5f1c"
CONFIG = ServerConfig(
    key=ServerKey("notes"),
    title="Notes",
    endpoint=StdioCommand(argv=("notes",), env=(("NOTES_KEY", CANARY),)),
)


def vault() -> SecretStore:
    return SecretStore(None, backend="memory")


def test_a_server_comes_back_with_its_values_and_they_are_not_in_the_file(tmp_path: Path) -> None:
    state = StateStore.open(tmp_path / "state.db")
    store = ServerStore(state, vault())
    asyncio.run(store.save(CONFIG))
    assert list(asyncio.run(store.load())) == [CONFIG]
    state.close()
    assert all(CANARY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_values_that_no_keyring_kept_are_said_to_be_missing(tmp_path: Path) -> None:
    state = StateStore.open(tmp_path / "state.db")
    asyncio.run(ServerStore(state, vault()).save(CONFIG))
    [loaded] = asyncio.run(ServerStore(state, vault()).load())
    assert missing_values(loaded) == ("NOTES_KEY",)
    assert loaded.identity == CONFIG.identity
    state.close()


def test_a_removed_server_leaves_no_secret(tmp_path: Path) -> None:
    state = StateStore.open(tmp_path / "state.db")
    kept = vault()
    store = ServerStore(state, kept)
    asyncio.run(store.save(CONFIG))
    asyncio.run(store.remove(CONFIG))
    assert kept.get("server-env:notes:NOTES_KEY") is None
    state.close()
