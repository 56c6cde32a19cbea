"""Shared words of the promise tests: a core with servers, and what an App says on its channel."""

from __future__ import annotations

import json
import secrets
from typing import Any

from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import ViewPosted
from mcphost.domain.ids import ConversationId, ServerKey, ViewId
from mcphost.host import DEMO_KEY
from tests.helpers.app_server import AppServer
from tests.helpers.core import Core


def join(made: Core, server: AppServer, *, approve: bool = True) -> None:
    """Add *server*, connect to it, and approve what it offers."""
    made.run(made.host.add_server(server.config))
    made.run(made.host.connect(server.key))
    if approve:
        approve_all(made)


def join_demo(made: Core) -> None:
    """Connect the built-in server and approve its template."""
    made.run(made.host.connect(DEMO_KEY))
    approve_all(made)


def approve_all(made: Core) -> None:
    """A person approves every template there is."""
    for review in made.run(made.host.templates()):
        made.run(made.host.review_template(review.pin, True))


def run_tool(
    made: Core,
    server: ServerKey,
    tool: str,
    *,
    talk: ConversationId | None = None,
    **arguments: Any,
) -> ToolRun:
    """A person runs *tool* in *talk*, or in a conversation of its own."""
    where = talk or made.run(made.host.new_conversation(tool))
    return made.run(made.host.run_tool(where, server, tool, arguments))


def open_app(
    made: Core,
    server: ServerKey,
    tool: str,
    *,
    talk: ConversationId | None = None,
    **arguments: Any,
) -> ViewId:
    """A person runs *tool*, and its App has shaken hands."""
    run = run_tool(made, server, tool, talk=talk, **arguments)
    assert run.view is not None, run.view_note or run.text
    ask(made, run.view, "ui/initialize", {})
    say(made, run.view, {"method": "ui/notifications/initialized"})
    return run.view


def say(made: Core, view: ViewId, message: dict[str, Any], *, at: float = 1.0) -> None:
    """*message* comes through *view*'s channel."""
    text = json.dumps({"jsonrpc": "2.0", **message})
    made.post(made.host.view_text, view, text, at)


def ask(
    made: Core, view: ViewId, method: str, params: dict[str, Any], *, gesture: bool = False
) -> dict[str, Any]:
    """*view* asks for something; the host's whole answer. With *gesture* right after a click."""
    ident = secrets.token_hex(4)
    if gesture:
        made.post(made.host.view_gesture, view, 0.9)
    say(made, view, {"id": ident, "method": method, "params": params})
    event = made.wait(ViewPosted, lambda e: e.view == view and _is_answer(e.text, ident))
    return json.loads(event.text)


def call(made: Core, view: ViewId, tool: str, *, gesture: bool = True) -> dict[str, Any]:
    """*view* calls *tool*."""
    params = {"name": tool, "arguments": {}}
    return ask(made, view, "tools/call", params, gesture=gesture)


def heard(made: Core, view: ViewId) -> str:
    """Everything the host ever told *view*."""
    return "\n".join(event.text for event in made.seen(ViewPosted) if event.view == view)


def _is_answer(text: str, ident: str) -> bool:
    message = json.loads(text)
    return message.get("id") == ident and "method" not in message
