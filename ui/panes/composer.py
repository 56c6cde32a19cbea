"""Below the transcript: what the person says to the model, or runs directly.

Law: nothing is ever sent but by the person's own Enter or press. A draft that an App offers lands
only in an empty box, under a banner that names the App; otherwise it waits in the banner. Text of
a prompt is put in by the person's press, under a banner that names its server. Main thread; held by
the chat pane.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from mcphost.domain.ids import ConversationId, ServerKey
from mcphost.domain.offers import PromptText, ResourceContents
from mcphost.domain.summaries import ServerSummary
from mcphost.domain.text import one_line, visible
from ui.panes.core import Core
from ui.panes.direct_mode import DirectMode
from ui.panes.offer_panel import OfferPanel
from ui.widgets.banner import Banner
from ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton
from ui.widgets.growing_edit import GrowingEdit
from ui.widgets.icons import Icon
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

NARROW: Final = 620
"""Pixels below which there is no room beside the buttons."""


class Composer(QFrame):
    """`message_sent` carries the text, `run_wanted` a tool and its arguments, `attach_wanted` a
    `ResourceContents`.
    """

    message_sent = Signal(str)
    run_wanted = Signal(object, object)
    attach_wanted = Signal(object)
    settings_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_model = False
        self._draft: Banner | None = None
        self._mark: Banner | None = None
        """Says that text of a prompt is in the box, for as long as there is any text."""
        self._offered: tuple[str, str] | None = None
        self._outer = column(self, spacing=SPACE.sm)
        self._outer.setContentsMargins(SPACE.xl, SPACE.sm, SPACE.xl, SPACE.md)
        self._build_bar()
        self._message_part = QWidget()
        line = row(self._message_part)
        self.box = GrowingEdit(submits=True)
        self.box.setPlaceholderText("Message the model (Enter sends, Shift+Enter breaks the line)")
        self.box.setAccessibleName("Message")
        self.box.submitted.connect(self._on_send)
        self.box.textChanged.connect(self._on_text_changed)
        self._send = PrimaryButton("Send", icon_name=Icon.SEND)
        self._send.clicked.connect(self._on_send)
        self._stop = SecondaryButton("Stop", icon_name=Icon.STOP)
        self._stop.setToolTip("Stop the model's turn")
        self._stop.clicked.connect(self.stop_wanted)
        self._stop.hide()
        line.addWidget(self.box, 1)
        line.addWidget(self._send)
        line.addWidget(self._stop)
        self._outer.addWidget(self._message_part)
        self.direct = DirectMode(core)
        self.direct.run_wanted.connect(self._on_run)
        self._outer.addWidget(self.direct)
        self.offers = OfferPanel(core)
        self.offers.hide()
        self.offers.prompt_used.connect(self._on_prompt_used)
        self.offers.attach_wanted.connect(self._on_attach_wanted)
        self._outer.addWidget(self.offers)
        self.open_direct(False)
        self.show_model("", configured=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the buttons and the model do not fit side by side, they stand below each other."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW
        self._bar.setDirection(
            QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        )
        self.direct.show_narrow(narrow)

    def show_model(self, name: str, *, configured: bool) -> None:
        """Whether there is a model to talk to, and which."""
        self._has_model = configured
        words = (
            f"Model: {one_line(name, limit=60)}" if configured else "No model: tools run directly"
        )
        self._hint.setText(words)
        self._configure.setVisible(not configured)
        self.offers.show_model(configured)
        self.open_direct(self.direct.isVisibleTo(self))

    def show_busy(self, busy: bool) -> None:
        """Whether the model's turn is under way here; then it can only be stopped."""
        self._send.setVisible(not busy)
        self._stop.setVisible(busy)

    def open_direct(self, opened: bool = True) -> None:
        """Show or fold direct mode."""
        if opened:
            self.open_offers(False)
        self.direct.setVisible(opened)
        self._message_part.setVisible(self._has_model and not opened)
        self._toggle.setText("Close the tools" if opened else "Run a tool")
        self._toggle.setToolTip("Choose a tool and run it yourself (Ctrl+R)")
        self._toggle.setShortcut("Ctrl+R")

    def open_offers(self, opened: bool = True) -> None:
        """Show or fold prompts and resources; the message stays in sight."""
        if opened:
            self.open_direct(False)
            self.offers.refresh()
        self.offers.setVisible(opened)
        self._offers_toggle.setText("Close" if opened else "Prompts and resources")
        self._offers_toggle.show_icon(Icon.CLOSE if opened else Icon.PLUS)
        self._offers_toggle.setShortcut("Ctrl+I")
        if opened:
            self.offers.search.setFocus()

    def show_contents(self, contents: ResourceContents) -> None:
        """Show what a resource came to, so that it can be attached."""
        if not self.offers.isVisibleTo(self):
            self.open_offers()
        self.offers.show_contents(contents)

    def show_conversation(self, conversation: ConversationId | None) -> None:
        """Which conversation this is the composer of; None for a new one."""
        self.direct.show_conversation(conversation)

    def show_servers(self, servers: tuple[ServerSummary, ...]) -> None:
        """The servers there are."""
        self.direct.show_servers(servers)
        self.offers.show_servers(servers)

    def choose_tool(self, server: ServerKey, tool: str) -> None:
        """Open direct mode on *tool*."""
        self.open_direct()
        self.direct.choose(server, tool)

    def offer_draft(self, source: str, text: str) -> None:
        """An App offers a message: it is shown, and gets into the box only by the banner's button,
        so that no key press meant for something else can send an App's words.
        """
        self._drop_draft()
        who, words = one_line(source, limit=80), visible(text, limit=8_000)
        self._offered = (who, words)
        if not self._has_model:
            note = f"{who} offers a message, but there is no model to send it to: “{words}”"
            self._show_draft(Banner(note, level="info", closable=True))
            return
        action = "Replace my text" if self.box.toPlainText().strip() else "Use this draft"
        note = f"{who} offers a draft: “{one_line(text, limit=400)}”"
        banner = Banner(note, level="info", action=action, closable=True)
        banner.triggered.connect(lambda: self._take_draft(words))
        self._show_draft(banner)

    def take_back_draft(self) -> tuple[str, str] | None:
        """Another conversation is shown: an offer goes back to where it belongs."""
        offered = self._offered
        self._drop_draft()
        return offered

    def _take_draft(self, words: str) -> None:
        self._drop_draft()
        self.box.setPlainText(words)
        self.box.setFocus()

    def _build_bar(self) -> None:
        self._bar = row(spacing=SPACE.sm)
        buttons, model = row(spacing=SPACE.sm), row(spacing=SPACE.sm)
        self._toggle = SecondaryButton(icon_name=Icon.TOOL)
        self._toggle.clicked.connect(self._on_toggle_pressed)
        self._hint = PlainLabel(tone="secondary", size="sm", elide=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._configure = LinkButton("Set up a model")
        self._configure.clicked.connect(self.settings_wanted)
        self._offers_toggle = SecondaryButton("Prompts and resources", icon_name=Icon.PLUS)
        self._offers_toggle.setToolTip("What else the servers offer, for your message (Ctrl+I)")
        self._offers_toggle.clicked.connect(self._on_offers_toggle_pressed)
        buttons.addWidget(self._toggle)
        buttons.addWidget(self._offers_toggle)
        buttons.addStretch(1)
        model.addWidget(self._hint, 1)
        model.addWidget(self._configure)
        self._bar.addLayout(buttons)
        self._bar.addLayout(model, 1)
        self._outer.addLayout(self._bar)

    def _on_toggle_pressed(self) -> None:
        self.open_direct(not self.direct.isVisibleTo(self))

    def _on_offers_toggle_pressed(self) -> None:
        self.open_offers(not self.offers.isVisibleTo(self))

    def _on_prompt_used(self, prompt: PromptText) -> None:
        """The person has seen the text and wants it: it joins what they wrote, and is marked."""
        mine = self.box.toPlainText().rstrip()
        self.box.setPlainText(f"{mine}\n\n{prompt.text}" if mine else prompt.text)
        note = (
            f"Text of the prompt {one_line(prompt.name, limit=80)} is in your message. The server "
            f"{prompt.server} wrote it; when you send it, the model takes it as yours."
        )
        self._drop_mark()
        self._mark = Banner(note, level="warning")
        self._outer.insertWidget(0, self._mark)
        self.open_offers(False)
        self.box.setFocus()
        for part in prompt.embedded:
            if part.text:
                contents = ResourceContents(server=prompt.server, uri=part.uri, parts=(part,))
                self.attach_wanted.emit(contents)

    def _on_text_changed(self) -> None:
        if self.box.document().isEmpty():
            self._drop_mark()

    def _drop_mark(self) -> None:
        if self._mark is not None:
            self._mark.hide()
            self._mark.deleteLater()
            self._mark = None

    def _on_attach_wanted(self, contents: ResourceContents) -> None:
        self.open_offers(False)
        self._offers_toggle.setFocus()  # the button that was pressed is hidden now
        self.attach_wanted.emit(contents)

    def _on_send(self) -> None:
        text = self.box.toPlainText().strip()
        if text and self._send.isVisibleTo(self):
            self.box.clear()
            self._drop_draft()
            self.message_sent.emit(text)

    def _on_run(self, summary: object, arguments: object) -> None:
        self.open_direct(False)
        self._toggle.setFocus()  # the button that was pressed is hidden now
        self.run_wanted.emit(summary, arguments)

    def _show_draft(self, banner: Banner) -> None:
        self._draft = banner
        banner.dismissed.connect(self._drop_draft)
        self._outer.insertWidget(0, banner)

    def _drop_draft(self) -> None:
        self._offered = None
        if self._draft is not None:
            self._draft.hide()
            self._draft.deleteLater()
            self._draft = None
