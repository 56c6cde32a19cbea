"""How large one message of a server may be: what may be chosen, and how it is written. Pure.

Law: the bounds hold wherever a size comes from, the command line or the database. A message is held
in memory while it is read, so the upper bound is what one server may cost at a time.
"""

from __future__ import annotations

import re
from typing import Final

from mcphost.domain.errors import NotConfigured
from mcphost.domain.text import one_line

KIB: Final = 1024
MIB: Final = 1024 * KIB
LEAST_MESSAGE: Final = 64 * KIB
DEFAULT_MESSAGE: Final = 16 * MIB
MOST_MESSAGE: Final = 256 * MIB

_SIZE = re.compile(r"([0-9]{1,9})([KM]?)")
_UNITS: Final = {"": 1, "K": KIB, "M": MIB}


def parse_message_size(text: str) -> int:
    """The bytes that *text* spells: `65536`, `64K`, `32M`. Raises `NotConfigured`."""
    found = _SIZE.fullmatch(text)
    size = int(found[1]) * _UNITS[found[2]] if found else -1
    if not is_message_size(size):
        raise NotConfigured(
            f"{one_line(text)} is no size of a message: give 64K to 256M, such as 32M"
        )
    return size


def is_message_size(size: int) -> bool:
    """Whether a server may be allowed messages of *size* bytes."""
    return LEAST_MESSAGE <= size <= MOST_MESSAGE


def size_text(size: int) -> str:
    """*size* as a person reads it, exact: `16 MiB`, `64 KiB`, `70000 bytes`."""
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"
