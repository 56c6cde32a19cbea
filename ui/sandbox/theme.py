"""The colours of the window as a View's surroundings know them. Pure but for `QColor`."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

_HALF = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """*scheme* is `light` or `dark`; *background* is `#rrggbb`."""

    scheme: str
    background: str


def theme_of(background: QColor) -> Theme:
    """The theme whose surfaces have the colour *background*."""
    scheme = "dark" if background.lightness() < _HALF else "light"
    return Theme(scheme=scheme, background=background.name(QColor.NameFormat.HexRgb))
