"""Tool tips that stay plain text.

Law: a tool tip guesses from its text whether it is markup; escaping inside a paragraph leaves it
nothing to guess. Whoever puts foreign words into a tool tip does it by `plain_tip`. Pure.
"""

from __future__ import annotations

import html


def plain_tip(text: str) -> str:
    """*text* for a tool tip, shown exactly; nothing for nothing."""
    return f"<p>{html.escape(text)}</p>" if text else ""
