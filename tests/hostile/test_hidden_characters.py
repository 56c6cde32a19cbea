"""By every road to a model, what hides in foreign words arrives spelled out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mcphost.domain.json import Json
from mcphost.domain.text import hides
from tests.helpers.attack_rig import rig
from tests.helpers.attack_roads import ROADS
from tests.helpers.figures import say
from tests.helpers.talk import secrets_in_memory

HIDDEN = "\u202ekx\u2066q\u200bz\u200d\ufeff\u00ad\U000e0053\U000e0041\U000e0059\ufe0f\u3164"
WORDS = f"zyx{HIDDEN} <img src=x> **bold** " + "w" * 300
DEAF = {"question of a server", "state of a call", "behind Base64"}
"""Roads that lead to no model, or on which the words do not travel as they are."""


@pytest.fixture(autouse=True)
def no_keyring_of_a_person() -> Iterator[None]:
    with secrets_in_memory():
        yield


def texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts(item)
        case dict():
            for name, item in value.items():
                yield name
                yield from texts(item)
        case _:
            pass


@pytest.mark.timeout(240)
def test_no_road_leads_hidden_characters_to_a_model(tmp_path: Path) -> None:
    heard = 0
    with rig(tmp_path) as made:
        made.attacker()
        for name, road in ROADS.items():
            if name == "in tag characters":
                continue  # takes ASCII only, and hides it by itself
            made.model.heard.clear()
            road(made, WORDS)
            told = [text for asked in made.model.heard for text in texts(asked.body)]
            hidden = {f"U+{ord(c):04X}" for text in told for c in text if hides(c)}
            assert (name, hidden) == (name, set())
            arrived = any("zyx" in text or "z⟨U+" in text for text in told)
            assert arrived or name in DEAF, name
            heard += len(made.model.heard)
    say(f"hidden characters: {len(ROADS) - 1} roads to a model, {heard} requests, none hid in any")
