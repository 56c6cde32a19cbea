"""Everything that acts, as one value. An `Action` is the only thing the gate takes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.app_grant import AppGrantCase
from mcphost.domain.app_tool import AppTool
from mcphost.domain.ids import ConversationId, InvocationId, ServerKey, ViewId
from mcphost.domain.json import JsonObject
from mcphost.domain.launch import LaunchCase
from mcphost.domain.lineage import Lineage
from mcphost.domain.principal import Principal


class ActionKind(StrEnum):
    """The closed set of effects the host can have on the world."""

    START_SERVER = "start_server"
    CONNECT = "connect"
    LIST = "list"
    RESOURCE_READ = "resource_read"
    PROMPT_GET = "prompt_get"
    COMPLETE = "complete"
    TOOL_CALL = "tool_call"
    TASK = "task"
    """Following a task that a server made of a tool call: looking, answering, cancelling."""
    ELICIT = "elicit"
    SIGN_IN = "sign_in"
    OPEN_LINK = "open_link"
    DOWNLOAD = "download"
    MESSAGE = "message"
    CONTEXT_UPDATE = "context_update"
    DISPLAY_MODE = "display_mode"
    """Showing an App elsewhere in the window, or larger."""
    MODEL_REQUEST = "model_request"
    APP_GRANT = "app_grant"
    """Giving an App something that the sandbox keeps from it."""
    APP_TOOL = "app_tool"
    """Calling a tool that a live App offers itself."""
    SAMPLING = "sampling"
    """An App asks the model, with nothing but its own words (`sampling/createMessage`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One intended effect. *method* and *params* are what would go on the wire (`params` without
    `_meta`).
    """

    kind: ActionKind
    principal: Principal
    lineage: Lineage
    invocation: InvocationId
    method: str
    params: JsonObject
    server: ServerKey | None = None
    view: ViewId | None = None
    conversation: ConversationId | None = None
    siblings: tuple[JsonObject, ...] = ()
    """Params of calls that the model asked for at the same time, to be put as one question."""
    launch: LaunchCase | None = None
    """What is known of the program that a START_SERVER would start."""
    grant: AppGrantCase | None = None
    """What an APP_GRANT would give, and to which template."""
    app: AppTool | None = None
    """Whose tool an APP_TOOL calls."""
    deadline: float = 60.0
    """Seconds the wire part may take; time a person needs to answer does not count. Infinite for a
    subscription, which is meant to last.
    """


def app_grant_action(
    case: AppGrantCase,
    principal: Principal,
    lineage: Lineage,
    *,
    view: ViewId | None = None,
    conversation: ConversationId | None = None,
) -> Action:
    """Giving a grant to the Apps of a template, as an action for the one path."""
    pin, lasting = case.pin, case.grant.lasting
    return Action(
        kind=ActionKind.APP_GRANT,
        principal=principal,
        lineage=lineage,
        invocation=InvocationId(secrets.token_hex(8)),
        method="host/app-grant",
        params={
            "name": case.grant.name,
            "uri": pin.uri,
            "content": pin.content,
            "meta": pin.meta,
            "life": "kept with the approval" if lasting else "for one View",
        },
        server=pin.server,
        view=view,
        conversation=conversation,
        grant=case,
    )
