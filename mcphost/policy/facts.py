"""What the policy may know about one action: frozen, complete, and set by host code alone.

Law: every attribute is always present (a Cedar rule that reads a missing one would be skipped), and
every default is the one that permits least. Made by `gate.decide`, read by `policy.engine`. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from mcphost.domain.action import ActionKind
from mcphost.domain.ids import ServerKey
from mcphost.domain.lineage import Root
from mcphost.domain.principal import Principal, PrincipalKind
from mcphost.domain.tool import Effect

Entity: TypeAlias = tuple[str, str]
"""A Cedar entity: type without the namespace, and id."""

NAMESPACE = "McpHost"


class Consent(StrEnum):
    """The two worlds a decision is asked in: nobody has said yes, or a person has."""

    NONE = "none"
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One action as the rules see it."""

    kind: ActionKind
    principal: Principal
    root: Root
    server: ServerKey | None = None
    builtin: bool = False
    era: str = ""
    """`modern`, `legacy`, or empty while the server is not connected."""
    tool: str = ""
    effect: Effect = Effect.UNKNOWN
    tool_known: bool = False
    visible_to_model: bool = False
    visible_to_app: bool = False
    template_approved: bool = False
    granted: bool = False
    """A person granted exactly this tool definition to exactly this principal before."""
    person_present: bool = False
    target: str = ""
    """Resource URI, link, file name or model: what the action is about, besides a tool."""
    scheme: str = ""
    """Of a link, a resource or an authorization server; empty when it did not parse."""
    host: str = ""
    loopback: bool = False
    launch: str = ""
    """Of a program that would be started: `typed`, `approved`, `new` or `changed`."""


def cedar_principal(facts: Facts) -> Entity:
    """Who acts. A View is named by its server; whatever runs unattended is `Automation::"cli"`."""
    match facts.principal.kind:
        case PrincipalKind.USER:
            return ("User", facts.principal.ident)
        case PrincipalKind.MODEL:
            return ("Model", facts.principal.ident)
        case PrincipalKind.VIEW:
            return ("View", str(facts.principal.server))
        case PrincipalKind.AUTOMATION:
            return ("Automation", "cli")
        case PrincipalKind.HOST:
            return ("Host", "host")


def cedar_resource(facts: Facts) -> Entity:
    """What the action is about."""
    match facts.kind:
        case (
            ActionKind.START_SERVER
            | ActionKind.CONNECT
            | ActionKind.LIST
            | ActionKind.ELICIT
            | ActionKind.SIGN_IN
        ):
            return ("Server", str(facts.server))
        case ActionKind.TOOL_CALL | ActionKind.TASK:
            return ("Tool", f"{facts.server}/{facts.tool}")
        case ActionKind.COMPLETE:
            return ("Server", str(facts.server))
        case ActionKind.PROMPT_GET:
            return ("Prompt", f"{facts.server}/{facts.target}")
        case ActionKind.RESOURCE_READ:
            return ("Resource", f"{facts.server}/{facts.target}")
        case ActionKind.OPEN_LINK:
            return ("Link", facts.target)
        case ActionKind.DOWNLOAD:
            return ("File", facts.target)
        case ActionKind.MESSAGE | ActionKind.CONTEXT_UPDATE:
            return ("Conversation", "current")
        case ActionKind.MODEL_REQUEST:
            return ("Model", facts.target)


_IN_SERVERS = frozenset(
    {ActionKind.TOOL_CALL, ActionKind.TASK, ActionKind.RESOURCE_READ, ActionKind.PROMPT_GET}
)


def cedar_parents(facts: Facts) -> tuple[Entity, ...]:
    """Tools, resources and prompts lie *in* their server: `resource in McpHost::Server::"demo"`."""
    if facts.kind in _IN_SERVERS:
        return (("Server", str(facts.server)),)
    return ()


def cedar_context(facts: Facts, consent: Consent) -> dict[str, str | bool]:
    """The attributes of `context`, exactly as the schema declares them."""
    of_view = facts.principal.kind is PrincipalKind.VIEW
    return {
        "consent": consent.value,
        "granted": facts.granted,
        "root": facts.root.value,
        "person_present": facts.person_present,
        "server": facts.server or "",
        "builtin": facts.builtin,
        "era": facts.era,
        "own_server": not of_view or facts.principal.server == facts.server,
        "tool_known": facts.tool_known,
        "effect": facts.effect.value,
        "visible_to_model": facts.visible_to_model,
        "visible_to_app": facts.visible_to_app,
        "template_approved": facts.template_approved,
        "scheme": facts.scheme,
        "host": facts.host,
        "loopback": facts.loopback,
        "launch": facts.launch,
    }


def permit_line(facts: Facts) -> str:
    """A Cedar rule that permits exactly this action, ready to be put into a policy file."""
    principal, resource = cedar_principal(facts), cedar_resource(facts)
    return (
        f"permit(principal == {_uid(principal)}, "
        f"action == {_uid(('Action', facts.kind.value))}, "
        f"resource == {_uid(resource)});"
    )


def _uid(entity: Entity) -> str:
    kind, ident = entity
    return f'{NAMESPACE}::{kind}::"{_escaped(ident)}"'


def _escaped(ident: str) -> str:
    return "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):x}}}"
        for c in ident
    )
