"""How each kind of record reads as one row of a list. Pure; the models of every list are made here.

Called by panes, on the main thread.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject

from mcphost.domain.app_tool import AppTool
from mcphost.domain.conversation import ConversationSummary
from mcphost.domain.principal import USER
from mcphost.domain.server import describe
from mcphost.domain.summaries import AccountState, Link, ServerSummary, ToolSummary
from mcphost.domain.template import ReviewState, TemplateReview
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect, Era, ServerInfo
from mcphost.domain.view import ViewSummary
from ui.models.records import Line, RecordModel

LINK_TONES = {
    Link.ONLINE: "success",
    Link.CONNECTING: "info",
    Link.OFFLINE: "neutral",
    Link.FAILED: "danger",
}
EFFECT_TONES = {
    Effect.READ: "success",
    Effect.WRITE: "warning",
    Effect.DESTRUCTIVE: "danger",
    Effect.UNKNOWN: "warning",
}
REVIEW_TONES = {
    ReviewState.PENDING: "warning",
    ReviewState.APPROVED: "success",
    ReviewState.REJECTED: "danger",
}
_REVIEW_ORDER = {ReviewState.PENDING: 0, ReviewState.APPROVED: 1, ReviewState.REJECTED: 2}


def era_text(info: ServerInfo) -> str:
    """`2026-07-28 · stateless`, or `legacy 2025-11-25`."""
    version = one_line(info.protocol_version, limit=20)
    return f"{version} · stateless" if info.era is Era.MODERN else f"legacy {version}"


def count_text(count: int, noun: str) -> str:
    """`1 tool`, `3 tools`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size_text(size: int) -> str:
    """*size* bytes as a person reads it."""
    if size < 1024:
        return count_text(size, "byte")
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KiB"
    return f"{size / (1024 * 1024):.1f} MiB"


def who_text(who: str) -> str:
    """Who did something, as the log names them: the person at this computer is “you”."""
    return "you" if who == str(USER) else one_line(who, limit=60)


def when_text(at: float) -> str:
    """Unix seconds as local date and time."""
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


def server_line(summary: ServerSummary) -> Line:
    """A server, in the servers list."""
    config = summary.config
    pill, tone = server_pill(summary)
    detail = era_text(summary.info) if summary.info else one_line(describe(config.endpoint))
    return Line(
        title=one_line(config.title, limit=60),
        detail=detail,
        pill=pill,
        tone=tone,
        tip=one_line(summary.problem, limit=400),
    )


def server_pill(summary: ServerSummary) -> tuple[str, str]:
    """How a server stands, and the tone: what a person is to do comes before the connection."""
    match summary.account and summary.account.state:
        case AccountState.NEEDED:
            return "sign in", "warning"
        case AccountState.WAITING:
            return "in browser", "info"
        case _ if summary.tools_suspended:
            return f"{count_text(summary.tools_suspended, 'tool')} changed", "warning"
        case _:
            return summary.link.value, LINK_TONES[summary.link]


def tool_title(summary: ToolSummary) -> str:
    """The title a tool is listed under."""
    return one_line(summary.tool.title or summary.tool.name, limit=80)


def tool_line(summary: ToolSummary) -> Line:
    """A tool, in a list to choose from."""
    tool = summary.tool
    return Line(
        title=tool_title(summary),
        detail=one_line(tool.description, limit=160) or one_line(tool.name),
        pill="of an App" if summary.app else "App" if tool.ui_resource else "",
        tone="info",
        search=f"{tool.name} {tool.title} {one_line(tool.description, limit=400)}",
        tip=one_line(tool.name),
    )


def app_words(app: AppTool) -> str:
    """Whose tool it is that a live App offers itself."""
    claim = one_line(app.app, limit=80)
    named = f'calls itself "{claim}"' if claim else "does not say its name"
    return (
        f"Offered by the App of {app.tool.server} that is open here; it {named}. Nobody has "
        "reviewed this tool, and it is gone when the App is closed."
    )


def template_line(review: TemplateReview) -> Line:
    """A template, in the review list."""
    pin = review.pin
    return Line(
        title=one_line(pin.uri, limit=120),
        detail=f"{pin.server} · {size_text(review.size)} · {when_text(review.fetched_at)}",
        pill="changed" if _is_change(review) else review.state.value,
        tone=REVIEW_TONES[review.state],
    )


def _is_change(review: TemplateReview) -> bool:
    return review.state is ReviewState.PENDING and review.supersedes is not None


def review_key(review: TemplateReview) -> str:
    """What tells one reviewed template from another."""
    return f"{review.pin.server_identity} {review.pin.uri} {review.pin.id}"


def conversation_line(summary: ConversationSummary) -> Line:
    """A conversation, in the list beside the chat."""
    return Line(
        title=one_line(summary.title, limit=80) or "Untitled", detail=when_text(summary.updated_at)
    )


def view_line(summary: ViewSummary) -> Line:
    """A View, in the inspector."""
    said = count_text(summary.messages, "message")
    if summary.refused:
        said += f", {summary.refused} refused"
    at = datetime.fromtimestamp(summary.opened_at).strftime("%H:%M:%S")
    return Line(
        title=one_line(summary.app, limit=60) or one_line(summary.tool, limit=60),
        detail=f"{at} · {said}",
        pill="ended" if summary.closed else "live",
        tone="neutral" if summary.closed else "success",
        tip=one_line(f"{summary.tool} of {summary.server}. {summary.closed}", limit=400),
    )


def view_model(parent: QObject) -> RecordModel[ViewSummary]:
    """Views of this run, the newest first."""
    return RecordModel(
        key=lambda v: v.view, line=view_line, order=lambda v: -v.opened_at, parent=parent
    )


def server_model(parent: QObject) -> RecordModel[ServerSummary]:
    """Servers: the built-in one first, then by alias."""
    return RecordModel(
        key=lambda s: s.config.key,
        line=server_line,
        order=lambda s: (not s.config.builtin, s.config.key),
        parent=parent,
    )


def tool_model(parent: QObject) -> RecordModel[ToolSummary]:
    """Tools, by title."""
    return RecordModel(
        key=lambda t: t.tool.name if t.app is None else t.app.grant_name,
        line=tool_line,
        order=lambda t: (tool_title(t).casefold(), t.tool.name),
        parent=parent,
    )


def template_model(parent: QObject) -> RecordModel[TemplateReview]:
    """Templates: pending first, newest first within a state."""
    return RecordModel(
        key=review_key,
        line=template_line,
        order=lambda r: (_REVIEW_ORDER[r.state], -r.fetched_at, review_key(r)),
        parent=parent,
    )


def conversation_model(parent: QObject) -> RecordModel[ConversationSummary]:
    """Conversations, most recent first."""
    return RecordModel(
        key=lambda c: c.id,
        line=conversation_line,
        order=lambda c: (-c.updated_at, c.id),
        parent=parent,
    )
