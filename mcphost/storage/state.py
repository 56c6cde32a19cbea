"""What the host remembers between runs, in `state.db`: servers, settings, eras, effect classes,
conversations. Reviews of templates live in the same file and are read and written by
`mcphost.templates`.

Law: every write is durable when the call returns; what is read back is parsed into domain types or
is a `StorageError`. Calls are short and synchronous; the loop thread makes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

from mcphost.domain.conversation import ConversationSummary, Item
from mcphost.domain.errors import StorageError
from mcphost.domain.ids import ConversationId, Digest, ItemId, ServerKey
from mcphost.domain.json import Json
from mcphost.domain.server import Endpoint, HttpEndpoint, ServerConfig, StdioCommand
from mcphost.domain.sizes import is_message_size
from mcphost.domain.tool import Effect
from mcphost.storage.app_grants import AppGrantBook
from mcphost.storage.authorization import authorization_from_json, authorization_to_json
from mcphost.storage.database import Database, open_database
from mcphost.storage.eras import EraBook
from mcphost.storage.grants import GrantTable
from mcphost.storage.items import item_from_json, item_to_json
from mcphost.storage.migrations import STATE_MIGRATIONS
from mcphost.storage.pins import PinTable
from mcphost.storage.tasks import TaskBook

_SERVER = "key, title, endpoint, builtin, authorization, max_message"


class StateStore:
    """The tables of `state.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.eras = EraBook(database)
        self.grants = GrantTable(database)
        self.pins = PinTable(database)
        self.tasks = TaskBook(database)
        self.app_grants = AppGrantBook(database)

    @staticmethod
    def open(path: Path) -> StateStore:
        """Open or create the file. Raises `StorageError`."""
        return StateStore(open_database(path, STATE_MIGRATIONS))

    @property
    def database(self) -> Database:
        """The file itself, for the templates room."""
        return self._database

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # Servers

    def servers(self) -> tuple[ServerConfig, ...]:
        """Every configured server, oldest first."""
        rows = self._database.execute(f"SELECT {_SERVER} FROM server ORDER BY place")
        return tuple(_server(row) for row in rows)

    def server(self, key: ServerKey) -> ServerConfig | None:
        """The server called *key*."""
        rows = self._database.execute(f"SELECT {_SERVER} FROM server WHERE key = ?", (key,))
        return _server(rows[0]) if rows else None

    def save_server(self, config: ServerConfig) -> None:
        """Add *config*, or replace the server with its key (it keeps its place)."""
        self._database.execute(
            f"INSERT INTO server ({_SERVER}, place) "
            "VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM server)) "
            "ON CONFLICT (key) DO UPDATE SET title = excluded.title, endpoint = excluded.endpoint, "
            "builtin = excluded.builtin, authorization = excluded.authorization, "
            "max_message = excluded.max_message",
            (
                config.key,
                config.title,
                _dump(_endpoint_to_json(config.endpoint)),
                config.builtin,
                _dump(authorization_to_json(config.authorization)),
                config.max_message,
            ),
        )

    def remove_server(self, key: ServerKey) -> None:
        """Forget the server called *key*; what is known of its identity stays."""
        self._database.execute("DELETE FROM server WHERE key = ?", (key,))

    # Settings

    def setting(self, name: str, default: Json = None) -> Json:
        """The value of the setting *name*, or *default*."""
        rows = self._database.execute("SELECT value FROM setting WHERE name = ?", (name,))
        return _load(rows[0][0]) if rows else default

    def set_setting(self, name: str, value: Json) -> None:
        """Remember *value* under *name*."""
        self._database.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, _dump(value)),
        )

    def delete_setting(self, name: str) -> None:
        """Forget the setting *name*; a missing one is fine."""
        self._database.execute("DELETE FROM setting WHERE name = ?", (name,))

    # Effect classes

    def effect(self, identity: Digest, definition: Digest) -> Effect | None:
        """The local effect class of one exact tool definition; None when nobody classified it."""
        rows = self._database.execute(
            "SELECT effect FROM effect WHERE server_identity = ? AND definition = ?",
            (identity, definition),
        )
        return _effect(rows[0][0]) if rows else None

    def effects(self, identity: Digest) -> Mapping[Digest, Effect]:
        """Every classified tool definition of one server."""
        rows = self._database.execute(
            "SELECT definition, effect FROM effect WHERE server_identity = ?", (identity,)
        )
        return {Digest(definition): _effect(effect) for definition, effect in rows}

    def set_effect(self, identity: Digest, definition: Digest, effect: Effect) -> None:
        """Classify one exact tool definition. A changed definition is a new, unclassified one."""
        self._database.execute(
            "INSERT INTO effect (server_identity, definition, effect) VALUES (?, ?, ?) "
            "ON CONFLICT (server_identity, definition) DO UPDATE SET effect = excluded.effect",
            (identity, definition, effect.value),
        )

    # Conversations

    def conversations(self) -> tuple[ConversationSummary, ...]:
        """Every conversation, the last used first."""
        rows = self._database.execute(
            "SELECT id, title, updated_at FROM conversation ORDER BY updated_at DESC, id"
        )
        return tuple(
            ConversationSummary(id=ConversationId(ident), title=title, updated_at=at)
            for ident, title, at in rows
        )

    def save_conversation(self, summary: ConversationSummary) -> None:
        """Add a conversation, or rename and touch the one with its id."""
        self._database.execute(
            "INSERT INTO conversation (id, title, updated_at) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET title = excluded.title, "
            "updated_at = excluded.updated_at",
            (summary.id, summary.title, summary.updated_at),
        )

    def delete_conversation(self, conversation: ConversationId) -> None:
        """Delete a conversation with everything in it."""
        self._database.execute("DELETE FROM conversation WHERE id = ?", (conversation,))

    def items(self, conversation: ConversationId) -> tuple[Item, ...]:
        """The items of a conversation, oldest first; empty for an unknown conversation."""
        rows = self._database.execute(
            "SELECT body FROM item WHERE conversation = ? ORDER BY place", (conversation,)
        )
        return tuple(item_from_json(_load(body)) for (body,) in rows)

    def item(self, conversation: ConversationId, item: ItemId) -> Item | None:
        """One item of a conversation."""
        rows = self._database.execute(
            "SELECT body FROM item WHERE conversation = ? AND id = ?", (conversation, item)
        )
        return item_from_json(_load(rows[0][0])) if rows else None

    def save_item(self, conversation: ConversationId, item: Item, *, at: float) -> None:
        """Add *item*, or replace the one with its id (it keeps its place). The conversation is
        touched at *at* (Unix seconds). Raises `StorageError` when there is no such conversation.
        """
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO item (conversation, id, body) VALUES (?, ?, ?) "
                "ON CONFLICT (conversation, id) DO UPDATE SET body = excluded.body",
                (conversation, item.id, _dump(item_to_json(item))),
            )
            self._database.execute(
                "UPDATE conversation SET updated_at = max(updated_at, ?) WHERE id = ?",
                (at, conversation),
            )


def _endpoint_to_json(endpoint: Endpoint) -> Json:
    match endpoint:
        case HttpEndpoint(url=url):
            return {"http": url}
        case StdioCommand(argv=argv, env=env, cwd=cwd):
            return {"stdio": list(argv), "env": [list(pair) for pair in env], "cwd": cwd}
        case _:
            assert_never(endpoint)


def _endpoint_from_json(value: Json) -> Endpoint:
    match value:
        case {"http": str(url)}:
            return HttpEndpoint(url=url)
        case {"stdio": [*argv], "env": [*env], "cwd": str() | None as cwd}:
            return StdioCommand(argv=_texts(argv), env=tuple(_pair(one) for one in env), cwd=cwd)
        case _:
            raise StorageError("a stored server has an endpoint that cannot be read.")


def _texts(values: list[Json]) -> tuple[str, ...]:
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise StorageError("a stored server has an endpoint that cannot be read.")
    return texts


def _pair(value: Json) -> tuple[str, str]:
    match value:
        case [str(name), str(text)]:
            return (name, text)
        case _:
            raise StorageError("a stored server has an environment that cannot be read.")


def _server(row: tuple[Any, ...]) -> ServerConfig:
    key, title, endpoint, builtin, authorization, max_message = row
    if max_message is not None and not is_message_size(max_message):
        raise StorageError("a stored server has a size of messages that cannot be.")
    return ServerConfig(
        key=ServerKey(key),
        title=title,
        endpoint=_endpoint_from_json(_load(endpoint)),
        builtin=bool(builtin),
        authorization=authorization_from_json(_load(authorization)),
        max_message=max_message,
    )


def _effect(value: str) -> Effect:
    try:
        return Effect(value)
    except ValueError as error:
        raise StorageError("a stored effect class is none that this version knows.") from error


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _load(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StorageError("a stored value is not JSON.") from error
