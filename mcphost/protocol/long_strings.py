"""Long strings of a JSON text, read piece by piece and put aside, so that no step takes long.

A parser in C reads a string of 16 MB in one go, and everything else in the process waits for it.
Law: (1) what is put aside is replaced by `NaN`, which no JSON text may hold: whoever parses the
rest counts them, in document order, and refuses when the numbers differ; (2) a string is cut
neither within an escape, nor within a pair of surrogates, nor within a character; (3) linear. Pure.
"""

from __future__ import annotations

import json
import re
from typing import Final

LONG: Final = 128 * 1024
"""Bytes from which on a string is read in pieces."""
MAX_QUOTES: Final = 50_000
"""A text with more quotation marks than this has few long strings, and looking for them takes time.
"""
PLACE: Final = b"NaN"

# One step is a few plain bytes, or a whole escape; a high surrogate takes its low one along.
_PIECE = re.compile(
    rb'(?:[^"\\]{1,64}+'
    rb"|\\(?:u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u.{4}|[^u])){1,4096}+",
    re.DOTALL,
)


def put_aside(raw: bytes) -> tuple[bytes, list[str]]:
    """*raw* with every long string replaced by `PLACE`, and those strings.

    Raises `ValueError` (of which `json.JSONDecodeError` and `UnicodeError` are kinds) when a long
    string is none.
    """
    rest: list[bytes] = []
    found: list[str] = []
    kept, at = 0, raw.find(b'"')
    while at >= 0:
        piece = _PIECE.match(raw, at + 1)
        end = at + 1 if piece is None else piece.end()
        if end - at > LONG or raw[end : end + 1] != b'"':
            text, end = _read(raw, at + 1)
            rest.append(raw[kept:at])
            rest.append(PLACE)
            found.append(text)
            kept = end + 1
        at = raw.find(b'"', end + 1)
    rest.append(raw[kept:])
    return b"".join(rest), found


def _read(raw: bytes, start: int) -> tuple[str, int]:
    parts: list[str] = []
    while raw[start : start + 1] != b'"':
        piece = _PIECE.match(raw, start)
        if piece is None:
            raise ValueError("a string without an end")
        end = piece.end()
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end += 1
        parts.append(json.loads(b'"' + raw[start:end] + b'"'))
        start = end
    return "".join(parts), start
