"""One tool of a server: what it is, what the host takes it to do, and how its server changed it.

Law: all words of the server are plain text, hidden characters spelled out; what kind of change it
is and why it matters are the host's. Accepting names the very definition that is shown. Main
thread; held by `server_detail`.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from mcphost.domain.pin import FIRST_SEEN, ToolChange, ToolPin
from mcphost.domain.summaries import ToolSummary
from mcphost.domain.text import one_line, visible
from mcphost.domain.tool import Effect
from ui.models.lines import EFFECT_TONES, tool_title, when_text
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import SecondaryButton
from ui.widgets.card import Card
from ui.widgets.code_view import CodeView
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

EFFECTS = (
    (Effect.UNKNOWN, "Not judged yet"),
    (Effect.READ, "Only reads"),
    (Effect.WRITE, "Changes something"),
    (Effect.DESTRUCTIVE, "Cannot be undone"),
)
_SHOWN = 40
_TEXT = 4_000


class ToolCard(Card):
    """*judged* False: the host itself judges this server's tools, nobody else does."""

    accepted = Signal(str, str)
    """The tool's name, and the digest of the definition that was shown."""
    classified = Signal(str, object)
    """The tool's name, and the `Effect` that a person gives it."""

    def __init__(
        self, summary: ToolSummary, *, judged: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(margin=SPACE.md, parent=parent)
        self._name = summary.tool.name
        self._head(summary)
        pin = summary.pin
        if pin is not None and pin.suspended:
            self._suspended(pin)
            return
        if summary.tool.description:
            words = visible(summary.tool.description, limit=2_000)
            self.body.addWidget(PlainLabel(words, tone="secondary", size="sm"))
        self._foot(summary, judged)

    def _head(self, summary: ToolSummary) -> None:
        tool = summary.tool
        line = row(spacing=SPACE.sm)
        line.addWidget(PlainLabel(tool_title(summary), strong=True, wrap=False))
        line.addWidget(PlainLabel(one_line(tool.name, limit=80), tone="secondary", elide=True), 1)
        if tool.ui_resource:
            line.addWidget(Badge("App", "info"))
        if not tool.visible_to_model:
            line.addWidget(Badge("for Apps only", "neutral"))
        if summary.pin is not None and summary.pin.suspended:
            line.addWidget(Badge("suspended", "danger"))
        else:
            line.addWidget(Badge(summary.effect.value, EFFECT_TONES[summary.effect]))
        self.body.addLayout(line)

    def _suspended(self, pin: ToolPin) -> None:
        since = f" ({when_text(pin.offered_at)})" if pin.offered_at else ""
        self.body.addWidget(
            Banner(
                f"Its server changed this tool{since}. Nothing calls it, no model reads its new "
                "words, and what you granted for it has ended. Look at what changed first.",
                level="warning",
            )
        )
        for change in pin.changes[:_SHOWN]:
            self.body.addWidget(_change(change))
        if len(pin.changes) > _SHOWN:
            rest = len(pin.changes) - _SHOWN
            self.body.addWidget(PlainLabel(f"… and {rest} more changes", tone="danger"))
        foot = row(spacing=SPACE.md)
        said = "Accepting lets this definition be called again. Do nothing to leave it suspended."
        foot.addWidget(PlainLabel(said, tone="secondary", size="sm"), 1)
        self.accept = SecondaryButton("Accept this change")
        self.accept.clicked.connect(lambda: self.accepted.emit(self._name, str(pin.offered)))
        foot.addWidget(self.accept)
        self.body.addLayout(foot)

    def _foot(self, summary: ToolSummary, judged: bool) -> None:
        line = row(spacing=SPACE.sm)
        line.addWidget(PlainLabel(_standing(summary.pin), tone="tertiary", size="sm"), 1)
        self.effect = QComboBox()
        self.effect.setAccessibleName(f"What {one_line(self._name, limit=80)} does")
        for effect, words in EFFECTS:
            self.effect.addItem(words, effect)
        self.effect.setCurrentIndex([effect for effect, _ in EFFECTS].index(summary.effect))
        self.effect.activated.connect(self._on_effect_chosen)
        if judged:
            line.addWidget(self.effect)
        else:
            self.effect.hide()
        self.body.addLayout(line)

    def _on_effect_chosen(self, _row: int) -> None:
        effect = Effect(self.effect.currentData())  # Qt hands back the plain text
        if effect is not Effect.UNKNOWN:
            self.classified.emit(self._name, effect)


def _standing(pin: ToolPin | None) -> str:
    if pin is None:
        return "Not remembered, so nothing calls it."
    if pin.reviewer == FIRST_SEEN:
        return f"Remembered as first seen, {when_text(pin.pinned_at)}. Nobody has looked at it."
    return f"Reviewed {when_text(pin.pinned_at)}."


def _change(change: ToolChange) -> QWidget:
    card = Card(surface="sunken", margin=SPACE.md)
    line = row(spacing=SPACE.sm)
    line.addWidget(Badge(change.kind.value, "warning"))
    line.addWidget(PlainLabel(one_line(change.what, limit=200), strong=True), 1)
    card.body.addLayout(line)
    card.body.addWidget(PlainLabel(change.why, tone="secondary", size="sm"))
    sides = row(spacing=SPACE.md)
    for title, untrusted in (
        ("Before", change.untrusted_before),
        ("Now", change.untrusted_after),
    ):
        side = column(spacing=SPACE.xs)
        side.addWidget(PlainLabel(title, tone="tertiary", size="sm"))
        shown = visible(untrusted, limit=_TEXT) if untrusted else "(nothing)"
        view = CodeView(shown, numbers=False, label=f"{title}: {one_line(change.what)}")
        view.fit_height(least=1, most=8)
        side.addWidget(view)
        side.addStretch(1)
        sides.addLayout(side, 1)
    card.body.addLayout(sides)
    return card
