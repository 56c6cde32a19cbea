"""A View as the two sides of the house exchange it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEntry:
    """One message on a View's channel. *direction* is `view→host` or `host→view`; *ms* since
    opening.
    """

    direction: str
    method: str
    ms: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewReport:
    """What happened to one View: for `mcphost render`, and for whoever asks why a View is blank."""

    view: str
    app: str
    """Name and version the App claims; display only."""
    template_uri: str
    content_digest: str
    csp: str
    permissions: tuple[str, ...]
    """Those that a person gave to this View."""
    granted: tuple[str, ...]
    """Names of the grants that were in force when it opened."""
    wanted: tuple[str, ...]
    """Names of the grants for want of which it was stopped."""
    initialized_ms: float | None
    height: int
    entries: tuple[ChannelEntry, ...]
    incidents: tuple[tuple[float, ViewIncident], ...]
    denials: tuple[str, ...]
    closed: str
    """Why the View ended, or empty while it lives."""
