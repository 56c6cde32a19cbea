"""The look of the window: light or dark, following the system unless the person chose.

Law: colours and fonts come from `tokens.py` and from nowhere else; the style sheet is generated
from them alone, so no untrusted string can enter it. Called on the main thread by `ui.app`, which
applies one `Theme`; widgets that need a colour ask `Theme.current()`.
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from mcphost.assets import asset_path
from ui.widgets.style_variables import Variables, style_variables
from ui.widgets.stylesheet import ART, build_stylesheet
from ui.widgets.tokens import Colors, Metrics, Mode, load_colors, load_metrics

__all__ = ["Mode", "Theme", "mono_font", "qt_palette"]


class Theme(QObject):
    """One look for the whole application. `changed` carries the new `Mode`."""

    changed = Signal(object)
    _current: ClassVar[Theme | None] = None

    def __init__(self, parent: QObject | None = None, *, override: Mode | None = None) -> None:
        super().__init__(parent)
        self._app: QApplication | None = None
        self._override = override
        self._mode = override or Mode.LIGHT

    @classmethod
    def current(cls) -> Theme:
        """The theme applied last, or a light one before any was applied."""
        if cls._current is None:
            cls._current = cls()
        return cls._current

    @property
    def mode(self) -> Mode:
        """Light or dark, as drawn now."""
        return self._mode

    @property
    def override(self) -> Mode | None:
        """What the person chose, or None to follow the system."""
        return self._override

    @property
    def colors(self) -> Colors:
        """The colours of the present mode."""
        return load_colors(self._mode)

    @property
    def metrics(self) -> Metrics:
        """Sizes and fonts."""
        return load_metrics()

    def apply(self, app: QApplication) -> None:
        """Dress *app* and keep following the system's colour scheme."""
        first = self._app is None
        self._app = app
        Theme._current = self
        QDir.setSearchPaths(ART, [str(asset_path("themes"))])
        app.setStyle("Fusion")
        app.setFont(_ui_font(self.metrics))
        if first:
            app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._tell_system()
        self._mode = self._wanted()
        self._dress()

    def choose(self, name: str) -> None:
        """Draw as a person chose: `light`, `dark`, or anything else for what the system says."""
        self.set_override(Mode(name) if name in set(Mode) else None)

    def set_override(self, mode: Mode | None) -> None:
        """Draw in *mode* whatever the system says; None follows the system again."""
        self._override = mode
        self._tell_system()
        self._switch()

    def style_variables(self) -> Variables:
        """The standard MCP Apps CSS variables, from both palettes."""
        return _style_variables()

    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self._switch()

    def _switch(self) -> None:
        wanted = self._wanted()
        if wanted is self._mode:
            return
        self._mode = wanted
        self._dress()
        self.changed.emit(wanted)

    def _wanted(self) -> Mode:
        if self._override is not None:
            return self._override
        if self._app is None:
            return self._mode
        dark = self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return Mode.DARK if dark else Mode.LIGHT

    def _tell_system(self) -> None:
        # Native frames, file dialogs and Views' `prefers-color-scheme` follow Qt's own hint.
        if self._app is None:
            return
        match self._override:
            case None:
                self._app.styleHints().unsetColorScheme()
            case Mode.LIGHT:
                self._app.styleHints().setColorScheme(Qt.ColorScheme.Light)
            case Mode.DARK:
                self._app.styleHints().setColorScheme(Qt.ColorScheme.Dark)

    def _dress(self) -> None:
        if self._app is None:
            return
        self._app.setPalette(qt_palette(self.colors))
        self._app.setStyleSheet(build_stylesheet(self.colors, self.metrics, self._mode))


@cache
def _style_variables() -> Variables:
    """Each App is told them whenever it gets another width; the tokens never change."""
    return style_variables(load_colors(Mode.LIGHT), load_colors(Mode.DARK), load_metrics())


def mono_font(size: int = 13) -> QFont:
    """The fixed-pitch font at *size* pixels."""
    font = QFont(list(load_metrics().mono[:-1]))
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFixedPitch(True)
    font.setPixelSize(size)
    return font


def _ui_font(metrics: Metrics) -> QFont:
    font = QFont(list(metrics.sans[:-1]))
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPixelSize(metrics.text["md"][0])
    return font


def qt_palette(colors: Colors) -> QPalette:
    """*colors* in Qt's roles, for what the style sheet does not reach."""
    palette = QPalette()
    role = QPalette.ColorRole
    for name, value in (
        (role.Window, colors.background.primary),
        (role.WindowText, colors.text.primary),
        (role.Base, colors.background.primary),
        (role.AlternateBase, colors.background.secondary),
        (role.Text, colors.text.primary),
        (role.PlaceholderText, colors.text.tertiary),
        (role.Button, colors.background.secondary),
        (role.ButtonText, colors.text.primary),
        (role.BrightText, colors.text.danger),
        (role.ToolTipBase, colors.background.inverse),
        (role.ToolTipText, colors.text.inverse),
        (role.Highlight, colors.accent.base),
        (role.HighlightedText, colors.accent.on),
        (role.Accent, colors.accent.base),
        (role.Link, colors.text.info),
        (role.LinkVisited, colors.text.info),
        (role.Light, colors.background.secondary),
        (role.Midlight, colors.border.tertiary),
        (role.Mid, colors.border.secondary),
        (role.Dark, colors.border.primary),
        (role.Shadow, colors.text.primary),
    ):
        palette.setColor(name, QColor(value))
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, name, QColor(colors.text.disabled))
    return palette
