"""Read-only pictures of the core's state, for the window and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Effect, ServerInfo, Tool


class Link(StrEnum):
    """Whether a server can be used right now."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSummary:
    """One line of the servers pane. *problem* says what is wrong and what to do."""

    config: ServerConfig
    link: Link
    info: ServerInfo | None = None
    problem: str = ""
    tools: int = 0
    templates_pending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSummary:
    """A tool with the effect class the host (not the server) gave it."""

    tool: Tool
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One row of the audit log as the activity pane lists it. *text* is one sanitised sentence."""

    seq: int
    at: str
    """RFC 3339, UTC."""
    kind: str
    principal: str
    lineage: str
    server: str
    view: str
    invocation: str
    text: str
    refused: bool
    body: bytes
    """The exact canonical row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """Which model, if any. The key lives in the keyring, never here."""

    provider: str
    """`none`, `anthropic` or `openai-compatible`."""
    model: str
    base_url: str
    has_key: bool
