"""The host's own words for an action: who does what, to what, and what to do about a refusal.

Law: nothing a server, a View or a model wrote is part of a sentence, but for names, which pass
`one_line`. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from mcphost.domain.action import Action, ActionKind
from mcphost.domain.confusable import cautions, disguises, plain_name
from mcphost.domain.decision import Decision, Verdict
from mcphost.domain.file_names import runs_when_opened
from mcphost.domain.lineage import Root
from mcphost.domain.links import Link, parse_link
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.server import ServerConfig, describe
from mcphost.domain.text import one_line
from mcphost.domain.tool import Effect
from mcphost.gate.walk import Walk
from mcphost.policy.facts import Facts, permit_line
from mcphost.protocol.completion import what_is_completed
from mcphost.protocol.headers import HeaderParameters, mirrored

_CURABLE = frozenset({"default-deny", "prompt-needs-gesture"})
"""Denials that an added permit would turn; every other one is a forbid and stays."""

_RUNS = (
    "{} can run something on this computer when you open it. Save it only if you know what it is."
)
_MAX_NAMED = 256
"""Characters of what caused a question; tools have no longer names."""
_ADDRESSES = {ActionKind.OPEN_LINK: "url", ActionKind.SIGN_IN: "issuer"}

_VERBS = {
    ActionKind.START_SERVER: "Start a program on this computer",
    ActionKind.CONNECT: "Connect to a server",
    ActionKind.LIST: "Read a server's lists",
    ActionKind.RESOURCE_READ: "Read a resource",
    ActionKind.PROMPT_GET: "Get a prompt",
    ActionKind.COMPLETE: "Ask for suggestions",
    ActionKind.TOOL_CALL: "Call a tool",
    ActionKind.TASK: "Follow a task of a server",
    ActionKind.ELICIT: "Ask you something",
    ActionKind.SIGN_IN: "Sign in to a server",
    ActionKind.OPEN_LINK: "Open a link in your browser",
    ActionKind.DOWNLOAD: "Save a file",
    ActionKind.MESSAGE: "Offer a draft message",
    ActionKind.CONTEXT_UPDATE: "Put something on the context shelf",
    ActionKind.DISPLAY_MODE: "Show an App elsewhere in the window",
    ActionKind.MODEL_REQUEST: "Ask the model",
    ActionKind.APP_GRANT: "Let an App",
    ActionKind.APP_TOOL: "Call a tool of an App",
    ActionKind.SAMPLING: "Let an App ask the model",
}

_ACTS = {ActionKind.RESOURCE_READ: "read", ActionKind.PROMPT_GET: "chose the prompt"}


def verb(action: Action) -> str:
    """What happens, from the kind of the action alone."""
    return _VERBS[action.kind]


def who(action: Action) -> str:
    """The chain of principals, from the person to whoever acts."""
    principal = action.principal
    ident = one_line(principal.ident, limit=80)
    started = "You" if action.lineage.root is Root.GESTURE else "Nobody"
    match principal.kind:
        case PrincipalKind.USER if action.kind is ActionKind.APP_GRANT:
            return f"You → App of {action.server}"
        case PrincipalKind.USER if action.kind is ActionKind.OPEN_LINK:
            return "You → a link in this conversation"
        case PrincipalKind.USER:
            return "You"
        case PrincipalKind.MODEL:
            return f"{started} → the model {ident}"
        case PrincipalKind.VIEW:
            return f"{started} → App of {principal.server}"
        case PrincipalKind.AUTOMATION:
            return "The command line"
        case PrincipalKind.HOST:
            return "mcphost itself"
        case _:
            assert_never(principal.kind)


def detail(action: Action) -> str:
    """Which exact instance acts, where a name alone does not say it."""
    return "" if action.view is None else f"View {one_line(action.view, limit=80)}"


def subject(walk: Walk) -> str:
    """The thing acted on: tool, URI, URL or name. URLs are never cut."""
    if walk.action.launch is not None:
        return one_line(walk.action.launch.launch.executable.path, limit=8192)
    if walk.action.kind is ActionKind.TASK:
        return one_line(walk.tool.name, limit=8192) if walk.tool else "a task"
    if walk.action.grant is not None:
        return one_line(walk.action.grant.grant.words, limit=8192)
    params = walk.action.params
    if walk.action.kind is ActionKind.SIGN_IN:
        return title_of(walk.config)
    if walk.action.kind is ActionKind.COMPLETE:
        return what_is_completed(params)
    for key in ("url", "name", "uri", "model", "command"):
        value = params.get(key)
        if isinstance(value, str) and value:
            return one_line(value, limit=8192)
    return walk.action.method


def destination(walk: Walk) -> str:
    """Where the data goes."""
    match walk.action.kind:
        case ActionKind.OPEN_LINK:
            return subject(walk)
        case ActionKind.START_SERVER:
            return "this computer, with all your rights"
        case ActionKind.SIGN_IN:
            return one_line(str(walk.action.params.get("issuer", "")), limit=8192)
        case ActionKind.DOWNLOAD:
            return "your downloads folder"
        case ActionKind.APP_GRANT | ActionKind.APP_TOOL:
            return f"the App of {walk.action.server}"
        case ActionKind.MODEL_REQUEST | ActionKind.SAMPLING:
            return one_line(str(walk.action.params.get("destination", "the model")))
        case _:
            return describe(walk.config.endpoint) if walk.config else "this computer"


def reversible(walk: Walk) -> str:
    """Whether it can be undone, as far as the host knows."""
    if walk.action.kind is ActionKind.SIGN_IN:
        return "You can sign out here at any time. What was done until then is not undone by it."
    if walk.action.kind is ActionKind.APP_GRANT:
        return (
            "You can take it back in the review of its template at any time. What the App has "
            "learned or sent until then is not undone by it."
        )
    if walk.action.kind is ActionKind.RESOURCE_READ:
        return "Nothing is changed by it. What was read stays read."
    if walk.action.kind is ActionKind.OPEN_LINK:
        return "No. Once the page is asked for, its server has read what the address says."
    if walk.action.kind is ActionKind.SAMPLING:
        return "No. What the model's provider has read, it has read."
    if walk.action.kind is ActionKind.DOWNLOAD:
        return "Yes, while you have not opened it: you can delete the file."
    if walk.action.kind is ActionKind.START_SERVER:
        return "No. You can stop the program, but not undo what it has done until then."
    match walk.effect:
        case Effect.READ:
            return "yes"
        case Effect.DESTRUCTIVE:
            return "no"
        case Effect.WRITE:
            return (
                "Perhaps. It is known to change something, and not known to destroy anything. "
                "mcphost cannot undo it for you."
            )
        case Effect.UNKNOWN:
            return "unknown"
        case _:
            assert_never(walk.effect)


def title_of(config: ServerConfig | None) -> str:
    """The local name of the server."""
    return one_line(config.title) if config else ""


def receiver(walk: Walk) -> str:
    """Who gets the data, by name: the host of a link, in Unicode and punycode; the model, where an
    App asks it; this computer, for a file; else the server.
    """
    if walk.action.kind is ActionKind.SAMPLING:
        return subject(walk)
    if walk.action.kind is ActionKind.DOWNLOAD:
        return "This computer"
    if walk.action.kind not in _ADDRESSES:
        return title_of(walk.config)
    link = _link(walk)
    return plain_name(link.host, link.host_shown) if link is not None else ""


def host_warnings(walk: Walk) -> tuple[str, ...]:
    """What is deceiving about the host that a browser would go to."""
    link = _link(walk)
    return () if link is None else disguises(link.host)


def host_cautions(walk: Walk) -> tuple[str, ...]:
    """What is unusual about it."""
    link = _link(walk)
    return () if link is None else cautions(link.host)


def file_warnings(walk: Walk) -> tuple[str, ...]:
    """What a person must know of files before they are saved."""
    files = walk.action.params.get("files")
    if walk.action.kind is not ActionKind.DOWNLOAD or not isinstance(files, Sequence):
        return ()
    names = [str(each.get("name")) for each in files if isinstance(each, Mapping)]
    running = ", ".join(one_line(name) for name in names if runs_when_opened(name))
    return (_RUNS.format(running),) if running else ()


def _link(walk: Walk) -> Link | None:
    try:
        return parse_link(str(walk.action.params.get(_ADDRESSES.get(walk.action.kind, ""), "")))
    except ValueError:
        return None


def repeated(walk: Walk, parameters: HeaderParameters) -> tuple[str, ...]:
    """The arguments that leave a second time, as HTTP headers."""
    return tuple(
        f"{one_line('.'.join(path), limit=200)} (header {name})"
        for path, name in mirrored(parameters, walk.action.params.get("arguments"))
    )


def cause(walk: Walk) -> str:
    """What an elicitation belongs to. It stands where nothing scrolls, and an address may be long:
    what fills that place would push the host's own words out of sight.
    """
    name = one_line(subject(walk), limit=_MAX_NAMED)
    act = _ACTS.get(walk.action.kind, "ran the tool")
    match walk.action.principal.kind:
        case PrincipalKind.MODEL:
            return f'The model {act} "{name}" in a turn that you started'
        case PrincipalKind.VIEW:
            return f'An App {act} "{name}" right after you clicked in it'
        case PrincipalKind.USER | PrincipalKind.AUTOMATION | PrincipalKind.HOST:
            return f'You {act} "{name}"'


def advice(facts: Facts, decision: Decision) -> str:
    """What can be done when nobody can be asked: a Cedar line that permits exactly this."""
    if facts.person_present:
        return ""
    if decision.verdict is Verdict.DENY and not _CURABLE.issuperset(decision.rules):
        return ""
    return f" Run it in the window, or add a policy file (--policy FILE): {permit_line(facts)}"
