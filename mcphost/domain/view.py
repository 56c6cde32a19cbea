"""A View as the two sides of the house exchange it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mcphost.domain.ids import ServerKey, ViewId
from mcphost.domain.json import JsonObject


class IncidentKind(StrEnum):
    """What the sandbox reports of a View. The sandbox reports facts; the core decides."""

    SANDBOX_REFUSED = "sandbox_refused"
    LOAD_FAILED = "load_failed"
    RENDERER_GONE = "renderer_gone"
    HUNG = "hung"
    FLOODED = "flooded"
    OVERRAN = "overran"
    """It used more memory or threads than it may."""
    THROTTLED = "throttled"
    """It does something more often than its budget allows; what is over is dropped or delayed."""
    REQUEST_BLOCKED = "request_blocked"
    NAVIGATION_BLOCKED = "navigation_blocked"
    PERMISSION_REFUSED = "permission_refused"
    DOWNLOAD_REFUSED = "download_refused"
    POLICY_STOPPED = "policy_stopped"
    """The engine stopped what the View's policy does not allow: `<directive> <what>`."""
    NEEDS_RESTART = "needs_restart"
    """Granted, but this run of the program was not started for it."""
    CONSOLE_ERROR = "console_error"
    CLIPBOARD_CHANGED = "clipboard_changed"
    NEVER_INITIALIZED = "never_initialized"
    """Raised by the core itself when the Apps handshake did not finish in time."""


FATAL = frozenset(
    {
        IncidentKind.SANDBOX_REFUSED,
        IncidentKind.LOAD_FAILED,
        IncidentKind.RENDERER_GONE,
        IncidentKind.HUNG,
        IncidentKind.FLOODED,
        IncidentKind.OVERRAN,
    }
)
"""After one of these the View is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewIncident:
    """*detail* is untrusted text (a URL, a console line), sanitised and bounded by its maker."""

    kind: IncidentKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How much of a View a person sees, as the window itself knows it; no View is told."""

    visible: bool = False
    """Some of it is on the screen."""
    focused: bool = False
    """It is visible and has the keyboard."""


class DisplayMode(StrEnum):
    """How a View is shown, in the words of the Apps extension."""

    INLINE = "inline"
    """In the card of its run."""
    FULLSCREEN = "fullscreen"
    """Over the whole conversation; the host's own side bar stays in sight."""
    PIP = "pip"
    """In a panel that stays in the corner while the conversation scrolls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewEnvironment:
    """What the window knows and a View may learn: part of the Apps host context."""

    theme: str
    """`light` or `dark`."""
    style_variables: tuple[tuple[str, str], ...]
    """The standard MCP Apps CSS variables, `light-dark()` form."""
    locale: str
    """BCP 47."""
    time_zone: str
    """IANA name."""
    width: int
    """CSS pixels the View is given."""
    max_height: int
    """CSS pixels it may ask for, inline."""
    mode: DisplayMode = DisplayMode.INLINE
    height: int = 0
    """CSS pixels it is given where the window says how high it is: in every mode but inline."""
    modes: tuple[DisplayMode, ...] = (DisplayMode.INLINE,)
    """The modes the window can show it in."""
    touch: bool = False
    """There is a screen to touch."""
    hover: bool = True
    """There is a pointer that can rest on something without pressing it."""


class Direction(StrEnum):
    """Which way a message of a View's record went."""

    FROM_VIEW = "view→host"
    TO_VIEW = "host→view"
    TO_SERVER = "host→server"
    FROM_SERVER = "server→host"


class EntryVerdict(StrEnum):
    """How a request of a View was decided, as its record says it."""

    NONE = ""
    """Nothing had to be decided, or it has not been yet."""
    ALLOWED = "allowed"
    """The policy, or a grant, let it go without a question."""
    ASKED = "asked"
    """A person is, or was, asked; the entry says when they refused."""
    DENIED = "denied"
    """A rule or a person said no."""
    REFUSED = "refused"
    """The host did not take it: malformed, unknown, too much."""


REFUSALS = frozenset({EntryVerdict.DENIED, EntryVerdict.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEntry:
    """One message of a View's record: on its channel, or between host and server on its behalf."""

    number: int
    """From 1, in the order in which they went."""
    direction: Direction
    method: str
    ms: float
    """Since the View was opened."""
    size: int
    """Characters on the channel; bytes to and from a server."""
    id: str = ""
    """The JSON-RPC id as JSON; empty for a notification."""
    body: str = ""
    """What was kept of it: untrusted text."""
    missing: int = 0
    """How much of *size* was not kept."""
    answers: int | None = None
    """The number of the request that this belongs to."""
    verdict: EntryVerdict = EntryVerdict.NONE
    rules: tuple[str, ...] = ()
    """Ids of the rules that decided, as the audit log has them."""
    reason: str = ""
    """Why, for a person; sanitised."""
    invocation: str = ""
    """The id under which the audit log has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSummary:
    """One line of the inspector: a View of this run. Texts are sanitised."""

    view: ViewId
    app: str
    tool: str
    server: ServerKey
    opened_at: float
    """Unix seconds."""
    messages: int
    refused: int
    closed: str
    """Why it ended, or empty while it lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewReport:
    """What happened to one View: for `mcphost render`, the inspector, and for whoever asks why a
    View is blank.
    """

    view: str
    app: str
    """Name and version the App claims; display only."""
    tool: str
    server: str
    template_uri: str
    template_meta: JsonObject
    """The template's own `_meta.ui`: untrusted."""
    content_digest: str
    csp: str
    permissions_policy: str
    """Of the App's document, as applied; so is *csp*."""
    sandbox: str
    """The tokens of the App's frame."""
    permissions: tuple[str, ...]
    """Those that a person gave to this View."""
    granted: tuple[str, ...]
    """Names of the grants that were in force when it opened."""
    wanted: tuple[str, ...]
    """Names of the grants for want of which it was stopped."""
    initialized_ms: float | None
    height: int
    entries: tuple[ChannelEntry, ...]
    dropped: int
    """Messages that the record no longer has."""
    incidents: tuple[tuple[float, ViewIncident], ...]
    denials: tuple[str, ...]
    closed: str
    """Why the View ended, or empty while it lives."""
