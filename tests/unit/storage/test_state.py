"""What is remembered between runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mcphost.domain.conversation import ConversationSummary, Notice, UserText
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ConversationId, Digest, ItemId, ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.sizes import MIB
from mcphost.domain.tool import Effect, Era
from mcphost.storage.state import StateStore

WEB = ServerConfig(key=ServerKey("web"), title="Web", endpoint=HttpEndpoint(url="https://a/mcp"))
LOCAL = ServerConfig(
    key=ServerKey("local"),
    title="Local",
    endpoint=StdioCommand(argv=("run", "it"), env=(("A", "b"), ("C", "")), cwd="/tmp"),
    builtin=True,
)
TALK = ConversationId("talk")
ONE, TWO = Digest("1" * 64), Digest("2" * 64)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    opened = StateStore.open(tmp_path / "state.db")
    yield opened
    opened.close()


def test_servers_survive_a_restart_in_their_order(tmp_path: Path) -> None:
    first = StateStore.open(tmp_path / "state.db")
    first.save_server(WEB)
    first.save_server(LOCAL)
    first.close()
    second = StateStore.open(tmp_path / "state.db")
    assert second.servers() == (WEB, LOCAL)
    assert second.server(WEB.key) == WEB
    second.close()


def test_a_saved_server_is_replaced_in_place_and_can_be_removed(store: StateStore) -> None:
    store.save_server(WEB)
    store.save_server(LOCAL)
    renamed = ServerConfig(key=WEB.key, title="Renamed", endpoint=WEB.endpoint)
    store.save_server(renamed)
    assert store.servers() == (renamed, LOCAL)
    store.remove_server(WEB.key)
    assert store.servers() == (LOCAL,)
    assert store.server(WEB.key) is None


def test_the_size_of_messages_is_kept_with_the_server(store: StateStore) -> None:
    assert store.servers() == ()
    roomy = replace(WEB, max_message=32 * MIB)
    store.save_server(roomy)
    store.save_server(LOCAL)
    assert store.servers() == (roomy, LOCAL)
    store.save_server(WEB)
    assert store.server(WEB.key) == WEB


def test_a_stored_size_out_of_bounds_is_said(store: StateStore) -> None:
    store.save_server(replace(WEB, max_message=1))
    with pytest.raises(StorageError, match="size of messages"):
        store.servers()


def test_settings_keep_any_json(store: StateStore) -> None:
    assert store.setting("model", "none") == "none"
    store.set_setting("model", {"provider": "x", "list": [1, None, True]})
    store.set_setting("theme", None)
    assert store.setting("model") == {"provider": "x", "list": [1, None, True]}
    assert store.setting("theme", "dark") is None
    store.delete_setting("model")
    assert store.setting("model") is None


@pytest.mark.requirement("MCP-035")
def test_an_era_is_remembered_for_each_identity(store: StateStore) -> None:
    store.eras.remember(WEB.identity, Era.LEGACY, "2025-06-18")
    store.eras.remember(WEB.identity, Era.MODERN, "2026-07-28")
    assert store.eras.remembered(WEB.identity) is Era.MODERN
    assert store.eras.protocol_version(WEB.identity) == "2026-07-28"
    assert store.eras.remembered(LOCAL.identity) is None
    store.eras.forget(WEB.identity)
    assert store.eras.remembered(WEB.identity) is None


def test_an_effect_belongs_to_one_exact_definition_of_one_server(store: StateStore) -> None:
    store.set_effect(WEB.identity, ONE, Effect.WRITE)
    store.set_effect(WEB.identity, ONE, Effect.READ)
    assert store.effect(WEB.identity, ONE) is Effect.READ
    assert store.effect(WEB.identity, TWO) is None
    assert store.effect(LOCAL.identity, ONE) is None
    assert store.effects(WEB.identity) == {ONE: Effect.READ}


def test_items_keep_their_place_when_they_change(store: StateStore) -> None:
    store.save_conversation(ConversationSummary(id=TALK, title="Talk", updated_at=1.0))
    first, second = UserText(id=ItemId("1"), text="a"), Notice(id=ItemId("2"), text="b")
    store.save_item(TALK, first, at=2.0)
    store.save_item(TALK, second, at=3.0)
    changed = UserText(id=ItemId("1"), text="changed")
    store.save_item(TALK, changed, at=2.5)
    assert store.items(TALK) == (changed, second)
    assert store.item(TALK, ItemId("2")) == second
    assert store.item(TALK, ItemId("3")) is None
    assert [talk.updated_at for talk in store.conversations()] == [3.0]


def test_the_last_used_conversation_comes_first(store: StateStore) -> None:
    for name, at in (("a", 1.0), ("b", 2.0)):
        summary = ConversationSummary(id=ConversationId(name), title=name, updated_at=at)
        store.save_conversation(summary)
    store.save_item(ConversationId("a"), UserText(id=ItemId("1"), text="x"), at=9.0)
    assert [talk.id for talk in store.conversations()] == ["a", "b"]


def test_deleting_a_conversation_deletes_what_was_said(store: StateStore) -> None:
    store.save_conversation(ConversationSummary(id=TALK, title="Talk", updated_at=1.0))
    store.save_item(TALK, UserText(id=ItemId("1"), text="a"), at=2.0)
    store.delete_conversation(TALK)
    assert store.items(TALK) == ()
    assert store.database.execute("SELECT count(*) FROM item") == [(0,)]


def test_an_item_without_its_conversation_is_refused(store: StateStore) -> None:
    with pytest.raises(StorageError, match="FOREIGN KEY"):
        store.save_item(TALK, UserText(id=ItemId("1"), text="a"), at=2.0)


def test_what_was_damaged_is_a_storage_error(store: StateStore) -> None:
    store.save_server(WEB)
    store.set_effect(ONE, TWO, Effect.READ)
    store.eras.remember(ONE, Era.MODERN)
    for endpoint in ("{", '{"http": 1}', '{"stdio": [1], "env": [], "cwd": null}'):
        store.database.execute("UPDATE server SET endpoint = ?", (endpoint,))
        with pytest.raises(StorageError):
            store.servers()
    store.database.execute("UPDATE effect SET effect = 'harmless'")
    store.database.execute("UPDATE era SET era = 'future'")
    with pytest.raises(StorageError):
        store.effect(ONE, TWO)
    with pytest.raises(StorageError):
        store.eras.remembered(ONE)


def test_reviews_are_keyed_by_identity_uri_content_and_meta(store: StateStore) -> None:
    columns = store.database.execute("PRAGMA table_info(template_review)")
    key = [name for _, name, _, _, _, place in columns if place]
    assert key == ["server_identity", "uri", "content", "meta"]
