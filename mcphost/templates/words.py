"""Words and characters of a template that could mislead a person or a model.

Pure; called by `findings`. Patterns are linear: no nested repetition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mcphost.templates.page import Page
from mcphost.templates.report import Report

_HIDDEN_LONG: Final = 60
_AROUND: Final = 60

_INSTRUCTIONS: Final = re.compile(
    r"(?:ignore|disregard|forget) (?:all |any |the |your )?(?:previous|prior|above|earlier)\b"
    r"|\bsystem prompt\b"
    r"|\byou are now (?:a|an|in|the)\b"
    r"|(?:do not|don't|never) (?:tell|inform|mention|ask|show) (?:this to |it to )?"
    r"the (?:user|human)"
    r"|without (?:asking|telling|informing|notifying) the (?:user|human)"
    r"|<(?:important|system|instructions?)>"
    r"|\b(?:exfiltrate|jailbreak)\b"
    r"|(?:always|must|first|now) call the [\w.-]{1,60} tool"
    r"|\bsend (?:it|this|them|the \w{1,30}) to https?:",
    re.IGNORECASE,
)
_KEYS: Final = (
    *("ignore ", "disregard ", "forget ", "system prompt", "you are now", "the user", "the human"),
    *("<important>", "<system>", "<instruction", "exfiltrate", "jailbreak", " call the ", "send "),
)
"""One of these stands in every phrase above: a quick look spares long scripts the slow one."""
_REACH: Final = 160
"""No phrase is longer."""
_CHARACTERS: Final = (
    ("bidi-characters", re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("tag-characters", re.compile("[\U000e0000-\U000e007f]")),
    (
        "invisible-characters",
        re.compile(
            "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f"
            "\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0100-\U000e01ef]"
        ),
    ),
)


def read_characters(html: str, report: Report) -> None:
    """Report invisible and reordering characters anywhere in the document."""
    if html.startswith("\ufeff"):
        report.add(
            "byte-order-mark", "The document begins with an invisible byte order mark (U+FEFF)."
        )
        html = html[1:]
    if count := html.count("\0"):
        report.add(
            "nul-bytes", f"The document holds {count} NUL characters, as no ordinary document does."
        )
    for check, pattern in _CHARACTERS:
        found = pattern.findall(html)
        if found:
            kinds = ", ".join(f"U+{ord(c):04X}" for c in sorted(set(found))[:5])
            report.add(check, f"{len(found)} of {kinds}")


def read_words(html: str, page: Page, report: Report) -> None:
    """Report words that speak to a model, and text that nobody sees."""
    page.hidden += [(comment, "comment") for comment in _comments(html)]
    long = 0
    for text, where in page.hidden:
        for found in _instructions(text):
            report.add("hidden-instructions", _quote(text, found), where)
        long += len(text) if len(text.strip()) >= _HIDDEN_LONG else 0
    if long:
        report.add("hidden-text", f"Text of {long} characters is not shown when the App opens.")
    for where, texts in (("text", page.shown), ("script", page.scripts)):
        for text in texts:
            for found in _instructions(text):
                report.add("instruction-phrase", _quote(text, found), where)


def _comments(html: str) -> Iterator[str]:
    start = html.find("<!--")
    while start >= 0:
        end = html.find("-->", start + 4)
        if end < 0:
            return
        yield html[start + 4 : end]
        start = html.find("<!--", end)


def _instructions(text: str) -> Iterator[re.Match[str]]:
    """Matches near each key; the places between need no look."""
    lowered = text.lower()
    for key in _KEYS:
        place = lowered.find(key)
        while place >= 0:
            if found := _INSTRUCTIONS.search(text, max(0, place - _REACH), place + _REACH):
                yield found
            place = lowered.find(key, place + _REACH)


def _quote(text: str, found: re.Match[str]) -> str:
    start, end = max(0, found.start() - 20), found.end() + _AROUND
    return f"“{text[start:end].strip()}”"
