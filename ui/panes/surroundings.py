"""What the window tells an App about where it is drawn. Main thread; called by `view_stage`."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QTimeZone
from PySide6.QtGui import QInputDevice

from mcphost.domain.view import DisplayMode, ViewEnvironment
from ui.widgets.theme import Theme

MAX_HEIGHT = 1_000
"""CSS pixels an App may ask for inline; beyond that it scrolls inside itself."""
START_HEIGHT = 240
"""CSS pixels an App has inline until it says something; some never do."""
_POINTERS = {QInputDevice.DeviceType.Mouse, QInputDevice.DeviceType.TouchPad}


def surroundings(
    width: int,
    *,
    mode: DisplayMode = DisplayMode.INLINE,
    height: int = 0,
    modes: tuple[DisplayMode, ...] = (DisplayMode.INLINE,),
) -> ViewEnvironment:
    """Theme, language, time zone and room of a View that is *width* pixels wide and shown as
    *mode*, where *height* is what that gives it; it could be shown in *modes*.
    """
    theme = Theme.current()
    zone = QTimeZone.systemTimeZoneId().data()
    kinds = {device.type() for device in QInputDevice.devices()}
    return ViewEnvironment(
        theme=theme.mode.value,
        style_variables=theme.style_variables(),
        locale=_locale(QLocale.system()),
        time_zone=bytes(zone).decode("ascii", "replace") or "UTC",
        width=max(width, 1),
        max_height=MAX_HEIGHT,
        mode=mode,
        height=height,
        modes=modes,
        touch=QInputDevice.DeviceType.TouchScreen in kinds,
        hover=not kinds or bool(kinds & _POINTERS),
    )


def _locale(system: QLocale) -> str:
    """BCP 47 with its region, which is what dates and numbers follow."""
    if system.language() is QLocale.Language.C:
        return "en"
    return system.name(QLocale.TagSeparator.Dash)
