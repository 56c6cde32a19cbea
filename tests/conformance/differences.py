"""Every difference on the wire between the official SDK's client (2.3.0) and ours, and why.

The keys are what `tests.helpers.frames.differences` says; each with the legs it is seen on.
"""

from __future__ import annotations

from typing import Final

HTTP: Final = frozenset({"modern http", "legacy http"})
STDIO: Final = frozenset({"modern stdio", "legacy stdio"})
LEGACY: Final = frozenset({"legacy http", "legacy stdio"})
ALL: Final = HTTP | STDIO

_META: Final = "body.params._meta.io.modelcontextprotocol/clientCapabilities"
_UI: Final = 'extensions.io.modelcontextprotocol/ui.mimeTypes: ours ["text/html;profile=mcp-app"]'
_APPS: Final = "A host of Apps says so always: some servers hide their Apps from whoever does not."
_BACKGROUND: Final = (
    "Nobody can be asked anything while a server is only connected, so the host does not say it can"
    " (capabilities are chosen for each request by what started it); the SDK has one set for all."
)
_NO_BODY: Final = "A message without a body has no type of content."

EXPLAINED: Final = {
    f"{_META}.elicitation.form: ours absent, theirs {{}}": (ALL, _BACKGROUND),
    f"{_META}.elicitation.url: ours absent, theirs {{}}": (ALL, _BACKGROUND),
    f"{_META}.{_UI}, theirs absent": (ALL, _APPS),
    f"body.params.capabilities.{_UI}, theirs absent": (LEGACY, _APPS),
    'header.accept-encoding: ours "identity", theirs "gzip, deflate"': (
        HTTP,
        "Compression would let a small answer grow beyond every limit on the way in.",
    ),
    'body.params.reason: ours "cancelled", theirs "caller cancelled"': (
        frozenset({"modern stdio", *LEGACY}),
        "Free text for a log. (On modern HTTP both only close the stream.)",
    ),
    "body.params: ours {}, theirs absent": (
        LEGACY,
        "The first page of a list is asked for with empty params, which every revision allows.",
    ),
    'header.cache-control: ours absent, theirs "no-store"': (
        frozenset({"legacy http"}),
        "For caches between; event streams are not cached.",
    ),
    'header.content-type: ours absent, theirs "application/json"': (
        frozenset({"legacy http"}),
        _NO_BODY,
    ),
}
