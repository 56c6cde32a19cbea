"""Untrusted text made safe to show: every hiding character is spelled out, whatever came before."""

from __future__ import annotations

import random

from mcphost.domain.text import hides, visible


def test_a_text_is_shown_character_by_character_and_only_the_hiding_ones_are_spelled_out() -> None:
    rng = random.Random(6)
    text = "".join(chr(rng.randrange(0x110000)) for _ in range(8_000))
    spelled = "".join(f"⟨U+{ord(c):04X}⟩" if hides(c) else c for c in text)
    assert visible(text) == spelled
    assert visible(text) == spelled
