"""core → ui: what has happened, as frozen values in the past tense. They cross threads by one
signal, in order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from mcphost.domain.app_grant import WantedGrant
from mcphost.domain.app_tool import AppTool
from mcphost.domain.conversation import ContextShelfItem, Item
from mcphost.domain.ids import ConversationId, ItemId, RequestId, ServerKey, ViewId
from mcphost.domain.kill import Kill
from mcphost.domain.summaries import AuditLine, ServerSummary
from mcphost.domain.template import TemplatePin, TemplateReview
from mcphost.domain.view import DisplayMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerChanged:
    """A server was added, connected, failed or changed its tools."""

    summary: ServerSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRemoved:
    """A server is no longer configured."""

    key: ServerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChanged:
    """A template was fetched or reviewed."""

    review: TemplateReview


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChanged:
    """A conversation item is new or has a new value."""

    conversation: ConversationId
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOffered:
    """An App asked to say something for the person (`ui/message`): it becomes a draft, never a
    message.
    """

    conversation: ConversationId
    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextShelfChanged:
    """What Apps have put on the context shelf of a conversation."""

    conversation: ConversationId
    items: tuple[ContextShelfItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOpened:
    """A View may be mounted now: its call was approved and its template is on its pin."""

    view: ViewId
    conversation: ConversationId
    item: ItemId
    launch: object = field(repr=False)
    """The `policy.launch.ViewLaunch` to mount it with; this layer is below that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPosted:
    """A JSON-RPC message for a View's channel."""

    view: ViewId
    text: str
    wakes: bool = False
    """It has to be answered: an App that sleeps is woken for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewResized:
    """A View asked for a height; already clamped. CSS pixels, to be applied exactly."""

    view: ViewId
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewInitialized:
    """A View finished the Apps handshake. *modes* are those it says it can be shown in; None when
    it says nothing about it.
    """

    view: ViewId
    modes: tuple[DisplayMode, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewModeAllowed:
    """A View asked to be shown in another mode, and may: whoever shows it does it, and tells the
    core its new environment.
    """

    view: ViewId
    mode: DisplayMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewEnding:
    """A View is asked to put its things away: if it sleeps, it must wake up to answer."""

    view: ViewId


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewClosed:
    """A View is over: the sandbox must be torn down. *reason* is for a person."""

    view: ViewId
    reason: str
    discarded: bool = False
    """It made room for another, and may come back by itself when a person looks at its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppWantsGrant:
    """A live View was stopped for want of a grant: say so where it is, with the way to grant it."""

    wanted: WantedGrant


@dataclass(frozen=True, slots=True, kw_only=True)
class AppToolsChanged:
    """The tools that a live View offers itself: all of them now, none when it is gone."""

    view: ViewId
    conversation: ConversationId
    tools: tuple[AppTool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGrantsChanged:
    """What the Apps of one template may do has changed."""

    pin: TemplatePin


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWithdrawn:
    """A consent or elicitation question ended without its dialog (deadline, teardown, shutdown):
    close it.
    """

    request: RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAppended:
    """A row is durable."""

    line: AuditLine


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitchChanged:
    """The kill switch was turned on or off: everything that is stopped now."""

    kills: tuple[Kill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReported:
    """Something outside any conversation went wrong; what, where and what to do."""

    text: str


Event: TypeAlias = (
    ServerChanged
    | ServerRemoved
    | TemplateChanged
    | ItemChanged
    | DraftOffered
    | ContextShelfChanged
    | ViewOpened
    | ViewPosted
    | ViewResized
    | ViewInitialized
    | ViewModeAllowed
    | ViewEnding
    | ViewClosed
    | AppWantsGrant
    | AppToolsChanged
    | AppGrantsChanged
    | QuestionWithdrawn
    | AuditAppended
    | KillSwitchChanged
    | ProblemReported
)
