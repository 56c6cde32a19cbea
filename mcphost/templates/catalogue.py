"""The table of every static finding: its stable id, how much it matters, what it means and how it
is told.

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
    sentence: str = "{}"
    """What a reviewer reads; `{}` stands for what was found. Alone it is a sentence already."""

    def told(self, found: str) -> str:
        """The sentence about *found*, which is put in as plain text, never read as a format."""
        before, hole, after = self.sentence.partition("{}")
        return f"{before}{found or 'nothing'}{after}" if hole else self.sentence


FINDINGS: Final[dict[str, FindingKind]] = {
    # What could not be judged.
    "scan-cut": FindingKind(_W, "Part of the template was not scanned: too large or too slow."),
    "parser-disagreement": FindingKind(
        _W,
        "Two HTML parsers read the markup differently.",
        "Two HTML parsers read the markup differently and count other elements: {}.",
    ),
    "script-unparsed": FindingKind(_N, "A script is not valid JavaScript, or was not understood."),
    # What the template asks for.
    "domain-declared": FindingKind(
        _N,
        "It asks for network access to this origin.",
        "It asks to contact {}. Approving the template alone does not allow that.",
    ),
    "domain-wildcard": FindingKind(
        _W,
        "It asks for every name below a domain.",
        "It asks to contact every host below a domain: {}. Approving alone does not allow it.",
    ),
    "domain-refused": FindingKind(_W, "A declared domain is not an origin and was dropped."),
    "domain-unused": FindingKind(
        _N,
        "A declared origin appears nowhere in the template.",
        "It declares {}, but nothing in the template refers to that origin.",
    ),
    "domain-undeclared": FindingKind(
        _N,
        "It refers to an origin it did not declare; blocked.",
        "It refers to {} without declaring it; such a request is blocked.",
    ),
    "permission-declared": FindingKind(
        _N,
        "It asks for a browser permission.",
        "It asks for the browser permission “{}”.",
    ),
    "permission-unused": FindingKind(
        _N,
        "A declared permission is used nowhere in the template.",
        "It declares the permission “{}”, but no script in it uses that.",
    ),
    "permission-undeclared": FindingKind(
        _N,
        "It uses a permission it did not declare; refused.",
        "A script uses the permission “{}” without declaring it; it is refused.",
    ),
    # What the metadata got wrong.
    "meta-conflict": FindingKind(_N, "Listing and content declare different metadata."),
    "meta-misplaced": FindingKind(_N, "UI metadata stands where the specification has none."),
    "meta-malformed": FindingKind(
        _W,
        "A member of the metadata has a wrong type; ignored.",
        "A part of the metadata is malformed and was ignored: {}.",
    ),
    "meta-unknown": FindingKind(
        _I,
        "The metadata has a member this host does not know.",
        "The metadata has a member that mcphost does not know and ignores: {}.",
    ),
    "own-domain-wished": FindingKind(
        _I,
        "It wishes for an origin of its own choice; ignored.",
        "It wishes to be served from {}; mcphost gives it an origin of its own instead.",
    ),
    "uri-differs": FindingKind(_N, "The server answered with another URI than was asked for."),
    "extra-contents": FindingKind(_N, "The server sent more than the template; ignored."),
    # What could fool a person or a model.
    "hidden-instructions": FindingKind(
        _W,
        "Text that nobody sees speaks to a model or a reader.",
        "Text that nobody sees speaks to a model or a reader: {}.",
    ),
    "instruction-phrase": FindingKind(
        _N,
        "Words that look like instructions to a model.",
        "These words look like instructions to a model: {}.",
    ),
    "hidden-text": FindingKind(_I, "Text that is not shown when the App opens."),
    "bidi-characters": FindingKind(
        _W,
        "Characters that reorder the text around them.",
        "It holds characters that reorder the text around them: {}.",
    ),
    "tag-characters": FindingKind(
        _W,
        "Invisible tag characters, which can carry hidden text.",
        "It holds invisible tag characters, which can carry hidden text: {}.",
    ),
    "invisible-characters": FindingKind(
        _I,
        "Zero-width and other invisible characters.",
        "It holds characters that nobody sees: {}.",
    ),
    "byte-order-mark": FindingKind(_I, "The document begins with a byte order mark."),
    "nul-bytes": FindingKind(_W, "The document holds NUL characters."),
    "charset-other": FindingKind(
        _W,
        "The document claims another encoding than UTF-8.",
        "The document claims to be written in {} instead of UTF-8.",
    ),
    "password-input": FindingKind(_W, "It has a password field."),
    "approval-wording": FindingKind(
        _N,
        "It has buttons worded like the host's own questions.",
        "A button is worded like one of mcphost's own questions: “{}”.",
    ),
    # What markup and styles do.
    "meta-refresh": FindingKind(
        _W,
        "It navigates by itself (meta refresh).",
        "It navigates away by itself, by a meta refresh: {}.",
    ),
    "base-element": FindingKind(
        _W,
        "A base element changes where its links point.",
        "A base element makes its relative links point to {}.",
    ),
    "script-url": FindingKind(
        _N,
        "A link runs a script (javascript: URL).",
        "An attribute runs a script where an address should be: {}.",
    ),
    "embedded-frame": FindingKind(
        _N,
        "It embeds another document.",
        "It embeds another document: {}.",
    ),
    "resource-hint": FindingKind(
        _N,
        "It asks the browser to contact an origin early.",
        "It asks the browser to contact somebody early: {}.",
    ),
    "form-action": FindingKind(
        _N,
        "A form wants to send its content somewhere.",
        "A form wants to send what is entered in it to {}.",
    ),
    "ping-attribute": FindingKind(
        _N,
        "A link reports the click to somebody.",
        "A link reports each click on it to {}.",
    ),
    "link-out": FindingKind(
        _I,
        "It links to a page outside.",
        "It links to a page outside: {}.",
    ),
    "download-link": FindingKind(
        _I,
        "It offers a download.",
        "It offers a file for download: {}.",
    ),
    "inline-handler": FindingKind(
        _I,
        "Scripts stand in event attributes.",
        "A script stands in an event attribute: {}.",
    ),
    "import-map": FindingKind(_I, "An import map renames modules."),
    "style-import": FindingKind(_N, "A style sheet imports another one."),
    "markup-unusual": FindingKind(
        _N,
        "Very many or very deeply nested elements.",
        "It has unusually many or deeply nested elements: {}.",
    ),
    # What scripts do.
    "script-eval": FindingKind(
        _N,
        "A script makes code from text.",
        "A script makes code from text, with {}.",
    ),
    "script-write": FindingKind(
        _N,
        "A script writes markup into the document stream.",
        "A script writes markup into the document stream, with {}.",
    ),
    "script-markup-sink": FindingKind(
        _I,
        "A script inserts markup made at run time.",
        "A script inserts markup that is made at run time, with {}.",
    ),
    "script-wasm": FindingKind(
        _N,
        "A script runs WebAssembly.",
        "A script runs WebAssembly, with {}.",
    ),
    "script-worker": FindingKind(
        _I,
        "A script starts workers.",
        "A script starts workers, with {}.",
    ),
    "script-webrtc": FindingKind(
        _W,
        "A script opens peer-to-peer connections.",
        "A script opens peer-to-peer connections, with {}.",
    ),
    "script-network": FindingKind(
        _I,
        "A script uses the network.",
        "A script uses the network, with {}. Only granted origins can be reached.",
    ),
    "script-navigation": FindingKind(
        _N,
        "A script navigates or opens windows.",
        "A script navigates or opens windows, with {}.",
    ),
    "script-storage": FindingKind(
        _I,
        "A script keeps data in the browser.",
        "A script keeps data in the browser, with {}.",
    ),
    "script-import": FindingKind(
        _I,
        "A script loads modules at run time.",
        "A script loads modules at run time, with {}.",
    ),
    "script-obfuscated": FindingKind(
        _N,
        "A script looks deliberately unreadable.",
        "A script looks deliberately unreadable: it holds {}.",
    ),
    # Inventory.
    "domain-mentioned": FindingKind(
        _I,
        "A script mentions this origin.",
        "A script mentions {}. No reading can tell whether it would contact that origin.",
    ),
    "tool-called": FindingKind(
        _I,
        "It calls this tool of its server.",
        "It calls the tool “{}” of its server.",
    ),
    "tool-computed": FindingKind(_I, "It calls tools whose names are made at run time."),
    "sdk-known": FindingKind(
        _I,
        "It contains a known MCP Apps library.",
        "It contains {}.",
    ),
}
