"""What the policy may know about one action: frozen, complete, and set by host code alone.

Law: (1) every attribute is always present, for Cedar skips a rule that reads a missing one; (2) a
fact that nobody supplied has the value that permits least; (3) a field of `Facts` *is* the
attribute of the same name in `context`, so a new fact is one field here, one line in the schema
(a test compares the two) and one line where `gate.decide` knows it. Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final, TypeAlias

from mcphost.domain.action import ActionKind
from mcphost.domain.ids import ServerKey
from mcphost.domain.lineage import Root
from mcphost.domain.principal import Principal, PrincipalKind
from mcphost.domain.server import Trust
from mcphost.domain.tool import Effect, PinState

Entity: TypeAlias = tuple[str, str]
"""A Cedar entity: type without the namespace, and id."""
Attribute: TypeAlias = str | bool | int

NAMESPACE = "McpHost"
AGES_AGO: Final = 2**31
"""Seconds: the age of a chain that nobody can tell the age of."""


class Consent(StrEnum):
    """The two worlds a decision is asked in: nobody has said yes, or a person has."""

    NONE = "none"
    GIVEN = "given"


class Destination(StrEnum):
    """Where the data of an action goes."""

    NONE = "none"
    OWN_SERVER = "own-server"
    OTHER_SERVER = "other-server"
    WEB = "web"
    MODEL = "model"


class Reversible(StrEnum):
    """Whether what an action does can be taken back, as far as the host knows."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One action as the rules see it. The first five fields say who does what to what; every other
    one is an attribute of `context`.
    """

    kind: ActionKind
    principal: Principal
    tool: str = ""
    target: str = ""
    """Resource URI, link, file name, display mode or model: what it is about, but for a tool."""

    # What began it.
    root: Root
    lineage_seconds: int = AGES_AGO
    """Whole seconds since the chain began, for a gesture since the gesture; rounded up."""
    person_present: bool = False

    # The server.
    server: ServerKey | None = None
    trust: Trust = Trust.UNKNOWN
    era: str = ""
    """`modern`, `legacy`, or empty while the server is not connected."""

    # The tool, and what it does.
    tool_known: bool = False
    tool_pin: PinState = PinState.UNSEEN
    effect: Effect = Effect.UNKNOWN
    visible_to_model: bool = False
    visible_to_app: bool = False
    granted: bool = False
    """A person granted exactly this tool definition to exactly this principal before."""

    # The View that acts, or whose tool is called; else none of these is true.
    template_approved: bool = False
    view_visible: bool = False
    view_focused: bool = False

    # What the turn has seen, and where the data goes.
    untrusted_seen: bool = True
    """Whoever acts has read what neither the person, the host nor the receiver wrote."""
    private_seen: bool = True
    """And what is the data of somebody else than the receiver."""
    carries_foreign: bool = True
    """A value was written by somebody else than the person and the receiver."""
    carries_private: bool = True
    """A value is the data of somebody else than the receiver."""
    carries_credential: bool = True
    destination_known: bool = False
    """A person chose this destination before: configured the server, or it is the server's own
    site."""
    scheme: str = ""
    """Of a link, a resource or an authorization server; empty when it did not parse."""
    host: str = ""
    loopback: bool = False

    launch: str = ""
    """Of a program that would be started: `typed`, `approved`, `new` or `changed`."""
    app_grant: str = ""
    """Kind of what an App would be given: `webgl`, `connect`, `camera`, …"""
    declared: bool = False
    """Whether the App's template declares that, or cannot."""

    # When: the local time of this computer.
    hour: int = -1
    """0 to 23."""
    weekday: int = 0
    """1, Monday, to 7."""

    @property
    def destination(self) -> Destination:
        """Where the data goes."""
        return _destination(self)

    @property
    def reversible(self) -> Reversible:
        """Whether it can be taken back."""
        return _reversible(self)


NOT_CONTEXT: Final = frozenset({"kind", "principal", "tool", "target"})
"""Fields that are the request's own principal, action and resource."""
DERIVED: Final = ("destination", "reversible")
"""Attributes that follow from the others."""
_LOCAL: Final = frozenset(
    {
        ActionKind.START_SERVER,
        ActionKind.DOWNLOAD,
        ActionKind.MESSAGE,
        ActionKind.CONTEXT_UPDATE,
        ActionKind.DISPLAY_MODE,
        ActionKind.APP_GRANT,
    }
)
_IN_SERVERS: Final = frozenset(
    {
        ActionKind.TOOL_CALL,
        ActionKind.TASK,
        ActionKind.RESOURCE_READ,
        ActionKind.PROMPT_GET,
        ActionKind.APP_GRANT,
        ActionKind.APP_TOOL,
    }
)
_CALLS: Final = frozenset({ActionKind.TOOL_CALL, ActionKind.APP_TOOL})
_FOR_GOOD: Final = frozenset({ActionKind.START_SERVER, ActionKind.OPEN_LINK, ActionKind.SAMPLING})


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
        case ActionKind.DISPLAY_MODE:
            return ("Mode", facts.target)
        case ActionKind.MODEL_REQUEST | ActionKind.SAMPLING:
            return ("Model", facts.target)
        case ActionKind.APP_TOOL:
            return ("AppTool", f"{facts.server}/{facts.tool}")
        case ActionKind.APP_GRANT:
            return ("Grant", f"{facts.server}/{facts.target}")


def cedar_parents(facts: Facts) -> tuple[Entity, ...]:
    """Tools, also those of Apps, resources, prompts and grants lie *in* their server:
    `resource in McpHost::Server::"demo"`.
    """
    if facts.kind in _IN_SERVERS:
        return (("Server", str(facts.server)),)
    return ()


def cedar_contexts(facts: Facts) -> dict[Consent, str]:
    """The attributes of `context` as JSON, exactly as the schema declares them, in both worlds."""
    known = json.dumps(known_facts(facts))
    return {world: f'{{"consent": "{world.value}", {known[1:]}' for world in Consent}


def known_facts(facts: Facts) -> dict[str, Attribute]:
    """Every attribute but consent, as Cedar and the log hold it."""
    names = (name for name in _CONTEXT if name not in NOT_CONTEXT)
    return {name: _plain(getattr(facts, name)) for name in (*names, *DERIVED)}


def permit_line(facts: Facts) -> str:
    """A Cedar rule that permits exactly this action, ready to be put into a policy file."""
    principal, resource = cedar_principal(facts), cedar_resource(facts)
    return (
        f"permit(principal == {_uid(principal)}, "
        f"action == {_uid(('Action', facts.kind.value))}, "
        f"resource == {_uid(resource)});"
    )


_CONTEXT: Final = tuple(field.name for field in fields(Facts))


def _destination(facts: Facts) -> Destination:
    if facts.principal.kind is PrincipalKind.VIEW and facts.principal.server != facts.server:
        return Destination.OTHER_SERVER
    if facts.kind in _LOCAL:
        return Destination.NONE
    if facts.kind in {ActionKind.MODEL_REQUEST, ActionKind.SAMPLING}:
        return Destination.MODEL
    if facts.kind in {ActionKind.OPEN_LINK, ActionKind.SIGN_IN}:
        return Destination.WEB
    own = facts.principal.kind is PrincipalKind.VIEW
    return Destination.OWN_SERVER if own else Destination.OTHER_SERVER


def _reversible(facts: Facts) -> Reversible:
    if facts.kind in _FOR_GOOD or facts.effect is Effect.DESTRUCTIVE:
        return Reversible.NO
    if facts.kind in _CALLS and facts.effect is not Effect.READ:
        return Reversible.UNKNOWN
    return Reversible.YES


def _plain(value: object) -> Attribute:
    match value:
        case None:
            return ""
        case StrEnum():
            return value.value
        case bool() | int() | str():
            return value
        case _:
            raise TypeError(f"a fact must be text, a number or a truth, not {type(value)}")


def _uid(entity: Entity) -> str:
    kind, ident = entity
    return f'{NAMESPACE}::{kind}::"{_escaped(ident)}"'


def _escaped(ident: str) -> str:
    return "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):x}}}"
        for c in ident
    )
