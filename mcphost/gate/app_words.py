"""What a person is told before a tool of a live App is called, and before an App asks the model.

Law: in the host's own words; what an App wrote or calls itself is named as that, and is exact where
it will be sent. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.app_tool import AppTool
from mcphost.domain.consent import ConsentFact
from mcphost.domain.text import one_line
from mcphost.gate.walk import Walk

_MADE_UP = (
    "The App made this tool up itself while it runs, and nobody has reviewed it. The App gets the "
    "arguments and may pass them on to its server; its answer is the App's word."
)
_OWN_WORDS = (
    "The App wrote all of it, also what is marked as yours or as the model's. The model is told "
    "nothing else: nothing of this conversation, and no tools. Its answer goes to the App alone."
)
_OTHER = "This App offered another tool under this name before. What you said of that one is over."


def app_facts(walk: Walk) -> tuple[ConsentFact, ...]:
    """The facts of a call of an App's tool or of a question to the model; else none."""
    action = walk.action
    if action.app is not None:
        return tuple(_of_tool(action, action.app))
    return tuple(_of_sampling(action)) if action.kind is ActionKind.SAMPLING else ()


def app_warnings(walk: Walk) -> tuple[str, ...]:
    """That it is not the tool of that name that a person may remember."""
    app = walk.action.app
    return (_OTHER,) if app is not None and app.changed else ()


def _of_tool(action: Action, app: AppTool) -> Iterator[ConsentFact]:
    claim = one_line(app.app, limit=120)
    calls = f'An App that calls itself "{claim}"' if claim else "An App that does not say its name"
    yield ConsentFact(caption="Goes to", text=f"{calls}; it is the App of {action.server}")
    yield ConsentFact(caption="What that means", text=_MADE_UP)


def _of_sampling(action: Action) -> Iterator[ConsentFact]:
    params = action.params
    destination = one_line(str(params.get("destination", "")), limit=2_000)
    yield ConsentFact(
        caption="Goes to the model",
        text=one_line(str(params.get("model", "")), limit=200),
        exact=destination,
    )
    if params.get("systemPrompt"):
        yield ConsentFact(caption="System prompt", exact=str(params["systemPrompt"]))
    messages = params.get("messages")
    for message in messages if isinstance(messages, Sequence) else ():
        if isinstance(message, Mapping):
            as_whom = "the model" if message.get("role") == "assistant" else "you"
            yield ConsentFact(caption=f"Said as {as_whom}", exact=str(message.get("text", "")))
    tokens = params.get("maxTokens")
    yield ConsentFact(caption="Longest answer", text=f"{tokens} tokens, at your account's cost")
    yield ConsentFact(caption="What that means", text=_OWN_WORDS)
