"""A tool and a server, as the host understands them after parsing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.ids import Digest, ServerKey
from mcphost.domain.json import JsonObject


class Effect(StrEnum):
    """Effect class. It comes from local policy and review; server text may raise it, never lower
    it.
    """

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    UNKNOWN = "unknown"


class PinState(StrEnum):
    """How the definition that a server offers now stands to the one a person has seen."""

    PINNED = "pinned"
    UNSEEN = "unseen"
    """Nobody has looked at it."""
    CHANGED = "changed"
    """It is another one: suspended until a person has seen the difference."""


class Era(StrEnum):
    """Which protocol family a server speaks."""

    MODERN = "modern"
    LEGACY = "legacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A parsed tool definition. Text fields are the server's own words: show them as plain text."""

    server: ServerKey
    name: str
    title: str
    description: str
    input_schema: JsonObject
    output_schema: JsonObject | None
    annotations: JsonObject
    ui_resource: str | None
    """`ui://…` of the declared template, or None."""
    visible_to_model: bool
    visible_to_app: bool
    definition: JsonObject
    """The whole definition as received."""
    definition_digest: Digest
    """Over `pinned_part` of it: what pins, grants and effect classes are about."""
    header_parameters: tuple[tuple[tuple[str, ...], str], ...] = ()
    """`x-mcp-header`: (property path, header name) pairs, checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """What a server said of itself when it was connected. *name* and *version* prove nothing."""

    era: Era
    protocol_version: str
    name: str
    version: str
    capabilities: JsonObject
    instructions: str


def pinned_part(definition: JsonObject) -> JsonObject:
    """Everything in *definition* but pictures, and the `_meta` of other people's extensions: those
    are neither shown nor told to a model, and some servers put the time of day there.
    """
    kept = {name: value for name, value in definition.items() if name not in {"icons", "_meta"}}
    meta = definition.get("_meta")
    if not isinstance(meta, Mapping):
        return kept
    ours = {name: value for name, value in meta.items() if name == "ui" or name.startswith("ui/")}
    return {**kept, "_meta": ours} if ours else kept
