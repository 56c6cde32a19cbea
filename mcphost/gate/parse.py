"""Step 1: an action is well formed, bounded, and says what it is before anything is decided.

Law: what passes has a canonical form, and its kind, method, tool and server agree. A disagreement
is a bug of ours (`HostBugError`): Views and models were parsed strictly before an action was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import rfc8785

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.errors import HostBugError, UserFacingError
from mcphost.domain.json import Json, digest
from mcphost.domain.text import one_line
from mcphost.domain.tool import Tool
from mcphost.gate.ports import Rooms
from mcphost.gate.walk import StateListener, Walk, request_bytes

MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64

WIRE_METHODS: Mapping[ActionKind, frozenset[str]] = {
    ActionKind.TOOL_CALL: frozenset({"tools/call"}),
    ActionKind.TASK: frozenset({"tasks/get", "tasks/update", "tasks/cancel"}),
    ActionKind.RESOURCE_READ: frozenset({"resources/read"}),
    ActionKind.PROMPT_GET: frozenset({"prompts/get"}),
    ActionKind.COMPLETE: frozenset({"completion/complete"}),
    ActionKind.CONNECT: frozenset(
        {"server/discover", "initialize", "notifications/initialized", "ping"}
    ),
    ActionKind.LIST: frozenset(
        {
            "tools/list",
            "resources/list",
            "resources/templates/list",
            "prompts/list",
            "subscriptions/listen",
            "resources/subscribe",
            "resources/unsubscribe",
        }
    ),
}
"""The kinds that talk to a server, and all that each may say."""


def parse(rooms: Rooms, action: Action, tool: Tool | None, on_state: StateListener | None) -> Walk:
    """Begin a walk. Raises `UserFacingError` for a request no wire can carry."""
    if "_meta" in action.params:
        raise HostBugError("the params of an action must not carry _meta")
    canonical = canonical_form(action)
    _agree(action, tool)
    return Walk(
        action=action,
        tool=tool,
        config=None if action.server is None else rooms.configs(action.server),
        canonical=canonical,
        approved=digest(canonical),
        started=rooms.clock(),
        on_state=on_state,
    )


def canonical_form(action: Action) -> bytes:
    """The bytes that are decided and shown. Raises `UserFacingError` where there are none."""
    if _depth(action.params) > MAX_DEPTH:
        raise UserFacingError(
            f"{action.method} was not sent: it is nested deeper than {MAX_DEPTH}. Simplify it."
        )
    try:
        canonical = request_bytes(action.method, action.params)
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise UserFacingError(
            f"{action.method} was not sent: it holds a value that JSON cannot carry exactly "
            f"({one_line(str(error))}). Use a smaller number, or plain text."
        ) from error
    if len(canonical) > MAX_REQUEST_BYTES:
        raise UserFacingError(
            f"{action.method} was not sent: it is longer than {MAX_REQUEST_BYTES} bytes."
        )
    return canonical


def require_wire_kind(action: Action) -> None:
    """Raise `HostBugError` unless this kind of action, with this method, goes to a server."""
    if action.server is None or action.method not in WIRE_METHODS.get(action.kind, frozenset()):
        raise HostBugError(f"{action.kind.value} cannot be sent to a server as {action.method}")


def _agree(action: Action, tool: Tool | None) -> None:
    if action.kind is ActionKind.APP_TOOL:
        _agree_on_app(action, tool)
        return
    if action.kind is not ActionKind.TOOL_CALL:
        if tool is not None and action.kind is not ActionKind.TASK:
            raise HostBugError("only a tool call has a tool")
        if action.kind is ActionKind.PROMPT_GET and not isinstance(action.params.get("name"), str):
            raise HostBugError("getting a prompt must name it")
        return
    if not isinstance(action.params.get("name"), str):
        raise HostBugError("a tool call must name its tool")
    if tool is not None and (tool.name, tool.server) != (action.params["name"], action.server):
        raise HostBugError("the tool is not the one that the action names")


def _agree_on_app(action: Action, tool: Tool | None) -> None:
    app = action.app
    if app is None or tool is None or tool is not app.tool:
        raise HostBugError("a call of an App's tool must say whose tool it is")
    if tool.name != action.params.get("name"):
        raise HostBugError("the tool is not the one that the action names")
    if (tool.server, app.view, app.conversation) != (
        action.server,
        action.view,
        action.conversation,
    ):
        raise HostBugError("the App is not the one that the action names")


def _depth(value: Json) -> int:
    deepest, rest = 0, [(value, 1)]
    while rest:
        item, depth = rest.pop()
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            break
        match item:
            case str():
                continue
            case Mapping():
                rest.extend((child, depth + 1) for child in item.values())
            case Sequence():
                rest.extend((child, depth + 1) for child in item)
            case _:
                continue
    return deepest
