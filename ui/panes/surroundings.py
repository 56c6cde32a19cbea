"""What the window tells an App about where it is drawn. Main thread; called by `view_stage`."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QTimeZone

from mcphost.domain.view import ViewEnvironment
from ui.widgets.theme import Theme

MAX_HEIGHT = 1_000
"""CSS pixels an App may ask for inline; beyond that it scrolls inside itself."""


def surroundings(width: int) -> ViewEnvironment:
    """Theme, language, time zone and room of a View that is *width* pixels wide."""
    theme = Theme.current()
    zone = QTimeZone.systemTimeZoneId().data()
    return ViewEnvironment(
        theme=theme.mode.value,
        style_variables=theme.style_variables(),
        locale=QLocale.system().bcp47Name() or "en",
        time_zone=bytes(zone).decode("ascii", "replace") or "UTC",
        width=max(width, 1),
        max_height=MAX_HEIGHT,
    )
