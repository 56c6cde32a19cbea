"""What happened to a View, in a sentence for its card: for the person and for the model (P15).

Pure. Called by `mcphost.views.controller`.
"""

from __future__ import annotations

from mcphost.domain.text import one_line
from mcphost.domain.view import IncidentKind, ViewIncident


def told_as(incident: ViewIncident) -> str:
    """The sentence about *incident*; its detail may be the App's own words, so it is one line."""
    return _SENTENCES[incident.kind].format(detail=one_line(incident.detail, limit=300))


_SENTENCES = {
    IncidentKind.SANDBOX_REFUSED: "The App was not opened: {detail}",
    IncidentKind.LOAD_FAILED: "The App could not be loaded: {detail}",
    IncidentKind.RENDERER_GONE: "The App crashed: {detail}",
    IncidentKind.HUNG: "The App stopped answering and was ended: {detail}",
    IncidentKind.FLOODED: "The App sent too much and was ended: {detail}",
    IncidentKind.OVERRAN: "The App used too much of this computer and was ended: {detail}",
    IncidentKind.THROTTLED: "The App does too much and is slowed down: {detail}",
    IncidentKind.REQUEST_BLOCKED: "A network request of the App was blocked: {detail}",
    IncidentKind.NAVIGATION_BLOCKED: "The App tried to leave its page and was stopped: {detail}",
    IncidentKind.PERMISSION_REFUSED: "The App asked for a permission nobody granted: {detail}",
    IncidentKind.DOWNLOAD_REFUSED: "The App tried to download a file and was stopped: {detail}",
    IncidentKind.POLICY_STOPPED: "The App was kept from what nobody allowed: {detail}",
    IncidentKind.NEEDS_RESTART: (
        "The App may use {detail}, which works from the next start of mcphost on."
    ),
    IncidentKind.CLIPBOARD_CHANGED: "The clipboard changed while the App was in use: {detail}",
    IncidentKind.CONSOLE_ERROR: "The App reported an error: {detail}",
    IncidentKind.NEVER_INITIALIZED: (
        "The App did not finish its handshake within {detail}; the text result is above."
    ),
}
