"""Argument constraints: whether the arguments of a call stay within what a grant names.

Law: (1) whatever can be read in two ways (`..`, empty or dotted parts, backslashes, escapes,
control and look-alike characters, user names in a URL) fits no constraint, so a person is asked;
(2) under a path or host constraint, every text in the arguments that could be a path or an address
must itself be constrained, and no argument may be new (`NAMES`). Pure. Used by `consent.cover` and
`consent.offers`.

What a path means is the server's business: a link in its file system can still lead elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import rfc8785

from mcphost.domain.grant import Constraint, ConstraintRule
from mcphost.domain.json import Json, canonical_bytes
from mcphost.domain.links import parse_link
from mcphost.domain.text import hides

MAX_DEPTH = 8
MAX_TEXT = 4096
_DRIVE = re.compile(r"[A-Za-z]:/")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LOCATED = re.compile(r"[A-Za-z]:[\\/]|[A-Za-z][A-Za-z0-9+.-]*://|(?:file|data|mailto):", re.I)
_PLACES = frozenset({ConstraintRule.PATH, ConstraintRule.HOST})


def fits(constraints: Sequence[Constraint], arguments: Json) -> bool:
    """Whether *arguments* satisfy every one of *constraints*; none: any arguments do."""
    if not all(_fits(constraint, arguments) for constraint in constraints):
        return False
    placed = {c.pointer for c in constraints if c.rule in _PLACES}
    if not placed:
        return True
    return {where for where, text in texts(arguments) if reaches(text)} <= placed


def canonical_text(value: Json) -> str | None:
    """*value* as canonical JSON, or None where that cannot be."""
    try:
        return canonical_bytes(value).decode()
    except (rfc8785.CanonicalizationError, UnicodeError):
        return None


def path_parts(text: str) -> tuple[str, ...] | None:
    """The parts of an absolute path that can be read in one way only, or None."""
    drive = _DRIVE.match(text)
    if not text.startswith("/") and drive is None:
        return None
    if len(text) > MAX_TEXT or any(c in "\\%\t\n" or hides(c) for c in text):
        return None
    parts = text.split("/") if drive else text.split("/")[1:]
    if parts and parts[-1] == "":
        parts = parts[:-1]
    if not all(_plain(part, drive is not None and at > 0) for at, part in enumerate(parts)):
        return None
    return tuple(parts) if drive else ("", *parts)


def site_of(text: str) -> str | None:
    """`scheme://host:port` of a web address that can be read in one way only, or None."""
    try:
        link = parse_link(text)
        port = urlsplit(text).port
    except ValueError:
        return None
    if link.scheme not in _DEFAULT_PORTS or any(hides(c) for c in text):
        return None
    return f"{link.scheme}://{link.host}:{port or _DEFAULT_PORTS[link.scheme]}"


def reaches(text: str) -> bool:
    """Whether *text* could name a file or an address somewhere. Prose and file contents do not."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if len(plain) > MAX_TEXT or "\n" in plain:
        return False
    if plain.startswith(("/", "\\", "~", ".", "%")) or _LOCATED.match(plain):
        return True
    return ("/" in plain or "\\" in plain) and len(plain.split()) == 1


def texts(value: Json, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text in *value* with its JSON pointer. What lies too deep counts as one that reaches
    anywhere.
    """
    if depth > MAX_DEPTH:
        yield pointer, "/"
        return
    match value:
        case str():
            yield pointer, value
        case Mapping():
            for name, child in value.items():
                yield from texts(child, f"{pointer}/{_escaped(name)}", depth + 1)
                if depth and reaches(name):
                    yield f"{pointer}/{_escaped(name)}#", name
        case Sequence():
            for at, child in enumerate(value):
                yield from texts(child, f"{pointer}/{at}", depth + 1)
        case _:
            return


def at_pointer(value: Json, pointer: str) -> Json:
    """What stands at *pointer*. Raises `KeyError` when nothing does."""
    found = value
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        match found:
            case Mapping() if name in found:
                found = found[name]
            case [*items] if name.isascii() and name.isdigit() and int(name) < len(items):
                found = items[int(name)]
            case _:
                raise KeyError(pointer)
    return found


def _fits(constraint: Constraint, arguments: Json) -> bool:
    try:
        value = at_pointer(arguments, constraint.pointer)
    except KeyError:
        return False
    match constraint.rule:
        case ConstraintRule.EXACT:
            return canonical_text(value) == constraint.value
        case ConstraintRule.PATH:
            return isinstance(value, str) and _below(value, constraint.value)
        case ConstraintRule.HOST:
            return isinstance(value, str) and site_of(value) == constraint.value
        case ConstraintRule.NAMES:
            names = value if isinstance(value, Mapping) else None
            return names is not None and set(names) <= set(constraint.value.split("\n"))


def _below(text: str, folder: str) -> bool:
    parts, above = path_parts(text), path_parts(folder)
    if parts is None or above is None:
        return False
    return len(parts) > len(above) and parts[: len(above)] == above


def _plain(part: str, on_drive: bool) -> bool:
    if part in ("", ".", "..") or unicodedata.normalize("NFKC", part) != part:
        return False
    return not on_drive or (part.strip(" .") == part and not any(c in ':*?"<>|~' for c in part))


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
