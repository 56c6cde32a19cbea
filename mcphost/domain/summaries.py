"""Read-only pictures of the core's state, for the window and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.app_tool import AppTool
from mcphost.domain.budget import USUAL, Limits
from mcphost.domain.pin import ToolPin
from mcphost.domain.server import ServerConfig
from mcphost.domain.tool import Effect, ServerInfo, Tool


class Link(StrEnum):
    """Whether a server can be used right now."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    FAILED = "failed"


class AccountState(StrEnum):
    """How a person stands with a server."""

    NONE = "none"
    NEEDED = "needed"
    """The server wants a sign-in, or more than the last one gave."""
    WAITING = "waiting"
    """The person's browser is open at the authorization server."""
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A sign-in, without its secrets. *issuer* is empty when nobody is signed in."""

    state: AccountState
    issuer: str = ""
    scopes: tuple[str, ...] = ()
    until: float = 0.0
    """Unix seconds; 0: not said."""
    renewable: bool = False
    """Whether it is renewed in silence when it expires."""
    kept: bool = False
    """Whether it outlives the program (in the keyring)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSummary:
    """One line of the servers pane. *problem* says what is wrong and what to do."""

    config: ServerConfig
    link: Link
    info: ServerInfo | None = None
    problem: str = ""
    tools: int = 0
    tools_suspended: int = 0
    """Tools that the server changed and nobody has looked at since."""
    tools_digest: str = ""
    """Over their definitions, effect classes and pins: another one means to read them anew."""
    templates_pending: int = 0
    account: Account | None = None
    """None for a local program, to which nobody signs in."""
    limits: Limits = USUAL
    """What it and each of its Apps may be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSummary:
    """A tool with the effect class the host (not the server) gave it."""

    tool: Tool
    effect: Effect
    pin: ToolPin | None = None
    """How it is remembered; None when it is not."""
    app: AppTool | None = None
    """The live App that offers it itself; None for a tool of the server."""


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
