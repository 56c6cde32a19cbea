"""The buttons. Each kind has one look and one meaning; Enter never presses one by default.

Main thread; called by panes and dialogs. The style sheet finds them by their `variant` property.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from ui.widgets.icons import Icon, icon
from ui.widgets.theme import Theme
from ui.widgets.tips import plain_tip


class _Button(QPushButton):
    variant = "secondary"

    def __init__(
        self, text: str = "", *, icon_name: Icon | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.set_label(text)
        self._icon_name = icon_name
        self.setProperty("variant", self.variant)
        self.setAutoDefault(False)
        self.setDefault(False)
        self._draw_icon()

    def set_label(self, text: str) -> None:
        """Say *text*. A label with "&" would claim a shortcut nobody meant it to have."""
        self.setText(text.replace("&", "&&"))

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def show_icon(self, name: Icon) -> None:
        """Carry another icon from now on."""
        self._icon_name = name
        self._draw_icon()

    def _draw_icon(self) -> None:
        if self._icon_name is not None:
            self.setIcon(icon(self._icon_name, self._icon_color()))

    def _icon_color(self) -> str:
        return Theme.current().colors.text.primary


class PrimaryButton(_Button):
    """The one thing a person most likely wants here."""

    variant = "primary"

    def _icon_color(self) -> str:
        return Theme.current().colors.accent.on


class SecondaryButton(_Button):
    """Anything else."""

    variant = "secondary"


class DangerButton(_Button):
    """Removes or ends something for good."""

    variant = "danger"

    def _icon_color(self) -> str:
        return Theme.current().colors.danger.on


class LinkButton(_Button):
    """A quiet action inside text: "Show details"."""

    variant = "link"

    def _icon_color(self) -> str:
        return Theme.current().colors.accent.base


class IconButton(QToolButton):
    """Only an icon; *label* is its tool tip and its accessible name."""

    def __init__(self, name: Icon, label: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setToolTip(plain_tip(label))
        self.setAccessibleName(label)
        self.setAutoRaise(True)
        self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        self.setIcon(icon(self._name, Theme.current().colors.text.secondary))
