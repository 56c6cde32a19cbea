"""Which tasks servers may still be working on, by the run that began them.

Law: a ticket is durable before its task is looked at for the first time, so that the end of this
program is not the end of what a server does for a person. It is no permission: whoever looks again
walks the path again. Called on a worker thread by `mcphost.chat.watch`.
"""

from __future__ import annotations

from mcphost.domain.ids import ConversationId, Digest, ItemId, ServerKey
from mcphost.domain.task import TaskTicket
from mcphost.storage.database import Database


class TaskBook:
    """The `task` table of `state.db`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, conversation: ConversationId, item: ItemId, ticket: TaskTicket) -> None:
        """Remember the task of a run; durable when this returns. Raises `StorageError`."""
        self._database.execute(
            "INSERT OR REPLACE INTO task (conversation, item, server_key, server_identity, "
            "context, definition, task, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                conversation,
                item,
                ticket.server,
                ticket.identity,
                ticket.context,
                ticket.definition,
                ticket.id,
                ticket.created_at,
            ),
        )

    def find(self, conversation: ConversationId, item: ItemId) -> TaskTicket | None:
        """The task of a run, while it may be running."""
        rows = self._database.execute(
            "SELECT server_key, server_identity, context, definition, task, created_at "
            "FROM task WHERE conversation = ? AND item = ?",
            (conversation, item),
        )
        if not rows:
            return None
        server, identity, context, definition, task, at = rows[0]
        return TaskTicket(
            server=ServerKey(server),
            identity=Digest(identity),
            context=context,
            definition=Digest(definition),
            id=task,
            created_at=at,
        )

    def forget(self, conversation: ConversationId, item: ItemId) -> None:
        """The task is over; a missing one is fine."""
        self._database.execute(
            "DELETE FROM task WHERE conversation = ? AND item = ?", (conversation, item)
        )
