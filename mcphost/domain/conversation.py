"""A conversation as the chat pane shows it: immutable items, replaced whole when they change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from mcphost.domain.ids import ConversationId, InvocationId, ItemId, ServerKey, ShelfKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.labels import UNKNOWN, Label


class RunState(StrEnum):
    """Where a tool run is on the path."""

    DECIDING = "deciding"
    WAITING_FOR_CONSENT = "waiting_for_consent"
    RUNNING = "running"
    WAITING_FOR_INPUT = "waiting_for_input"
    WAITING_FOR_SIGN_IN = "waiting_for_sign_in"
    """The person's browser is open at an authorization server."""
    WORKING = "working"
    """The server has taken the call as a task and is followed."""
    NEEDS_ANSWER = "needs_answer"
    """A task asks something; it waits until the person opens the question."""
    TASK_LEFT = "task_left"
    """The server may still be working on a task that nobody follows now."""
    DONE = "done"
    TOOL_ERROR = "tool_error"
    """The tool itself said `isError`."""
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ViewState(StrEnum):
    """Whether a run's App is drawn, and why not."""

    NONE = "none"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"
    OPENING = "opening"
    LIVE = "live"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWork:
    """What a server says while it works on a call. *message* is its own, sanitised."""

    message: str = ""
    done: float | None = None
    total: float | None = None
    since: float = 0.0
    """Unix seconds."""
    task: bool = False
    """Whether it has made a task of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserText:
    """Something the person sent. *label* also names whose words the person passed on."""

    id: ItemId
    text: str
    label: Label = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelText:
    """Something the model said, perhaps still growing."""

    id: ItemId
    model: str
    text: str
    done: bool
    label: Label = UNKNOWN
    """The join of all that the model had been told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """One tool call and, where the tool declares an App, its View."""

    id: ItemId
    invocation: InvocationId
    server: ServerKey
    server_title: str
    tool: str
    title: str
    by: str
    """Principal kind, in words: `you`, `the model`, `App …`."""
    arguments: JsonObject
    state: RunState
    changed: bool = False
    """Whether the person put other *arguments* in than were asked about."""
    text: str = ""
    """The result's text fallback, or the error; plain text, sanitised."""
    result: JsonObject | None = None
    view: ViewId | None = None
    view_state: ViewState = ViewState.NONE
    view_note: str = ""
    """Why there is no View, in words."""
    work: ServerWork | None = None
    """What the server says it is doing, while it is."""
    server_identity: str = ""
    """`ServerConfig.identity` of the server that was called: the alias may be given to another.
    Empty when it is not known.
    """
    label: Label = UNKNOWN
    """Of what stands in *text* and *result*: the server's from the moment that it is asked."""
    app: str = ""
    """What the live App called itself whose own tool it was; empty for a tool of the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The host's own word in a conversation: a refusal, a shelf item, a draft offered by an App."""

    id: ItemId
    text: str
    level: str = "info"
    """`info`, `warning` or `error`."""


Item: TypeAlias = UserText | ModelText | ToolRun | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """One line of the conversation list."""

    id: ConversationId
    title: str
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextShelfItem:
    """Context beside a conversation: what an App put there (`ui/update-model-context`), or a
    resource that the person attached. Visible, attributed, removable.
    """

    key: ShelfKey
    source: str
    text: str
    label: Label = UNKNOWN
    at: float = 0.0
    """When it was put there; Unix seconds."""
    earlier: tuple[tuple[float, str], ...] = ()
    """What it said before, newest first: when, and the text. It is not told to a model."""
