"""What a person chose about signing in is kept with the server, and nothing else is believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.storage.authorization import authorization_from_json, authorization_to_json
from mcphost.storage.database import open_database
from mcphost.storage.migrations import STATE_MIGRATIONS
from mcphost.storage.state import StateStore

CHOSEN = AuthorizationSettings(
    client_id="mine", client_secret=True, issuer="https://as.example", pkce_unstated=True
)
WEB = ServerConfig(
    key=ServerKey("web"),
    title="Web",
    endpoint=HttpEndpoint(url="https://a/mcp"),
    authorization=CHOSEN,
)


def test_the_choices_survive_a_restart(tmp_path: Path) -> None:
    first = StateStore.open(tmp_path / "state.db")
    first.save_server(WEB)
    first.close()
    second = StateStore.open(tmp_path / "state.db")
    assert second.servers() == (WEB,)
    second.close()


def test_a_server_of_an_older_version_gets_the_strict_choices(tmp_path: Path) -> None:
    old = open_database(tmp_path / "state.db", STATE_MIGRATIONS[:1])
    old.execute(
        "INSERT INTO server (key, title, endpoint, builtin, place) "
        "VALUES ('web', 'Web', '{\"http\": \"https://a/mcp\"}', 0, 1)"
    )
    old.close()
    store = StateStore.open(tmp_path / "state.db")
    assert store.servers()[0].authorization == AuthorizationSettings()
    assert store.servers()[0].max_message is None
    store.close()


def test_only_what_differs_from_the_strict_default_is_written() -> None:
    assert authorization_to_json(AuthorizationSettings()) == {}
    assert authorization_from_json(authorization_to_json(CHOSEN)) == CHOSEN


@pytest.mark.parametrize(
    "damaged", [[], "x", {"pkce_unstated": 1}, {"client_id": None}, {"unknown": True}]
)
def test_damaged_choices_are_a_storage_error(damaged: object) -> None:
    with pytest.raises(StorageError, match="sign-in settings"):
        authorization_from_json(damaged)  # pyright: ignore[reportArgumentType]
