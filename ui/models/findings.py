"""What each static finding is called, for a person. Pure.

The ids are stable and stand in reports and in the help; nobody should have to read them. Called by
the review pane.
"""

from __future__ import annotations

from typing import Final

FINDING_TITLES: Final[dict[str, str]] = {
    "scan-cut": "Not all of it was read",
    "parser-disagreement": "Markup that is read in two ways",
    "script-unparsed": "Script that was not understood",
    "domain-declared": "Asks for a host",
    "domain-wildcard": "Asks for every host below a domain",
    "domain-refused": "Asks for what is no host",
    "domain-unused": "Asks for a host that it does not use",
    "domain-undeclared": "Refers to a host that it does not ask for",
    "permission-declared": "Asks for a permission",
    "permission-unused": "Asks for a permission that it does not use",
    "permission-undeclared": "Uses what it does not ask for",
    "meta-conflict": "Two declarations that differ",
    "meta-misplaced": "Declaration in the wrong place",
    "meta-malformed": "Declaration that cannot be read",
    "meta-unknown": "Declaration that nobody knows",
    "own-domain-wished": "Wants an address of its own",
    "uri-differs": "Another address than was asked for",
    "extra-contents": "More than one page in the answer",
    "hidden-instructions": "Hidden words to a model",
    "instruction-phrase": "Words to a model",
    "hidden-text": "Hidden text",
    "bidi-characters": "Characters that turn text around",
    "tag-characters": "Invisible tag characters",
    "invisible-characters": "Invisible characters",
    "byte-order-mark": "Byte order mark",
    "nul-bytes": "NUL bytes",
    "charset-other": "Another character set",
    "password-input": "Field for a password",
    "approval-wording": "Words of an approval",
    "meta-refresh": "Page that moves on by itself",
    "base-element": "Base for all its addresses",
    "script-url": "Address that runs script",
    "embedded-frame": "Frame or embedded object",
    "resource-hint": "Contacts a host in advance",
    "form-action": "Form that is sent somewhere",
    "ping-attribute": "Link that reports who follows it",
    "link-out": "Link to a page elsewhere",
    "download-link": "Link that saves a file",
    "inline-handler": "Script inside markup",
    "import-map": "Modules under other names",
    "style-import": "Style that loads another",
    "markup-unusual": "Unusual markup",
    "script-eval": "Runs text as code",
    "script-write": "Writes into the page as it loads",
    "script-markup-sink": "Makes markup from text",
    "script-wasm": "WebAssembly",
    "script-worker": "Script in the background",
    "script-webrtc": "Connects to other computers directly",
    "script-network": "Uses the network",
    "script-navigation": "Leaves its page, or opens windows",
    "script-storage": "Keeps data",
    "script-import": "Loads modules later",
    "script-obfuscated": "Script made unreadable",
    "domain-mentioned": "Mentions a host",
    "tool-called": "Calls a tool",
    "tool-computed": "Calls tools by computed names",
    "sdk-known": "Known App code",
}


def finding_title(check: str) -> str:
    """What the finding *check* is called; of a stored one that is no more, its id in words."""
    return FINDING_TITLES.get(check) or check.replace("-", " ").capitalize()
