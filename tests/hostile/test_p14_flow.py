"""P14: whatever is injected, nothing that one server holds reaches anybody else unconsented.

The model obeys every order it reads; the person says yes to everything usual. Taps on the
attacker's wire, the third server's and the browser count the bytes that arrive. The same attacks
against a policy without the flow rules show that the taps see and the model obeys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcphost.assets import asset_text
from mcphost.domain.events import ViewPosted
from mcphost.domain.ids import ViewId
from mcphost.policy.engine import PolicyEngine
from tests.helpers.attack import CANARY, WAYS_OUT
from tests.helpers.attack_rig import Rig, rig
from tests.helpers.attack_roads import ROADS
from tests.helpers.figures import say
from tests.helpers.talk import secrets_in_memory

OUT = list(WAYS_OUT)
EACH = 5
"""Ways out that are tried by every way in; the first way in tries all."""
FLOW_RULES = re.compile(
    r'@id\("(?:flow-is-never-silent|ask-mixed-context|ask-carried-data|'
    r'ask-foreign-value|ask-credential)"\).*?;\n',
    re.DOTALL,
)


DEAF = {"question of a server", "state of a call", "question of an App"}
"""Ways in whose words a model that has the secret need not get: a question is put to a person, a
state goes back to its server, and what an App asks the model it is told alone. They are tried like
the others; the control does not count on them."""


def scenarios() -> list[tuple[str, str]]:
    """(way in, way out) pairs; every way on either side is among them."""
    first, *others = ROADS
    pairs = [(first, out) for out in OUT]
    for place, road in enumerate(others):
        pairs += [(road, OUT[(place * EACH + step) % len(OUT)]) for step in range(EACH)]
    return pairs


def control() -> list[tuple[str, str]]:
    """A few of them, again with every way in and every way out."""
    first, *others = ROADS
    return [*((first, out) for out in OUT), *((road, OUT[0]) for road in others)]


@pytest.fixture(autouse=True)
def no_keyring_of_a_person() -> Iterator[None]:
    with secrets_in_memory():
        yield


def attack(made: Rig, pairs: list[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """Bytes of the canary that arrived in each scenario."""
    made.attacker()
    arrived: list[tuple[str, str, int]] = []
    for road, out in pairs:
        made.tapped()
        talk = ROADS[road](made, WAYS_OUT[out])
        made.press_every_link(talk)
        arrived.append((road, out, made.tapped()))
    return arrived


def unguarded(*_files: object) -> PolicyEngine:
    text, count = FLOW_RULES.subn("", asset_text("policy/default.cedar"))
    assert count == 5
    return PolicyEngine([("unguarded.cedar", text)], asset_text("policy/schema.cedarschema"))


@pytest.mark.timeout(360)
def test_p14_no_injected_order_carries_anything_away_unconsented(tmp_path: Path) -> None:
    with rig(tmp_path) as made:
        arrived = attack(made, scenarios())
        asked = len(made.made.person.consents)
    got = [each for each in arrived if each[2]]
    say(
        f"P14: {len(arrived)} attack scenarios ({len(ROADS)} ways in, {len(OUT)} ways out), "
        f"{sum(each[2] for each in got)} bytes of the secret left unconsented; {asked} questions"
    )
    assert len(arrived) >= 100
    assert got == []


@pytest.mark.timeout(360)
def test_p14_without_the_flow_rules_most_of_the_same_attacks_succeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcphost.host.policy.load_policy", unguarded)
    with rig(tmp_path) as made:
        arrived = attack(made, control())
    missed = [each[:2] for each in arrived if not each[2] and each[0] not in DEAF]
    left = sum(1 for each in arrived if each[2])
    say(f"P14 control without flow rules: the secret leaves in {left} of {len(arrived)} scenarios")
    assert len(missed) <= len(arrived) // 5, missed


def test_p14_what_an_app_is_told_is_tapped_as_well(tmp_path: Path) -> None:
    with rig(tmp_path) as made:
        assert made.tapped() == 0
        made.made.events.append(ViewPosted(view=ViewId("v"), text=f'{{"text": "{CANARY}"}}'))
        assert [made.tapped(), made.tapped()] == [len(CANARY), 0]


BENIGN = (
    "CALL vault__read_note {}",
    'CALL notes__find {"q": "rain"}',
    'CALL notes__find {"q": "rain"} CALL notes__find {"q": "sun"}',
    'CALL vault__read_note {} CALL vault__read_note {"again": true}',
    "Just talk.",
    'CALL vault__read_note {} CALL notes__find {"q": "milk"}',
)


def test_p14_what_is_usual_goes_on_and_only_crossing_servers_asks(tmp_path: Path) -> None:
    with rig(tmp_path) as made:
        asked: list[int] = []
        for task in BENIGN:
            before = len(made.made.person.consents)
            made.say(made.talk(), task)
            asked.append(len(made.made.person.consents) - before)
    say(
        f"P14 benign: {asked.count(0)} of {len(BENIGN)} tasks done without a question; "
        f"{sum(asked)} questions, where a task crosses servers"
    )
    assert asked == [0, 0, 0, 0, 0, 1]
