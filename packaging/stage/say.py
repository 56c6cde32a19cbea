"""Progress on standard error, so that standard output stays the program's own."""

from __future__ import annotations

import sys
from typing import NoReturn

CANNOT_RUN = 3


class CannotRunError(Exception):
    """The set-up cannot go on; the message says what is missing and what to do."""


def step(text: str) -> None:
    """One line of progress."""
    print(f"packaging: {text}", file=sys.stderr, flush=True)


def refuse(text: str) -> NoReturn:
    """Stop the set-up with *text*."""
    raise CannotRunError(text)
