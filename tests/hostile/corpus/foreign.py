"""Documents of other people, shown as they are but for two things. Pure but for reading the files.

Each says that it is alive, by a script right behind its `<head>`, and presses its own links and
buttons before it is over. Every absolute address in it gets a host of its own, so that the count of
hosts says how many of its ways out work; *as_is* leaves the addresses alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.corpus.vector import Hand

SETTLE_MS = 13_000
"""Long enough for a document that goes elsewhere after ten seconds."""
_PRESS_MS, _STILL_MS = 11_000, 12_000
_ADDRESS = re.compile(r"\b((?:https?|wss?)://)([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})", re.I)
_NAMESPACES = frozenset({"www.w3.org", "w3.org"})
_START = re.compile(r"<head\b[^>]*>|<html\b[^>]*>|<!doctype[^>]*>", re.I)
_ALIVE = """<script>parent.postMessage({ran: PAGE}, '*');
setTimeout(() => {
  for (const e of document.querySelectorAll('a, area, button, input, summary, label'))
    try { e.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})) } catch {}
  for (const e of document.forms) try { e.submit() } catch {}
}, PRESS);
setTimeout(() => parent.postMessage({still: PAGE}, '*'), STILL);
</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """One document. *number* is its place in the run."""

    number: int
    name: str
    text: str
    granted = False
    framed = False
    hand = Hand.NOTHING
    settle_ms = SETTLE_MS

    def html(self) -> str:
        """The document, with its sign of life."""
        alive = _ALIVE.replace("PAGE", str(self.number))
        alive = alive.replace("PRESS", str(_PRESS_MS)).replace("STILL", str(_STILL_MS))
        starts = list(_START.finditer(self.text[:2_000]))
        at = starts[-1].end() if starts else 0
        return self.text[:at] + alive + self.text[at:]


def foreign(path: Path, *, as_is: bool = False) -> tuple[Foreign, ...]:
    """The documents at *path*: one file, or all of a folder."""
    files = sorted(path.rglob("*.htm*")) if path.is_dir() else [path]
    found: list[Foreign] = []
    for number, file in enumerate(files):
        text = file.read_text(encoding="utf-8", errors="replace")
        text = text if as_is else own_hosts(text, number)
        found.append(Foreign(number=number, name=file.name, text=text))
    return tuple(found)


def own_hosts(text: str, page: int) -> str:
    """*text* with a host of its own for each address; names of namespaces stay."""
    count = 0

    def renamed(found: re.Match[str]) -> str:
        nonlocal count
        if found[2].lower() in _NAMESPACES:
            return found[0]
        count += 1
        return f"{found[1]}n{count}.p{page}.{found[2]}"

    return _ADDRESS.sub(renamed, text)
