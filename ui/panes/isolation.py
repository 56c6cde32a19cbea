"""Whether Views are isolated here and now, as the start-up self-test found it.

Law: no View is mounted unless the state is ON; `view_stage` asks this object and nothing else.
The state is set once by `ui.app` from the self-test's report. Main thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ui.widgets.buttons import SecondaryButton
from ui.widgets.heading import Heading
from ui.widgets.icons import Icon, IconLabel, icon
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE


class IsolationState(Enum):
    """What is known about the sandbox."""

    CHECKING = "checking…"
    ON = "on"
    OFF = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing the self-test tried."""

    name: str
    passed: bool
    detail: str = ""


class Isolation(QObject):
    """The state, the checks behind it and, when it is OFF, the reason in one sentence."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = IsolationState.CHECKING
        self.checks: tuple[Check, ...] = ()
        self.reason = ""
        self.milliseconds = 0

    def settle(
        self,
        checks: tuple[Check, ...],
        *,
        passed: bool,
        reason: str = "",
        milliseconds: int = 0,
    ) -> None:
        """Take the self-test's answer. Nothing tested is a failure too."""
        self.checks = checks
        self.milliseconds = milliseconds
        on = passed and bool(checks) and all(check.passed for check in checks)
        self.state = IsolationState.ON if on else IsolationState.OFF
        failed = next((f"{c.name}: {c.detail}" for c in checks if not c.passed), "")
        self.reason = "" if on else (reason or failed or "the self-test did not finish")
        self.changed.emit()


class IsolationPill(QToolButton):
    """The line at the bottom of the sidebar; a press opens the details."""

    def __init__(self, isolation: Isolation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._isolation = isolation
        self.setProperty("variant", "nav")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(18, 18))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(36)
        self.setToolTip("What the sandbox's self-test found")
        self.clicked.connect(self._on_clicked)
        isolation.changed.connect(self._on_changed)
        self._on_changed()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._on_changed()

    def _on_changed(self) -> None:
        state, text = self._isolation.state, Theme.current().colors.text
        color, name = {
            IsolationState.CHECKING: (text.secondary, Icon.REFRESH),
            IsolationState.ON: (text.success, Icon.LOCK),
            IsolationState.OFF: (text.danger, Icon.ERROR),
        }[state]
        self.setText(f"Isolation: {state.value}")
        self.setIcon(icon(name, color))

    def _on_clicked(self) -> None:
        IsolationDialog(self._isolation, self.window()).open()


class IsolationDialog(QDialog):
    """Every check of the self-test, passed or not."""

    def __init__(self, isolation: Isolation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Isolation of Apps")
        self.resize(560, 480)
        outer = column(self, spacing=SPACE.md, margin=SPACE.xl)
        outer.addWidget(Heading("Isolation of Apps", level="md"))
        outer.addWidget(PlainLabel(_summary(isolation), tone="secondary"))
        inside = QWidget()
        lines = column(inside, spacing=SPACE.md)
        for check in sorted(isolation.checks, key=lambda check: check.passed):
            lines.addLayout(_check_row(check))
        lines.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        outer.addWidget(area, 1)
        close = SecondaryButton("Close")
        close.clicked.connect(self.accept)
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def _summary(isolation: Isolation) -> str:
    match isolation.state:
        case IsolationState.CHECKING:
            return "A canary App is being run to see that every guard holds. Apps open after that."
        case IsolationState.ON:
            return (
                f"At start a canary App of mcphost's own tried what no App may do. All "
                f"{len(isolation.checks)} guards stopped it within {isolation.milliseconds} ms, so "
                "Apps may open. Below is what was seen of each."
            )
        case IsolationState.OFF:
            return (
                f"No App will be opened. {_sentence(isolation.reason)}. Run “mcphost doctor”: it "
                "says for each guard what to do."
            )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".")


def _check_row(check: Check) -> QHBoxLayout:
    text = Theme.current().colors.text
    line = row(spacing=SPACE.md)
    color, name = (text.success, Icon.CHECK) if check.passed else (text.danger, Icon.ERROR)
    line.addWidget(IconLabel(name, color, side=18), 0, Qt.AlignmentFlag.AlignTop)
    words = column(spacing=2)
    words.addWidget(PlainLabel(_sentence(check.name), strong=True))
    if check.detail:
        words.addWidget(PlainLabel(_sentence(check.detail), tone="secondary", size="sm"))
    line.addLayout(words, 1)
    return line
