"""One tool run in the transcript: who ran what with which arguments, how it ended, and its App.

Law: everything shown of a server is plain text. The card decides nothing: its buttons are signals.
The App is held by a `ViewFrame`, whose content `view_stage` mounts. Main thread.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.conversation import RunState, ToolRun, ViewState
from mcphost.domain.offers import ResourceLink, links_in
from mcphost.domain.recording import BY_REPLAY
from mcphost.domain.text import one_line, visible
from ui.panes.quiet_icon import QuietIcon
from ui.panes.view_frame import UNFINISHED, ViewFrame
from ui.panes.work_line import WorkLine
from ui.widgets.badge import Badge
from ui.widgets.banner import Banner
from ui.widgets.buttons import IconButton, LinkButton
from ui.widgets.card import Card
from ui.widgets.code_view import CodeView
from ui.widgets.fold import Fold
from ui.widgets.icons import Icon
from ui.widgets.layouts import clear, column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

STATE_WORDS = {
    RunState.DECIDING: ("deciding", "neutral"),
    RunState.WAITING_FOR_CONSENT: ("waits for your answer", "warning"),
    RunState.RUNNING: ("running", "info"),
    RunState.WAITING_FOR_INPUT: ("asks you something", "warning"),
    RunState.WAITING_FOR_SIGN_IN: ("waits for your browser", "warning"),
    RunState.WORKING: ("working at the server", "info"),
    RunState.NEEDS_ANSWER: ("needs your answer", "warning"),
    RunState.TASK_LEFT: ("not followed", "warning"),
    RunState.DONE: ("done", "success"),
    RunState.TOOL_ERROR: ("tool error", "danger"),
    RunState.REFUSED: ("refused", "danger"),
    RunState.FAILED: ("failed", "danger"),
    RunState.CANCELLED: ("cancelled", "neutral"),
}
_TROUBLE = {RunState.TOOL_ERROR: "warning", RunState.REFUSED: "error", RunState.FAILED: "error"}
_SHORT = 700
_REPLAY = (
    "This is a replay: the App gets a recorded input and result, and what it asks is answered from "
    "the record. No server is reached, and nothing leaves this host."
)


class RunCard(Card):
    """Shows one `ToolRun`; `show_run` replaces it."""

    stop_pressed = Signal(object)
    review_pressed = Signal(object)
    open_pressed = Signal(object)
    close_pressed = Signal(object)
    inspect_pressed = Signal(object)
    read_pressed = Signal(object, str)
    """The run, and the address of a resource that its result points to."""
    question_pressed = Signal(object)
    look_pressed = Signal(object)

    def __init__(self, run: ToolRun, parent: QWidget | None = None) -> None:
        super().__init__(margin=SPACE.md, parent=parent)
        self.run = run
        self._whole_text = False
        self._badge = Badge()
        self._stop = IconButton(Icon.STOP, "Stop this run")
        self._stop.clicked.connect(lambda: self.stop_pressed.emit(self.run))
        self._build_header()
        if run.by == BY_REPLAY:
            self.body.addWidget(Banner(_REPLAY))
        self._work = WorkLine()
        self.body.addWidget(self._work)
        if run.arguments:
            self.body.addWidget(_ExactText("Arguments", run.arguments))
        self._text = PlainLabel(selectable=True)
        self.body.addWidget(self._text)
        self._more = LinkButton("Show all of the result")
        self._more.clicked.connect(self._on_more_clicked)
        more_row = row()
        more_row.addWidget(self._more)
        more_row.addStretch(1)
        self.body.addLayout(more_row)
        self._links = column(spacing=SPACE.xs)
        self._linked: tuple[ResourceLink, ...] = ()
        self.body.addLayout(self._links)
        self._trouble: Banner | None = None
        self._result: _ExactText | None = None
        self._frame: ViewFrame | None = None
        self._approved = False
        self._show_all(run)

    @property
    def frame(self) -> ViewFrame:
        """The place of its App; made when it is first needed: most runs have none."""
        if self._frame is None:
            title = one_line(self.run.title or self.run.tool, limit=80)
            frame = self._frame = ViewFrame(f"{_whose(self.run)} · {title}")
            frame.review_pressed.connect(lambda: self.review_pressed.emit(self.run))
            frame.open_pressed.connect(lambda: self.open_pressed.emit(self.run))
            frame.close_pressed.connect(lambda: self.close_pressed.emit(self.run))
            frame.inspect_pressed.connect(lambda: self.inspect_pressed.emit(self.run))
            frame.set_approved(self._approved)
            frame.hide()
            self.body.addWidget(frame)
        return self._frame

    def show_run(self, run: ToolRun) -> None:
        """Show the newest value of the run."""
        if run == replace(self.run, work=run.work):  # a server that works says so often
            self.run = run
            self._work.show_run(run)
        else:
            self._show_all(run)

    def _show_all(self, run: ToolRun) -> None:
        self.run = run
        words, tone = STATE_WORDS[run.state]
        self._badge.set_state(words, tone)
        self._stop.setVisible(run.state in UNFINISHED)
        self._work.show_run(run)
        self._show_text()
        self._show_links(links_in(run.result))
        self._show_result()
        if self._frame is not None or run.view_state is not ViewState.NONE or run.view_note:
            self.frame.show_state(run)

    def set_approved(self, approved: bool) -> None:
        """Whether the template this run waits for is approved by now."""
        self._approved = approved
        if self._frame is not None:
            self._frame.set_approved(approved)
        if self.run.view_state in (ViewState.NEEDS_REVIEW, ViewState.REJECTED):
            self.frame.show_state(self.run)

    def _build_header(self) -> None:
        run, head = self.run, row(spacing=SPACE.sm)
        head.addWidget(QuietIcon(Icon.TOOL, side=18))
        head.addWidget(PlainLabel(one_line(run.title or run.tool, limit=80), strong=True))
        where = f"{_whose(run)} · {one_line(run.tool, limit=80)} · by {one_line(run.by, limit=60)}"
        if run.changed:
            where += ", changed by you"
        head.addWidget(PlainLabel(where, tone="secondary", size="sm", elide=True), 1)
        head.addWidget(self._badge)
        head.addWidget(self._stop)
        self.body.addLayout(head)

    def _show_text(self) -> None:
        level = _TROUBLE.get(self.run.state)
        text = visible(self.run.text)
        if self._trouble is not None:
            self._trouble.hide()
            self._trouble.deleteLater()
            self._trouble = None
        match self.run.state:
            case RunState.NEEDS_ANSWER:
                asks = f"{one_line(self.run.server_title, limit=60)} needs an answer to go on."
                self._trouble = Banner(asks, level="warning", action="Open the question")
                self._trouble.triggered.connect(lambda: self.question_pressed.emit(self.run))
            case RunState.TASK_LEFT:
                self._trouble = Banner(text, level="warning", action="Look again")
                self._trouble.triggered.connect(lambda: self.look_pressed.emit(self.run))
            case _ if level is not None:
                self._trouble = Banner(text or "No reason was given.", level=level)
            case _:
                pass
        if self._trouble is not None:
            self.body.insertWidget(1, self._trouble)
            text = ""
        long = len(text) > _SHORT and not self._whole_text
        self._text.setText(f"{text[:_SHORT]}…" if long else text)
        self._text.setVisible(bool(text))
        self._more.setVisible(long)

    def _show_links(self, links: tuple[ResourceLink, ...]) -> None:
        if links == self._linked:
            return
        self._linked = links
        clear(self._links)
        for link in links:
            line = row(spacing=SPACE.sm)
            line.addWidget(PlainLabel(f"{link.title}: {link.uri}", size="sm", elide=True), 1)
            read = LinkButton("Read")
            read.setAccessibleName(f"Read {link.title}")
            read.clicked.connect(partial(self._on_read_clicked, link.uri))
            line.addWidget(read)
            self._links.addLayout(line)

    def _show_result(self) -> None:
        """The place of the App stays below it."""
        if self._result is not None:
            self._result.set_value(self.run.result)
        elif self.run.result is not None:
            self._result = _ExactText("Exact result", self.run.result)
            self.body.insertWidget(self.body.count() - (self._frame is not None), self._result)

    def _on_read_clicked(self, uri: str) -> None:
        self.read_pressed.emit(self.run, uri)

    def _on_more_clicked(self) -> None:
        self._whole_text = True
        self._show_text()


def _whose(run: ToolRun) -> str:
    """The server as the person knows it; a replay has none of its own."""
    return one_line(run.server_title, limit=80) if run.by == BY_REPLAY else run.server


class _ExactText(Fold):
    """Folded around an exact value; it is spelled when it is first opened: most never are."""

    def __init__(self, title: str, value: object) -> None:
        self._holder = QWidget()
        self._inside = column(self._holder)
        super().__init__(title, self._holder)
        self._title = title
        self._value = value
        self._code: CodeView | None = None
        self.toggled.connect(self._on_opened)

    def set_value(self, value: object) -> None:
        """Fold around *value*; None hides the line."""
        if value is self._value:
            return
        self._value = value
        self.setVisible(value is not None)
        if self._code is not None:
            self._code.set_code("" if value is None else pretty(value))
            self._code.fit_height()

    def _on_opened(self, _opened: bool) -> None:
        if self._code is None:
            self._code = CodeView(pretty(self._value), label=self._title)
            self._inside.addWidget(self._code)
        self._code.fit_height()


def pretty(value: object) -> str:
    """JSON for reading: exact values, hidden characters spelled out."""
    return visible(json.dumps(value, indent=2, ensure_ascii=False, default=dict))
