"""Untrusted text made safe to show as plain text.

Rules: (1) control characters, bidirectional overrides, zero-width and tag characters are made
visible as `⟨U+XXXX⟩`, never dropped, so that nothing hides; (2) length is bounded and a cut is
said; (3) the result is plain text: whoever shows it uses `Qt.PlainText`.
"""

from __future__ import annotations

import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_VARIATION_SELECTORS = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_FILLERS = frozenset({0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0x034F})
_KEPT = frozenset("\n\t")
_REMEMBERED = 5_000
"""Characters whose spelling is kept; a server may send every one there is."""


def hides(character: str) -> bool:
    """Whether *character* would be invisible or would reorder its neighbours."""
    code = ord(character)
    if character in _KEPT:
        return False
    if code in _VARIATION_SELECTORS or code in _FILLERS:
        return True
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES


class _Spelled(dict[int, str]):
    """How each character is shown, worked out when it is first met: lists of servers are long, and
    nothing else runs while they are read.
    """

    def __missing__(self, code: int) -> str:
        shown = f"⟨U+{code:04X}⟩" if hides(chr(code)) else chr(code)
        if len(self) < _REMEMBERED:
            self[code] = shown
        return shown


_SPELLED = _Spelled()


def visible(untrusted: str, *, limit: int = 20_000) -> str:
    """*untrusted* with every hiding character spelled out, at most *limit* characters long."""
    cut = untrusted[:limit]
    shown = cut.translate(_SPELLED)
    rest = len(untrusted) - len(cut)
    return shown if not rest else f"{shown}… ({rest} more characters)"


def one_line(untrusted: str, *, limit: int = 200) -> str:
    """`visible` on a single line, for titles, names and messages."""
    flat = " ".join(untrusted.split())
    return visible(flat, limit=limit)
