"""The table of every static finding: its stable id, how much it matters, and what it means.

Data only. Each id has a heading of its own in `resources/help/findings.md`; ids are never reused.
The order is the order of the review pane: warnings about trust first, inventory last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcphost.domain.template import Severity

_W, _N, _I = Severity.WARNING, Severity.NOTICE, Severity.INFO


@dataclass(frozen=True, slots=True)
class FindingKind:
    """What every finding with one id has in common."""

    severity: Severity
    meaning: str


FINDINGS: Final[dict[str, FindingKind]] = {
    # What could not be judged.
    "scan-cut": FindingKind(_W, "Part of the template was not scanned: too large or too slow."),
    "parser-disagreement": FindingKind(_W, "Two HTML parsers read the markup differently."),
    "script-unparsed": FindingKind(_N, "A script is not valid JavaScript, or was not understood."),
    # What the template asks for.
    "domain-declared": FindingKind(_N, "It asks for network access to this origin."),
    "domain-wildcard": FindingKind(_W, "It asks for every name below a domain."),
    "domain-refused": FindingKind(_W, "A declared domain is not an origin and was dropped."),
    "domain-unused": FindingKind(_N, "A declared origin appears nowhere in the template."),
    "domain-undeclared": FindingKind(_N, "It refers to an origin it did not declare; blocked."),
    "permission-declared": FindingKind(_N, "It asks for a browser permission."),
    "permission-unused": FindingKind(_N, "A declared permission is used nowhere in the template."),
    "permission-undeclared": FindingKind(_N, "It uses a permission it did not declare; refused."),
    # What the metadata got wrong.
    "meta-conflict": FindingKind(_N, "Listing and content declare different metadata."),
    "meta-misplaced": FindingKind(_N, "UI metadata stands where the specification has none."),
    "meta-malformed": FindingKind(_W, "A member of the metadata has a wrong type; ignored."),
    "meta-unknown": FindingKind(_I, "The metadata has a member this host does not know."),
    "own-domain-wished": FindingKind(_I, "It wishes for an origin of its own choice; ignored."),
    "uri-differs": FindingKind(_N, "The server answered with another URI than was asked for."),
    "extra-contents": FindingKind(_N, "The server sent more than the template; ignored."),
    # What could fool a person or a model.
    "hidden-instructions": FindingKind(_W, "Text that nobody sees speaks to a model or a reader."),
    "instruction-phrase": FindingKind(_N, "Words that look like instructions to a model."),
    "hidden-text": FindingKind(_I, "Text that is not shown when the App opens."),
    "bidi-characters": FindingKind(_W, "Characters that reorder the text around them."),
    "tag-characters": FindingKind(_W, "Invisible tag characters, which can carry hidden text."),
    "invisible-characters": FindingKind(_I, "Zero-width and other invisible characters."),
    "byte-order-mark": FindingKind(_I, "The document begins with a byte order mark."),
    "nul-bytes": FindingKind(_W, "The document holds NUL characters."),
    "charset-other": FindingKind(_W, "The document claims another encoding than UTF-8."),
    "password-input": FindingKind(_W, "It has a password field."),
    "approval-wording": FindingKind(_N, "It has buttons worded like the host's own questions."),
    # What markup and styles do.
    "meta-refresh": FindingKind(_W, "It navigates by itself (meta refresh)."),
    "base-element": FindingKind(_W, "A base element changes where its links point."),
    "script-url": FindingKind(_N, "A link runs a script (javascript: URL)."),
    "embedded-frame": FindingKind(_N, "It embeds another document."),
    "resource-hint": FindingKind(_N, "It asks the browser to contact an origin early."),
    "form-action": FindingKind(_N, "A form wants to send its content somewhere."),
    "ping-attribute": FindingKind(_N, "A link reports the click to somebody."),
    "link-out": FindingKind(_I, "It links to a page outside."),
    "download-link": FindingKind(_I, "It offers a download."),
    "inline-handler": FindingKind(_I, "Scripts stand in event attributes."),
    "import-map": FindingKind(_I, "An import map renames modules."),
    "style-import": FindingKind(_N, "A style sheet imports another one."),
    "markup-unusual": FindingKind(_N, "Very many or very deeply nested elements."),
    # What scripts do.
    "script-eval": FindingKind(_N, "A script makes code from text."),
    "script-write": FindingKind(_N, "A script writes markup into the document stream."),
    "script-markup-sink": FindingKind(_I, "A script inserts markup made at run time."),
    "script-wasm": FindingKind(_N, "A script runs WebAssembly."),
    "script-worker": FindingKind(_I, "A script starts workers."),
    "script-webrtc": FindingKind(_W, "A script opens peer-to-peer connections."),
    "script-network": FindingKind(_I, "A script uses the network."),
    "script-navigation": FindingKind(_N, "A script navigates or opens windows."),
    "script-storage": FindingKind(_I, "A script keeps data in the browser."),
    "script-import": FindingKind(_I, "A script loads modules at run time."),
    "script-obfuscated": FindingKind(_N, "A script looks deliberately unreadable."),
    # Inventory.
    "domain-mentioned": FindingKind(_I, "A script mentions this origin."),
    "tool-called": FindingKind(_I, "It calls this tool of its server."),
    "tool-computed": FindingKind(_I, "It calls tools whose names are made at run time."),
    "sdk-known": FindingKind(_I, "It contains a known MCP Apps library."),
}
