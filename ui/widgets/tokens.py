"""Design tokens: every colour, size and font the window uses, read once from `resources/themes`.

Law: a colour or a size is written down in one place only, the theme files, which ship with the
program and are checked strictly here. Called by `theme.py` and `stylesheet.py`; any thread.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar, cast

from mcphost.assets import asset_text
from mcphost.domain.errors import HostBugError

_COLOR: Final = re.compile(r"#[0-9a-f]{6}([0-9a-f]{2})?")
_T = TypeVar("_T")


class Mode(StrEnum):
    """The two looks."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tones:
    """The ten tones of a background, a text or a border, as MCP Apps name them."""

    primary: str
    secondary: str
    tertiary: str
    inverse: str
    ghost: str
    info: str
    danger: str
    success: str
    warning: str
    disabled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rings:
    """The seven tones of a focus ring."""

    primary: str
    secondary: str
    inverse: str
    info: str
    danger: str
    success: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A solid surface that can be pressed, and what is written on it."""

    base: str
    hover: str
    pressed: str
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colors:
    """All colours of one mode. *consent_band* is used by questions to the person, nowhere else."""

    background: Tones
    text: Tones
    border: Tones
    ring: Rings
    accent: Fill
    danger: Fill
    consent_band: Fill
    selection: Fill
    shadow: str
    """`#rrggbbaa`, the CSS order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The 4-pixel grid."""

    xs: int = 4
    sm: int = 8
    md: int = 12
    lg: int = 16
    xl: int = 24
    xxl: int = 32


SPACE: Final = Space()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Sizes and fonts, the same in both modes. Text steps are (size, line height) in pixels."""

    sans: tuple[str, ...]
    mono: tuple[str, ...]
    weight: dict[str, int]
    text: dict[str, tuple[int, int]]
    heading: dict[str, tuple[int, int]]
    radius: dict[str, int]


@cache
def load_colors(mode: Mode) -> Colors:
    """The colours of *mode*. Raises `HostBugError` when the theme file is not as expected."""
    raw = _read(f"themes/{mode.value}.json")
    return Colors(
        background=_record(Tones, raw["background"]),
        text=_record(Tones, raw["text"]),
        border=_record(Tones, raw["border"]),
        ring=_record(Rings, raw["ring"]),
        accent=_record(Fill, raw["accent"]),
        danger=_record(Fill, raw["danger"]),
        consent_band=_record(Fill, raw["consent_band"]),
        selection=_record(Fill, raw["selection"]),
        shadow=_color(raw["shadow"]),
    )


@cache
def load_metrics() -> Metrics:
    """Sizes and fonts."""
    raw = _read("themes/metrics.json")
    return Metrics(
        sans=tuple(map(str, raw["sans"])),
        mono=tuple(map(str, raw["mono"])),
        weight={str(k): int(v) for k, v in raw["weight"].items()},
        text={str(k): (int(v[0]), int(v[1])) for k, v in raw["text"].items()},
        heading={str(k): (int(v[0]), int(v[1])) for k, v in raw["heading"].items()},
        radius={str(k): int(v) for k, v in raw["radius"].items()},
    )


def _read(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(asset_text(name)))


def _record(kind: type[_T], raw: dict[str, Any]) -> _T:
    expected = {field.name for field in fields(kind)}  # pyright: ignore[reportArgumentType]
    if set(raw) != expected:
        raise HostBugError(f"a theme file must name exactly {sorted(expected)}")
    return kind(**{name: _color(value) for name, value in raw.items()})


def _color(value: object) -> str:
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise HostBugError(f"{value!r} in a theme file is not a colour")
    return value
