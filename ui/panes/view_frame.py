"""The place of an App inside its run's card: a boundary unless it wants none, a caption of ours, or
the reason why there is no App.

Law: the caption and every note are the host's words, drawn outside the sandbox; the App cannot
reach them. The frame shows; `view_stage` mounts and tears down. Main thread.
"""

from __future__ import annotations

from dataclasses import dataclass

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
_SHOW = "Show App"
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


@dataclass(frozen=True, slots=True)
class _Note:
    """What stands in the App's place or above it. Its action opens the App, or *reviews* it."""

    text: str
    level: str = "info"
    action: str = ""
    reviews: bool = False


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
        self._said: _Note | None = None
        self._banner: Banner | None = None
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
        self._say(self._note_for(run.view_state, run, why))
        if self.resting and run.view_state not in (ViewState.OPENING, ViewState.LIVE):
            self._drop_still()
            self._box.hide()
        self.setVisible(self._said is not None or self._mounted is not None)

    def _note_for(self, state: ViewState, run: ToolRun, why: str) -> _Note | None:
        match state:
            case ViewState.NEEDS_REVIEW | ViewState.REJECTED if self._approved:
                return _Note("Its template is approved now.", "success", _SHOW)
            case ViewState.NEEDS_REVIEW:
                text = "This App wants to draw. Review its template first; the result is above."
                return _Note(text, "info", "Review its template", reviews=True)
            case ViewState.REJECTED:
                text = why or "The template of this App was rejected; nothing of it is drawn."
                return _Note(text, "warning", "Look at it again", reviews=True)
            case ViewState.OPENING | ViewState.LIVE if self._mounted is None:
                return self._note_without_app(run, why)
            case ViewState.FAILED:
                text = why or self._ended or "The App could not be shown."
                return _Note(f"{text} The text result is above.", "error", "Try again")
            case ViewState.CLOSED:
                return _Note(why or self._ended or "The App was closed.", "info", _SHOW)
            case _:
                return _Note(why, "warning") if why else None

    def _note_without_app(self, run: ToolRun, why: str) -> _Note:
        if self.resting:
            text = "This App made room for others. It comes back when you look at it."
        elif run.state in UNFINISHED:
            return _Note(_COMING)
        elif self._ended:
            text = f"The App was closed: {self._ended}."
        else:
            text = why or "The App is not open."
        return _Note(text, "info", _SHOW)

    def _say(self, note: _Note | None) -> None:
        """What is said already is left as it is: a run changes often, what is said of it seldom."""
        if note == self._said:
            return
        self._said = note
        if self._banner is not None:
            self._banner.hide()
            self._banner.deleteLater()
        self._banner = None if note is None else self._banner_of(note)
        layout = self.layout()
        if self._banner is not None and layout is not None:
            layout.addWidget(self._banner)

    def _banner_of(self, note: _Note) -> Banner:
        banner = Banner(note.text, level=note.level, action=note.action)
        banner.triggered.connect(self.review_pressed if note.reviews else self.open_pressed)
        return banner

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
