"""From a View in the inspector to a replay of it: asks what to play it to, and has it played.

Law: the exchange that is played is exactly what *Save…* would write, read back as any saved one;
the core looks at the template, keeps the person's approval, and plays. What is opened here reaches
no server (`mcphost.views.replay`). Main thread; held by the inspector pane.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mcphost.domain.errors import McpHostError, UserFacingError
from mcphost.domain.exchange import as_json, exchange_json
from mcphost.domain.ids import ConversationId
from mcphost.domain.recording import Recording
from mcphost.domain.template import ReviewState, TemplateReview, TemplateSource
from mcphost.domain.text import one_line
from mcphost.domain.view import ViewReport
from ui.dialogs.replay import ReplayDialog, standing_words
from ui.models.files import read_file
from ui.panes.core import Core


@dataclass(slots=True, kw_only=True)
class _Wish:
    """One replay that is being chosen."""

    report: ViewReport
    recording: Recording
    current: TemplateReview | None = None
    dialog: ReplayDialog = field(init=False)


class Replaying(QWidget):
    """`opened` carries the conversation of the replay, `review_wanted` a `TemplateReview`, `failed`
    what to say.
    """

    opened = Signal(str)
    review_wanted = Signal(object)
    failed = Signal(str)

    def __init__(self, core: Core, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._core = core
        self._last: Path | None = None
        """The file that was played last: whoever changes it plays it again and again."""

    def start(self, report: ViewReport) -> None:
        """Ask what to play the exchange of *report* to."""
        exchange = as_json(exchange_json(report)).encode()
        self._core.run(
            self._core.host.read_exchange(exchange),
            self,
            done=partial(self._on_recording, report),
            failed=self._on_failed,
        )

    def _on_recording(self, report: ViewReport, recording: Recording) -> None:
        wish = _Wish(report=report, recording=recording)
        self._core.run(
            self._core.host.templates(),
            self,
            done=partial(self._on_templates, wish),
            failed=self._on_failed,
        )

    def _on_templates(self, wish: _Wish, templates: list[TemplateReview]) -> None:
        place = (wish.recording.server, wish.recording.uri)
        here = (each for each in templates if (each.pin.server, each.pin.uri) == place)
        wish.current = max(here, key=lambda each: each.fetched_at, default=None)
        tool = one_line(wish.recording.tool, limit=60)
        server = one_line(wish.recording.server, limit=60)
        standing = standing_words(wish.current, wish.report.content_digest)
        dialog = wish.dialog = ReplayDialog(tool, server, standing, self.window())
        dialog.file_chosen.connect(partial(self._on_file_chosen, wish))
        dialog.current_chosen.connect(partial(self._on_current_chosen, wish))
        dialog.play_wanted.connect(partial(self._on_play_wanted, wish))
        dialog.review_wanted.connect(self.review_wanted)
        dialog.open()
        if self._last is not None:
            dialog.choose_file(self._last)

    def _on_file_chosen(self, wish: _Wish, path: Path) -> None:
        self._last = path
        try:
            html = read_file(path)
        except UserFacingError as error:
            wish.dialog.show_nothing(str(error))
        else:
            self._look_at(wish, html)

    def _on_current_chosen(self, wish: _Wish) -> None:
        def take(source: TemplateSource) -> None:
            self._look_at(wish, source.html)

        if wish.current is not None:
            work = self._core.host.template_source(wish.current.pin)
            self._core.run(work, wish.dialog, done=take, failed=partial(self._say_in, wish))

    def _look_at(self, wish: _Wish, untrusted_html: bytes) -> None:
        self._core.run(
            self._core.host.put_template(wish.recording, untrusted_html),
            wish.dialog,
            done=wish.dialog.show_review,
            failed=partial(self._say_in, wish),
        )

    def _on_play_wanted(self, wish: _Wish, review: TemplateReview) -> None:
        self._core.run(
            self._play(wish.recording, review), self, done=self.opened.emit, failed=self._on_failed
        )

    async def _play(self, recording: Recording, review: TemplateReview) -> ConversationId:
        """Loop thread: the press approved exactly what was shown; then it is played."""
        host = self._core.host
        if review.state is ReviewState.PENDING:
            await host.review_template(review.pin, True)
        title = f"Replay of {one_line(recording.tool, limit=60)}"
        conversation = await host.new_conversation(title)
        await host.replay(conversation, recording)
        return conversation

    def _say_in(self, wish: _Wish, error: McpHostError) -> None:
        wish.dialog.show_nothing(str(error))

    def _on_failed(self, error: McpHostError) -> None:
        self.failed.emit(str(error))
