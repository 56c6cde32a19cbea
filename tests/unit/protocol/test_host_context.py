"""The host context: each field right or absent, changes in whole fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.view import DisplayMode, ViewEnvironment
from mcphost.protocol.host_context import changed_context, host_context
from tests.helpers.gate_parts import tool

HERE = ViewEnvironment(
    theme="light",
    style_variables=(("--font-sans", "sans-serif"),),
    locale="de-CH",
    time_zone="Europe/Zurich",
    width=640,
    max_height=900,
    modes=tuple(DisplayMode),
)


@pytest.mark.requirement("APPS-24")
def test_inline_the_width_is_given_and_the_height_is_the_apps_own_up_to_a_bound() -> None:
    assert host_context(HERE)["containerDimensions"] == {"width": 640, "maxHeight": 900}


@pytest.mark.requirement("APPS-I05")
@pytest.mark.parametrize("mode", [DisplayMode.FULLSCREEN, DisplayMode.PIP])
def test_elsewhere_the_window_gives_both(mode: DisplayMode) -> None:
    context = host_context(replace(HERE, mode=mode, width=1_000, height=700))
    assert context["containerDimensions"] == {"width": 1_000, "height": 700}
    assert context["displayMode"] == mode.value
    assert context["availableDisplayModes"] == ["inline", "fullscreen", "pip"]


def test_views_of_before_0_3_are_told_their_room_under_its_old_name() -> None:
    assert host_context(HERE)["viewport"] == {"width": 640, "height": 900, "maxHeight": 900}
    outside = replace(HERE, mode=DisplayMode.PIP, height=300)
    assert host_context(outside)["viewport"] == {"width": 640, "height": 300}


@pytest.mark.requirement("APPS-I12")
@pytest.mark.parametrize("mode", DisplayMode)
def test_safe_areas_have_all_four_sides(mode: DisplayMode) -> None:
    areas = host_context(replace(HERE, mode=mode))["safeAreaInsets"]
    assert areas == {"top": 0, "right": 0, "bottom": 0, "left": 0}


@pytest.mark.requirement("APPS-27", "APPS-40")
@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, set[str]()),
        ({"theme": "dark"}, {"theme"}),
        ({"width": 500}, {"containerDimensions", "viewport"}),
        ({"height": 500}, set[str]()),
        (
            {"mode": DisplayMode.PIP, "height": 5},
            {"displayMode", "containerDimensions", "viewport"},
        ),
        ({"style_variables": (("--font-mono", "monospace"),)}, {"styles"}),
        ({"touch": True}, {"deviceCapabilities"}),
    ],
)
def test_a_change_is_told_in_whole_fields_and_nothing_else_is(
    change: dict[str, Any], names: set[str]
) -> None:
    after = replace(HERE, **change)
    told = changed_context(HERE, after)
    assert set(told) == names
    assert all(host_context(after)[name] == value for name, value in told.items())


@pytest.mark.requirement("APPS-I04")
@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string"},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"free": True}},
        {"type": "object", "properties": {"empty": None}},
        {"type": "object", "required": "name"},
        {"type": "object", "required": [1]},
    ],
)
def test_a_tool_that_an_sdk_would_refuse_is_not_told(schema: dict[str, Any]) -> None:
    assert "toolInfo" not in host_context(HERE, replace(tool("look"), input_schema=schema))


@pytest.mark.requirement("APPS-23", "APPS-I04")
def test_a_whole_tool_is_told() -> None:
    whole: dict[str, Any] = {"type": "object", "properties": {"a": {}}, "required": ["a"]}
    told = host_context(HERE, replace(tool("look"), input_schema=whole, output_schema=whole))
    shown: Any = told["toolInfo"]
    assert shown["tool"]["inputSchema"] == shown["tool"]["outputSchema"] == whole
    assert None not in shown["tool"].values()
