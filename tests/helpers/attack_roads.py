"""How an order reaches the model: each road puts it there by a real channel of the host, beside
what the vault holds, and lets the model go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from mcphost.domain.conversation import ToolRun
from mcphost.domain.events import AppToolsChanged, DraftOffered, ItemChanged, ViewPosted
from mcphost.domain.ids import ConversationId, ServerKey, ViewId
from mcphost.domain.view import IncidentKind, ViewIncident
from mcphost.host import DEMO_KEY
from tests.helpers.apps_talk import ask
from tests.helpers.attack import IN_A_DEFINITION, IN_A_RESULT
from tests.helpers.attack_rig import NOTE, OBJECT, SECONDS, Rig
from tests.helpers.talk import post

Road = Callable[[Rig, str], ConversationId]
VAULT = ServerKey("vault")
HELLO = {
    "appInfo": {"name": "Evil", "version": "1"},
    "appCapabilities": {"tools": {"listChanged": True}},
    "protocolVersion": "2026-01-26",
}


def _run(rig: Rig, talk: ConversationId, server: str, tool: str) -> None:
    """The person looks something up in direct mode."""
    rig.made.run(rig.made.host.run_tool(talk, ServerKey(server), tool, {}))


def _go(rig: Rig, talk: ConversationId, text: str = "go on") -> ConversationId:
    """The person has the vault read, and the model goes on."""
    _run(rig, talk, "vault", "read_note")
    rig.say(talk, text)
    return talk


def by_result(rig: Rig, order: str, *, build: Callable[[str], dict[str, Any]]) -> ConversationId:
    talk, ordered = rig.talk(), build(rig.order(order))
    rig.strangers["evil"].result = lambda _name: ordered
    _run(rig, talk, rig.evil, "lookup")
    return _go(rig, talk)


def by_definition(
    rig: Rig, order: str, *, build: Callable[[str], dict[str, Any]]
) -> ConversationId:
    following = ServerKey(f"evil{rig.number + 1}")
    poisoned = build(order.replace("@EVIL@", following))
    rig.attacker({"name": "harmless", "inputSchema": {"type": "object"}, **poisoned})
    return _go(rig, rig.talk())


def by_resource(rig: Rig, order: str) -> ConversationId:
    talk = rig.talk()
    rig.strangers["evil"].resource = rig.order(order)
    contents = rig.made.run(rig.made.host.read_resource(rig.evil, "x:y"))
    rig.made.run(rig.made.host.attach(talk, contents))
    return _go(rig, talk)


def by_prompt(rig: Rig, order: str) -> ConversationId:
    talk = rig.talk()
    rig.strangers["evil"].prompt = f"Please help me with my notes. {rig.order(order)}"
    prompt = rig.made.run(rig.made.host.prompt(rig.evil, "p", {}))
    return _go(rig, talk, prompt.text)


def by_the_note_itself(rig: Rig, order: str) -> ConversationId:
    vault, text = rig.strangers["vault"], f"{NOTE} {rig.order(order)}"
    kept, vault.result = vault.result, lambda _name: {"content": [{"type": "text", "text": text}]}
    try:
        return _go(rig, rig.talk())
    finally:
        vault.result = kept


def by_an_earlier_turn(rig: Rig, order: str) -> ConversationId:
    talk, ordered = rig.talk(), IN_A_RESULT["result text"](rig.order(order))
    rig.strangers["evil"].result = lambda _name: ordered
    _run(rig, talk, rig.evil, "lookup")
    rig.say(talk, "hello")
    return _go(rig, talk)


def by_question(rig: Rig, order: str) -> ConversationId:
    """What a server asks the person, how it names the question, and the state it wants back."""
    talk, ordered = rig.talk(), rig.order(order)
    schema = {"type": "object", "properties": {"size": {"type": "string", "title": ordered[:200]}}}
    form = {"mode": "form", "message": ordered, "requestedSchema": schema}
    asked = {"method": "elicitation/create", "params": form}
    rig.strangers["evil"].first = [
        {
            "resultType": "input_required",
            "inputRequests": {ordered[:100]: asked},
            "requestState": ordered,
        }
    ]
    rig.strangers["evil"].result = lambda _name: {"content": []}
    _run(rig, talk, rig.evil, "lookup")
    return _go(rig, talk)


def by_state(rig: Rig, order: str) -> ConversationId:
    """Only a state that comes back to the server with the same call sent again."""
    talk, ordered = rig.talk(), rig.order(order)
    rig.strangers["evil"].first = [{"resultType": "input_required", "requestState": ordered}]
    rig.strangers["evil"].result = lambda _name: {"content": []}
    _run(rig, talk, rig.evil, "lookup")
    return _go(rig, talk)


def by_a_task(rig: Rig, order: str) -> ConversationId:
    """A call becomes a task, and the order is in its result."""
    talk = rig.talk()
    rig.strangers["evil"].task = IN_A_RESULT["result text"](rig.order(order))
    _run(rig, talk, rig.evil, "lookup")
    assert rig.strangers["evil"].task is None
    return _go(rig, talk)


def by_two_servers(rig: Rig, order: str) -> ConversationId:
    """The honest third server passes on what was put into it."""
    talk, ordered = rig.talk(), IN_A_RESULT["result text"](rig.order(order))
    rig.strangers["notes"].result = lambda _name: ordered
    _run(rig, talk, "notes", "find")
    return _go(rig, talk)


def _app(rig: Rig) -> tuple[ConversationId, ViewId]:
    """An App of the demo server, up and talking."""
    made, talk = rig.made, rig.talk()
    if not made.run(made.host.templates()):
        made.run(made.host.connect(DEMO_KEY))
        for review in made.run(made.host.templates()):
            made.run(made.host.review_template(review.pin, True))
    run = made.run(made.host.run_tool(talk, DEMO_KEY, "garden_overview", {}))
    assert run.view is not None
    post(made, run.view, {"id": 0, "method": "ui/initialize", "params": HELLO})
    post(made, run.view, {"method": "ui/notifications/initialized"})
    return talk, run.view


def _post_text(rig: Rig, view: ViewId, method: str, text: str, *, gesture: bool = False) -> None:
    content = {"content": [{"type": "text", "text": text}]}
    ask(rig.made, view, method, content, gesture=gesture)


def by_the_shelf(rig: Rig, order: str) -> ConversationId:
    talk, view = _app(rig)
    _post_text(rig, view, "ui/update-model-context", rig.order(order))
    return _go(rig, talk)


def by_a_draft(rig: Rig, order: str) -> ConversationId:
    talk, view = _app(rig)
    _post_text(rig, view, "ui/message", rig.order(order), gesture=True)
    draft = rig.made.wait(DraftOffered, lambda e: e.conversation == talk)
    return _go(rig, talk, draft.text)


def by_a_tool_of_an_app(rig: Rig, order: str) -> ConversationId:
    """The App offers a tool, the person calls it, and the App's answer is the order."""
    talk, view = _app(rig)
    made = rig.made
    _answer(rig, view, "tools/list", {"tools": [{"name": "move", "inputSchema": OBJECT}]})
    offered = made.wait(AppToolsChanged, lambda e: bool(e.tools) and e.tools[0].view == view)
    calling = made.runtime.submit(made.host.run_app_tool(offered.tools[0], {}))
    _answer(rig, view, "tools/call", IN_A_RESULT["result text"](rig.order(order)))
    calling.result(SECONDS)
    return _go(rig, talk)


def _answer(rig: Rig, view: ViewId, method: str, result: dict[str, Any]) -> None:
    """The App answers the host's first request for *method*."""
    asked = rig.made.wait(ViewPosted, lambda e: e.view == view and f'"{method}"' in e.text)
    post(rig.made, view, {"id": json.loads(asked.text)["id"], "result": result})


def by_a_question_of_an_app(rig: Rig, order: str) -> ConversationId:
    """Beside a conversation that holds the secret, the App gives the model its order itself, and
    gets the answer.
    """
    talk, view = _app(rig)
    _run(rig, talk, "vault", "read_note")
    said = {"role": "user", "content": {"type": "text", "text": rig.order(order)}}
    params = {"messages": [said], "maxTokens": 500}
    told = ask(rig.made, view, "sampling/createMessage", params, gesture=True)
    assert "result" in told, told
    rig.say(talk, "go on")
    return talk


def by_a_download(rig: Rig, order: str) -> ConversationId:
    """The name of a file that an App wants saved, as the host tells of it."""
    return _by_incident(rig, order, IncidentKind.DOWNLOAD_REFUSED)


def by_last_words(rig: Rig, order: str) -> ConversationId:
    return _by_incident(rig, order, IncidentKind.RENDERER_GONE)


def _by_incident(rig: Rig, order: str, kind: IncidentKind) -> ConversationId:
    """What the sandbox reports of an App, in the App's words."""
    talk, view = _app(rig)
    incident = ViewIncident(kind=kind, detail=rig.order(order))
    rig.made.post(rig.made.host.view_incident, view, incident)
    rig.made.wait(
        ItemChanged,
        lambda e: isinstance(e.item, ToolRun) and e.item.view == view and bool(e.item.view_note),
    )
    return _go(rig, talk)


ROADS: dict[str, Road] = {
    **{name: partial(by_result, build=build) for name, build in IN_A_RESULT.items()},
    "attached resource": by_resource,
    "prompt": by_prompt,
    "the victim's own data": by_the_note_itself,
    "an earlier turn": by_an_earlier_turn,
    "a second server": by_two_servers,
    "question of a server": by_question,
    "state of a call": by_state,
    "context of an App": by_the_shelf,
    "draft of an App": by_a_draft,
    "last words of an App": by_last_words,
    "result of a task": by_a_task,
    "tool of an App": by_a_tool_of_an_app,
    "question of an App": by_a_question_of_an_app,
    "download of an App": by_a_download,
    **{name: partial(by_definition, build=build) for name, build in IN_A_DEFINITION.items()},
}
