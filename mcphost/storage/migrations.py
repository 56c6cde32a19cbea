"""The formats of `state.db`, oldest first. Entries are only ever appended, never edited."""

from __future__ import annotations

STATE_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE server (
        key TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        builtin INTEGER NOT NULL,
        place INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE era (
        server_identity TEXT PRIMARY KEY,
        era TEXT NOT NULL,
        protocol_version TEXT NOT NULL
    ) STRICT;
    CREATE TABLE effect (
        server_identity TEXT NOT NULL,
        definition TEXT NOT NULL,
        effect TEXT NOT NULL,
        PRIMARY KEY (server_identity, definition)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE conversation (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        updated_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE item (
        place INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (conversation, id)
    ) STRICT;
    CREATE TABLE template_review (
        server_key TEXT NOT NULL,
        server_identity TEXT NOT NULL,
        uri TEXT NOT NULL,
        content TEXT NOT NULL,
        meta TEXT NOT NULL,
        state TEXT NOT NULL,
        size INTEGER NOT NULL,
        fetched_at REAL NOT NULL,
        declared TEXT NOT NULL,
        untrusted_meta TEXT NOT NULL,
        findings TEXT NOT NULL,
        reviewed_at REAL,
        reviewer TEXT,
        supersedes TEXT,
        PRIMARY KEY (server_identity, uri, content, meta)
    ) STRICT;
    """,
    """
    ALTER TABLE server ADD COLUMN authorization TEXT NOT NULL DEFAULT '{}';
    """,
    """
    ALTER TABLE server ADD COLUMN max_message INTEGER;
    """,
    """
    CREATE TABLE task (
        conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        item TEXT NOT NULL,
        server_key TEXT NOT NULL,
        server_identity TEXT NOT NULL,
        context TEXT NOT NULL,
        definition TEXT NOT NULL,
        task TEXT NOT NULL,
        created_at REAL NOT NULL,
        PRIMARY KEY (conversation, item)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE tool_grant (
        id TEXT PRIMARY KEY,
        principal TEXT NOT NULL,
        ident TEXT NOT NULL,
        server_key TEXT NOT NULL,
        server_identity TEXT NOT NULL,
        tool TEXT NOT NULL,
        definition TEXT NOT NULL,
        policy TEXT NOT NULL,
        tier INTEGER NOT NULL,
        words TEXT NOT NULL,
        constraints TEXT NOT NULL,
        issued_at REAL NOT NULL,
        expires_at REAL NOT NULL,
        max_uses INTEGER NOT NULL,
        uses INTEGER NOT NULL,
        used_at REAL,
        ended_at REAL,
        ended TEXT NOT NULL
    ) STRICT;
    CREATE INDEX tool_grant_of ON tool_grant (server_identity, tool);
    CREATE TABLE tool_pin (
        server_identity TEXT NOT NULL,
        tool TEXT NOT NULL,
        digest TEXT NOT NULL,
        definition TEXT NOT NULL,
        pinned_at REAL NOT NULL,
        reviewer TEXT NOT NULL,
        offered_digest TEXT,
        offered TEXT,
        offered_at REAL,
        PRIMARY KEY (server_identity, tool)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE app_grant (
        server_identity TEXT NOT NULL,
        uri TEXT NOT NULL,
        content TEXT NOT NULL,
        meta TEXT NOT NULL,
        name TEXT NOT NULL,
        given_at REAL NOT NULL,
        given_by TEXT NOT NULL,
        PRIMARY KEY (server_identity, uri, content, meta, name)
    ) STRICT, WITHOUT ROWID;
    """,
)
