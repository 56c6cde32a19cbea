"""Effect classes: the host's own judgement; a server's words may only make it worse."""

from __future__ import annotations

import pytest

from mcphost.demo.definitions import TOOLS
from mcphost.domain.tool import Effect
from mcphost.gate.effects import EffectBook, builtin_effects
from tests.helpers.gate_parts import config, tool


def judged(effect: Effect | None) -> EffectBook:
    return EffectBook(lambda identity, definition: effect)


@pytest.mark.requirement("MCP-024")
def test_what_nobody_judged_is_unknown_whatever_the_server_says() -> None:
    harmless = tool(annotations={"readOnlyHint": True})
    assert judged(None).effect_of(config(), harmless) is Effect.UNKNOWN


@pytest.mark.requirement("MCP-024")
@pytest.mark.parametrize(
    ("own", "annotations", "expected"),
    [
        (Effect.READ, {}, Effect.READ),
        (Effect.READ, {"readOnlyHint": False}, Effect.WRITE),
        (Effect.READ, {"destructiveHint": True}, Effect.DESTRUCTIVE),
        (Effect.WRITE, {"readOnlyHint": True}, Effect.WRITE),
        (Effect.DESTRUCTIVE, {"readOnlyHint": True}, Effect.DESTRUCTIVE),
        (Effect.READ, {"readOnlyHint": "no"}, Effect.READ),
    ],
)
def test_annotations_raise_a_class_and_never_lower_it(
    own: Effect, annotations: dict[str, object], expected: Effect
) -> None:
    assert judged(own).effect_of(config(), tool(annotations=annotations)) is expected


@pytest.mark.requirement("MCP-015")
def test_the_demo_servers_classes_hold_for_the_built_in_server_only() -> None:
    book = judged(None)
    overview = tool("garden_overview")
    assert book.effect_of(config(builtin=True), overview) is Effect.READ
    assert book.effect_of(config(), overview) is Effect.UNKNOWN


def test_every_tool_of_the_demo_server_has_a_class() -> None:
    assert builtin_effects().keys() == {definition["name"] for definition in TOOLS}
