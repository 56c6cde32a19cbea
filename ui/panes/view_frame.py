"""The place of an App inside its run's card: a boundary unless it wants none, a caption of ours, or
the reason why there is no App.

Law: the caption and every note are the host's words, drawn outside the sandbox; the App cannot
reach them. The frame shows; `view_stage` mounts and tears down. Main thread.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QWidget

from mcphost.domain.conversation import RunState, ToolRun, ViewState
from mcphost.domain.text import visible
from mcphost.domain.view import DisplayMode
from ui.panes.grant_notes import GrantNotes
from ui.panes.view_bar import ViewBar
from ui.panes.view_still import StillPicture
from ui.widgets.banner import Banner
from ui.widgets.buttons import LinkButton
from ui.widgets.layouts import column
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_EDGE = 1
_AWAY = {
    DisplayMode.FULLSCREEN: "This App is shown over the whole conversation.",
    DisplayMode.PIP: "This App is shown in the corner.",
}
_AWAY_HEIGHT = 88
_COMING = "The App opens when the call is approved."
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
    """Holds one View, or says why there is none. `mode_wanted` carries a `DisplayMode`."""

    review_pressed = Signal()
    open_pressed = Signal()
    close_pressed = Signal()
    inspect_pressed = Signal()
    mode_wanted = Signal(object)

    def __init__(self, who: str, parent: QWidget | None = None) -> None:
        """*who* says whose App it is: plain text, sanitised by the caller."""
        super().__init__(parent)
        self._approved = False
        self._run: ToolRun | None = None
        self._mounted: QWidget | None = None
        self._ended = ""
        outer = column(self, spacing=SPACE.sm)
        self._note: Banner | None = None
        self.wants = GrantNotes()
        outer.addWidget(self.wants)
        self._box = QFrame()
        inside = column(self._box, spacing=0, margin=_EDGE)
        self.bar = ViewBar()
        self.bar.say(who)
        self.bar.mode_wanted.connect(self.mode_wanted)
        self.bar.inspect_pressed.connect(self.inspect_pressed)
        self.bar.close_pressed.connect(self.close_pressed)
        inside.addWidget(self.bar)
        self._hold = column(spacing=0)
        inside.addLayout(self._hold)
        self._away = PlainLabel(tone="secondary", size="sm")
        self._absent = self._build_absent()
        self._still: StillPicture | None = None
        outer.addWidget(self._box)
        self._box.hide()

    @property
    def mounted(self) -> QWidget | None:
        """The sandbox shown now."""
        return self._mounted

    def view_width(self) -> int:
        """Pixels an App gets inside the boundary."""
        return max(self.width() - 2 * _EDGE, 1)

    def mount(self, sandbox: QWidget, *, bordered: bool = True) -> None:
        """Show *sandbox* inside the boundary, which is not drawn unless it is *bordered*."""
        self._box.setProperty("surface", "sunken" if bordered else "plain")
        self._box.style().unpolish(self._box)
        self._box.style().polish(self._box)
        self._ended = ""
        self._drop_still()
        self._mounted = sandbox
        self._hold.addWidget(sandbox)
        self.bar.say_starting(True)
        self._box.show()
        self.show()
        self._say(None)

    @property
    def resting(self) -> bool:
        """Whether its App made room for others, and may come back."""
        return self._still is not None

    def lend(self, mode: DisplayMode) -> QWidget:
        """The sandbox leaves for another place in the window and lives on there."""
        sandbox = self._mounted
        assert sandbox is not None
        self._absent.setFixedHeight(max(sandbox.height(), _AWAY_HEIGHT))
        self._hold.removeWidget(sandbox)
        self._hold.addWidget(self._absent)
        self._absent.show()
        self.bar.offer(mode, ())
        return sandbox

    def away(self, mode: DisplayMode) -> None:
        """Say where the App is meanwhile. Under full size the conversation keeps its heights."""
        self._away.setText(_AWAY[mode])
        if mode is DisplayMode.PIP:
            self._absent.setFixedHeight(_AWAY_HEIGHT)

    def take_back(self) -> None:
        """The sandbox returns to its place."""
        self._put_absent_away()
        if self._mounted is not None:
            self._hold.addWidget(self._mounted)
            self._mounted.show()

    def unmount(self, reason: str, *, still: QImage | None = None) -> None:
        """The sandbox is being torn down by whoever mounted it; say *reason* in its place. With
        *still* it made room for others and may come back: its last picture stays.
        """
        height = 0
        if self._mounted is not None:
            height = self._mounted.height()
            self._hold.removeWidget(self._mounted)
            self._mounted = None
        self._put_absent_away()
        self.bar.say_starting(False)
        self.bar.offer(DisplayMode.INLINE, ())
        self.wants.forget()
        if still is not None:
            self._still = StillPicture(still, height)
            self._hold.addWidget(self._still)
        self._box.setVisible(still is not None)
        self._ended = reason
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
            case ViewState.OPENING | ViewState.LIVE if self.resting:
                text = "This App made room for others. It comes back when you look at it."
                self._say(self._offer(text, "Show App", "info"))
            case ViewState.OPENING | ViewState.LIVE if run.state in UNFINISHED:
                self._say_coming()
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
        if self.resting and run.view_state not in (ViewState.OPENING, ViewState.LIVE):
            self._drop_still()
            self._box.hide()
        self.setVisible(self._note is not None or self._mounted is not None)

    def _say_coming(self) -> None:
        """Said once: a run has many states on its way to its App."""
        if self._note is None or self._note.text() != _COMING:
            self._say(Banner(_COMING))

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

    def _build_absent(self) -> QWidget:
        absent = QWidget(self._box)
        lines = column(absent, spacing=SPACE.xs, margin=SPACE.md)
        lines.addStretch(1)
        lines.addWidget(self._away, 0, Qt.AlignmentFlag.AlignLeft)
        back = LinkButton("Put it back here")
        back.clicked.connect(lambda: self.mode_wanted.emit(DisplayMode.INLINE))
        lines.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        lines.addStretch(1)
        absent.hide()
        return absent

    def _put_absent_away(self) -> None:
        self._hold.removeWidget(self._absent)
        self._absent.hide()

    def _drop_still(self) -> None:
        if self._still is not None:
            self._hold.removeWidget(self._still)
            self._still.hide()
            self._still.deleteLater()
            self._still = None
