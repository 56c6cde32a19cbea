"""The place of an App inside its run's card: a clear boundary, a caption of ours, or the reason
why there is no App.

Law: the caption and every note are the host's words, drawn outside the sandbox; the App cannot
reach them. The frame shows; `view_stage` mounts and tears down. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from mcphost.domain.conversation import RunState, ToolRun, ViewState
from mcphost.domain.text import visible
from ui.panes.grant_notes import GrantNotes
from ui.panes.quiet_icon import QuietIcon
from ui.widgets.banner import Banner
from ui.widgets.buttons import IconButton
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_EDGE = 1
UNFINISHED = frozenset(
    {
        RunState.DECIDING,
        RunState.WAITING_FOR_CONSENT,
        RunState.RUNNING,
        RunState.WAITING_FOR_INPUT,
        RunState.WAITING_FOR_SIGN_IN,
        RunState.WORKING,
        RunState.NEEDS_ANSWER,
    }
)


class ViewFrame(QFrame):
    """Holds one View, or says why there is none."""

    review_pressed = Signal()
    open_pressed = Signal()
    close_pressed = Signal()
    inspect_pressed = Signal()

    def __init__(self, server_title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._approved = False
        self._expected = False
        self._run: ToolRun | None = None
        self._mounted: QWidget | None = None
        self._ended = ""
        outer = column(self, spacing=SPACE.sm)
        self._note: Banner | None = None
        self.wants = GrantNotes()
        outer.addWidget(self.wants)
        self._box = QFrame()
        self._box.setProperty("surface", "sunken")
        inside = column(self._box, spacing=0, margin=_EDGE)
        inside.addWidget(self._caption(f"App from {server_title} · sandboxed"))
        self._hold = column(spacing=0)
        inside.addLayout(self._hold)
        outer.addWidget(self._box)
        self._box.hide()

    @property
    def mounted(self) -> QWidget | None:
        """The sandbox shown now."""
        return self._mounted

    def view_width(self) -> int:
        """Pixels an App gets inside the boundary."""
        return max(self.width() - 2 * _EDGE, 1)

    def expect(self) -> None:
        """A View is on its way here."""
        self._expected = True

    def mount(self, sandbox: QWidget) -> None:
        """Show *sandbox* inside the boundary."""
        self._ended, self._expected = "", False
        self._mounted = sandbox
        self._hold.addWidget(sandbox)
        self._box.show()
        self.show()
        self._say(None)

    def unmount(self, reason: str) -> None:
        """The sandbox is being torn down by whoever mounted it; say *reason* in its place."""
        if self._mounted is not None:
            self._hold.removeWidget(self._mounted)
            self._mounted = None
        self.wants.forget()
        self._box.hide()
        self._ended, self._expected = reason, False
        if self._run is not None:
            self.show_state(self._run)

    def set_approved(self, approved: bool) -> None:
        """Whether a run that waited for a review may be shown now."""
        self._approved = approved

    def show_state(self, run: ToolRun) -> None:
        """Say what stands between *run* and its App, if anything does."""
        self._run = run
        why = visible(run.view_note, limit=600)
        match run.view_state:
            case ViewState.NONE:
                self._say(Banner(why, level="warning") if why else None)
            case ViewState.NEEDS_REVIEW | ViewState.REJECTED if self._approved:
                self._say(self._offer("Its template is approved now.", "Show App", "success"))
            case ViewState.NEEDS_REVIEW:
                text = "This App wants to draw. Review its template first; the result is above."
                self._say(self._review(text, "Review its template", "info"))
            case ViewState.REJECTED:
                text = why or "The template of this App was rejected; nothing of it is drawn."
                self._say(self._review(text, "Look at it again", "warning"))
            case ViewState.OPENING | ViewState.LIVE if self._mounted is not None:
                self._say(Banner(why, level="warning") if why else None)
            case ViewState.OPENING | ViewState.LIVE if self._is_coming(run):
                self._say(Banner("The App opens when the call is approved."))
            case ViewState.OPENING | ViewState.LIVE:
                why = f"The App was closed: {self._ended}." if self._ended else why
                text = why or "The App is not open."
                self._say(self._offer(text, "Show App", "info"))
            case ViewState.FAILED:
                text = why or self._ended or "The App could not be shown."
                self._say(self._offer(f"{text} The text result is above.", "Try again", "error"))
            case ViewState.CLOSED:
                text = why or self._ended or "The App was closed."
                self._say(self._offer(text, "Show App", "info"))
        self.setVisible(self._note is not None or self._mounted is not None)

    def _is_coming(self, run: ToolRun) -> bool:
        """Whether a View is still to be mounted; a stored run of another day has none coming."""
        return self._expected or run.state in UNFINISHED

    def _offer(self, text: str, action: str, level: str) -> Banner:
        note = Banner(text, level=level, action=action)
        note.triggered.connect(self.open_pressed)
        return note

    def _review(self, text: str, action: str, level: str) -> Banner:
        note = Banner(text, level=level, action=action)
        note.triggered.connect(self.review_pressed)
        return note

    def _say(self, note: Banner | None) -> None:
        if self._note is not None:
            self._note.hide()
            self._note.deleteLater()
        self._note = note
        layout = self.layout()
        if note is not None and layout is not None:
            layout.addWidget(note)

    def _caption(self, text: str) -> QWidget:
        bar = QWidget()
        line = row(bar, spacing=SPACE.sm)
        line.setContentsMargins(SPACE.md, SPACE.xs, SPACE.xs, SPACE.xs)
        line.addWidget(QuietIcon(Icon.LOCK, side=14))
        line.addWidget(PlainLabel(text, tone="secondary", size="sm", elide=True), 1)
        inspect = IconButton(Icon.INSPECTOR, "Inspect this App")
        inspect.clicked.connect(self.inspect_pressed)
        line.addWidget(inspect)
        close = IconButton(Icon.CLOSE, "Close this App")
        close.clicked.connect(self.close_pressed)
        line.addWidget(close)
        return bar
