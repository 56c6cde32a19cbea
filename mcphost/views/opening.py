"""What a View is opened with, and what the deck needs of the rest of the house."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mcphost.domain.app_grant import KEPT_BYTES, AppGrant
from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ConversationId, ItemId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.labels import Label
from mcphost.domain.ports import AuditSink, EventSink, FileSaver
from mcphost.domain.recording import Recording
from mcphost.domain.sampling import SamplingModel
from mcphost.domain.server import ServerConfig
from mcphost.domain.template import TemplatePin, TemplateSource
from mcphost.domain.tool import Tool
from mcphost.gate.path import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOpening:
    """One View to open: its call was approved, its template is on its pin."""

    conversation: ConversationId
    item: ItemId
    server: ServerConfig
    tool: Tool
    source: TemplateSource
    arguments: JsonObject
    recording: Recording | None = None
    """Played instead of having its requests done: then nothing of the View leaves the host."""
    carried: frozenset[AppGrant] = frozenset()
    """What was given to the View whose place this one takes."""
    returned: bool = False
    """It comes back by itself, after it had made room for others (decision 0021)."""


class Spawn(Protocol):
    """Starts an owned background task (`Runtime.spawn`)."""

    def __call__(self, work: Coroutine[Any, Any, object], *, name: str) -> Any:
        """Start *work*."""
        ...


class Keeping(Protocol):
    """Has the folders in which Apps keep what they store (`storage.kept`)."""

    def take(self, pin: TemplatePin) -> Path:
        """The folder for one View, until it is released. Raises `UserFacingError`."""
        ...

    def size(self, folder: Path) -> int:
        """Bytes that lie there; any thread."""
        ...

    def release(self, folder: Path) -> None:
        """The View that had it is over."""
        ...


def _nothing(_pin: TemplatePin) -> tuple[AppGrant, ...]:
    return ()


def _unnoticed(_view: ViewId) -> None:
    """Nobody wants to know."""


def _no_model() -> None:
    """Direct mode."""


async def _unchecked(_schema: JsonObject, what: str) -> None:
    raise ProtocolViolation(f"{what} cannot be checked: nobody is here to do it")


async def _ended(_server: ServerKey, _names: frozenset[str]) -> None:
    """Nobody granted anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewWorld:
    """Everything a View's controller may reach. *clock* is monotonic seconds."""

    gate: Gate
    audit: AuditSink
    events: EventSink
    spawn: Spawn
    clock: Callable[[], float]
    tools: Callable[[ServerKey], tuple[Tool, ...]]
    advertises: Callable[[ServerKey, str], bool]
    """Whether a connected server says that it has `resources`, `prompts`, …"""
    open_link: Callable[[str], None]
    on_message: Callable[[ConversationId, ViewId, str, str, Label], None]
    """(conversation, view, source, text, label): offer a draft."""
    on_context: Callable[[ConversationId, ViewId, str, str, Label], Awaitable[None]]
    """(conversation, view, source, text, label): put text on the context shelf; empty text clears
    it. Raises `UserFacingError` when it may not.
    """
    on_trouble: Callable[[ConversationId, ItemId, ViewId, str, bool], Awaitable[None]]
    """(conversation, item, view, sentence, fatal): tell the person, and the model, in place."""
    host_version: str
    standing: Callable[[ViewOpening], bool]
    """Whether an opening is still good: its template on its approved pin, its server configured."""
    require_running: Callable[[ViewOpening], None]
    """Raises `KillSwitchOn` while what would be opened is stopped."""
    grants: Callable[[TemplatePin], tuple[AppGrant, ...]] = _nothing
    """What a person gave to the Apps of a template, and keeps."""
    wall: Callable[[], float] = time.time
    """Unix seconds."""
    keeping: Keeping | None = None
    kept_bytes: int = KEPT_BYTES
    """What one App may keep."""
    model: Callable[[], SamplingModel | None] = _no_model
    """The model that an App may ask, if there is one."""
    used: Callable[[ViewId], None] = _unnoticed
    """A person has just used a View."""
    usable_schema: Callable[[JsonObject, str], Awaitable[None]] = _unchecked
    """(schema, what): raise `ProtocolViolation` for a schema that nothing can be checked by."""
    tools_ended: Callable[[ServerKey, frozenset[str]], Coroutine[Any, Any, object]] = _ended
    """(server, names for grants): tools of an App are gone; what was granted for them ends."""
    list_pause: float = 1.0
    """Seconds before an App is asked for its tools again; each time longer."""
    call_seconds: float = 30.0
    """How long an App may take to answer a call of its own tool (Apps draft, "App-provided
    tools")."""
    save_file: FileSaver | None = None
    """None: this run saves no files for anybody."""
    initialize_seconds: float = 10.0
    teardown_seconds: float = 1.0
