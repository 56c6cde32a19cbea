"""What a text may stand for: itself, and what it is an encoding of, a few layers deep.

Law: reading more into a text than is there only makes a later comparison stricter; the work is
bounded by `MAX_VARIANTS` and by the length of what comes in. Pure.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

MAX_VARIANTS: Final = 24
"""Readings of one text."""
_DEPTH: Final = 3
_SPELLED: Final = re.compile("⟨U\\+[0-9A-F]{4,6}⟩")
_NOT_ALNUM: Final = re.compile(r"[\W_]+")
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE: Final = re.compile(r"\\u\{?([0-9A-Fa-f]{4,6})\}?|\\x([0-9A-Fa-f]{2})")
_ENTITY: Final = re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:,;-]?){6,}")
_BASE32: Final = re.compile(r"[A-Z2-7a-z]{16,}")
_READABLE: Final = 0.85


def normal(text: str) -> str:
    """*text* as letters and digits alone: case, width, spacing and invisible characters undone."""
    folded = unicodedata.normalize("NFKC", _SPELLED.sub("", text)).casefold()
    return _NOT_ALNUM.sub("", folded)


def readings(text: str) -> tuple[tuple[str, str], ...]:
    """(how, reading) pairs: *text* itself first, then what it decodes to."""
    found: dict[str, str] = {text: ""}
    edge = [(text, "")]
    for _layer in range(_DEPTH):
        fresh: list[tuple[str, str]] = []
        for known, how in edge:
            for name, reading in _decoded(known):
                if reading not in found and len(found) < MAX_VARIANTS:
                    found[reading] = how or name
                    fresh.append((reading, how or name))
        edge = fresh
    return tuple((how, reading) for reading, how in found.items())


def _decoded(text: str) -> Iterator[tuple[str, str]]:
    if _PERCENT.search(text):
        yield "percent-encoding", unquote(text, errors="ignore")
    if _ESCAPE.search(text):
        yield "escapes", _ESCAPE.sub(_character, text)
    if _ENTITY.search(text):
        yield "character references", html.unescape(text)
    yield from (("hexadecimal", reading) for reading in _hexadecimal(text))
    yield from (("Base64", reading) for reading in _base64(text))
    yield from (("Base32", reading) for reading in _base32(text))


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16)
    return chr(code) if code < 0x110000 else ""


def _hexadecimal(text: str) -> Iterator[str]:
    for run in _HEX.findall(text):
        digits = re.sub(r"[^0-9A-Fa-f]", "", run)
        yield from _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _base64(text: str) -> Iterator[str]:
    """Each run, and the whole without its blanks; a run may begin with letters that are not its."""
    whole = "".join(text.split())
    runs = list(dict.fromkeys([*_BASE64.findall(text), *_BASE64.findall(whole)]))
    for run in runs[:16]:
        plain = run.replace("-", "+").replace("_", "/")
        for skipped in range(4):
            part = plain[skipped:]
            part = part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part
            yield from _readable(_loose(part))


def _loose(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""


def _base32(text: str) -> Iterator[str]:
    for run in _BASE32.findall(text)[:16]:
        part = run.upper()[: len(run) // 8 * 8]
        try:
            yield from _readable(base64.b32decode(part))
        except (binascii.Error, ValueError):
            continue


def _readable(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "ignore")
    if len(text) < 4 or len(text) < _READABLE * len(data) * 0.5:
        return
    if sum(c.isprintable() or c.isspace() for c in text) >= _READABLE * len(text):
        yield text
