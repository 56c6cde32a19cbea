"""The look: one source of colours, readable in both modes, following the system unless told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest
from PySide6.QtWidgets import QApplication

from mcphost.domain.errors import HostBugError
from ui.widgets import tokens
from ui.widgets.stylesheet import build_stylesheet
from ui.widgets.theme import Mode, Theme, qt_palette
from ui.widgets.tokens import Colors, Rings, Tones, load_colors, load_metrics

BOTH = pytest.mark.parametrize("mode", list(Mode))
READ = ("primary", "secondary", "tertiary", "info", "danger", "success", "warning", "ghost")


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme()
    theme.apply(qapp)
    yield theme
    theme.set_override(None)


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@BOTH
@pytest.mark.parametrize("surface", ["primary", "secondary", "tertiary"])
@pytest.mark.parametrize("tone", READ)
def test_text_is_readable_on_every_neutral_surface(mode: Mode, surface: str, tone: str) -> None:
    colors = load_colors(mode)
    assert contrast(getattr(colors.text, tone), getattr(colors.background, surface)) >= 4.5


@BOTH
@pytest.mark.parametrize("tone", ["info", "danger", "success", "warning", "inverse"])
def test_text_is_readable_on_its_own_tone(mode: Mode, tone: str) -> None:
    colors = load_colors(mode)
    assert contrast(getattr(colors.text, tone), getattr(colors.background, tone)) >= 4.5


@BOTH
@pytest.mark.parametrize("fill", ["accent", "danger", "consent_band", "selection"])
@pytest.mark.parametrize("state", ["base", "hover", "pressed"])
def test_text_is_readable_on_every_filled_surface(mode: Mode, fill: str, state: str) -> None:
    colors = getattr(load_colors(mode), fill)
    assert contrast(colors.on, getattr(colors, state)) >= 4.5


@BOTH
def test_input_borders_and_focus_rings_stand_out(mode: Mode) -> None:
    colors = load_colors(mode)
    for surface in (colors.background.primary, colors.background.secondary):
        assert contrast(colors.border.primary, surface) >= 3
        assert contrast(colors.ring.primary, surface) >= 3
        assert contrast(colors.ring.danger, surface) >= 3


@BOTH
def test_the_consent_band_has_a_colour_used_nowhere_else(mode: Mode) -> None:
    colors = load_colors(mode)
    others = [getattr(colors, f.name) for f in fields(Colors) if f.name != "consent_band"]
    assert colors.consent_band.base not in str(others)


@BOTH
def test_the_style_sheet_holds_only_colours_of_the_theme(mode: Mode) -> None:
    colors = load_colors(mode)
    sheet = build_stylesheet(colors, load_metrics(), mode)
    assert set(re.findall(r"#[0-9a-f]{6}\b", sheet)) <= set(
        re.findall(r"#[0-9a-f]{6}", str(colors))
    )
    assert "url(/" not in sheet


def test_a_chosen_mode_wins_and_is_announced_once(dressed: Theme) -> None:
    dressed.set_override(Mode.LIGHT)
    seen: list[object] = []
    dressed.changed.connect(seen.append)
    dressed.set_override(Mode.DARK)
    dressed.set_override(Mode.DARK)
    assert seen == [Mode.DARK]
    assert dressed.mode is Mode.DARK


def test_the_applications_palette_follows_the_mode(dressed: Theme, qapp: QApplication) -> None:
    dressed.set_override(Mode.DARK)
    assert qapp.palette() == qt_palette(load_colors(Mode.DARK))
    dressed.set_override(Mode.LIGHT)
    assert qapp.palette() == qt_palette(load_colors(Mode.LIGHT))


def test_the_theme_applied_last_is_the_current_one(dressed: Theme) -> None:
    assert Theme.current() is dressed


@pytest.mark.parametrize("untrusted", ["red", "#fff", "#12345g", "#000000; }", 7, None])
def test_a_theme_file_with_anything_but_a_colour_is_refused(untrusted: object) -> None:
    with pytest.raises(HostBugError):
        tokens._color(untrusted)


@pytest.mark.parametrize("kind", [Tones, Rings])
def test_a_theme_file_with_a_missing_tone_is_refused(kind: type) -> None:
    with pytest.raises(HostBugError):
        tokens._record(kind, {"primary": "#000000"})
