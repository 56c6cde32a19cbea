"""Exactly the 76 CSS variables that the MCP Apps specification names."""

from __future__ import annotations

import re

import pytest

from ui.widgets.theme import Theme

TONES = [
    "primary",
    "secondary",
    "tertiary",
    "inverse",
    "ghost",
    "info",
    "danger",
    "success",
    "warning",
    "disabled",
]
RINGS = ["primary", "secondary", "inverse", "info", "danger", "success", "warning"]
EXPECTED = {
    *(f"--color-{group}-{t}" for group in ("background", "text", "border") for t in TONES),
    *(f"--color-ring-{tone}" for tone in RINGS),
    "--font-sans",
    "--font-mono",
    *(f"--font-weight-{name}" for name in ("normal", "medium", "semibold", "bold")),
    *(f"--font-text-{n}-{p}" for n in ["xs", "sm", "md", "lg"] for p in ("size", "line-height")),
    *(
        f"--font-heading-{name}-{part}"
        for name in ["xs", "sm", "md", "lg", "xl", "2xl", "3xl"]
        for part in ("size", "line-height")
    ),
    *(f"--border-radius-{name}" for name in ["xs", "sm", "md", "lg", "xl", "full"]),
    "--border-width-regular",
    *(f"--shadow-{name}" for name in ["hairline", "sm", "md", "lg"]),
}


@pytest.mark.requirement("APPS-I03")
def test_every_standard_variable_is_there_once_and_no_other() -> None:
    names = [name for name, _ in Theme().style_variables()]
    assert len(names) == len(EXPECTED) == 76
    assert set(names) == EXPECTED


@pytest.mark.requirement("APPS-28")
def test_every_colour_carries_both_modes() -> None:
    color = r"#[0-9a-f]{6}(?:[0-9a-f]{2})?"
    for name, value in Theme().style_variables():
        if name.startswith("--color-"):
            assert re.fullmatch(rf"light-dark\({color}, {color}\)", value), name


def test_no_value_can_break_out_of_a_declaration() -> None:
    assert not any(set(value) & set(";{}<>\\\n") for _, value in Theme().style_variables())


def test_the_font_stacks_end_in_a_generic_family() -> None:
    variables = dict(Theme().style_variables())
    assert variables["--font-sans"].endswith(", sans-serif")
    assert variables["--font-mono"].endswith(", monospace")
