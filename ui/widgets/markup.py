"""Markdown of a model, shown as text with light formatting. The only door to bleach.

Law: (1) the source passes `visible`, so nothing hides in it; (2) HTML in the source is text, never
markup; (3) what markdown-it made is cleaned against a short allow-list: no images, no styles, no
attributes but a link's address, which is https, or http; (4) a link opens nothing: it is reported
by a signal, and whoever listens goes through the one door for links. Server and View text is
plain text and does not come here. Main thread; called by the chat pane.
"""

from __future__ import annotations

import bleach
from markdown_it import MarkdownIt
from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from mcphost.domain.text import visible
from ui.widgets.theme import Theme

_INLINE = ("strong", "em", "s", "code", "br", "a")
_BLOCKS = ("p", "pre", "blockquote", "hr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6")
_CALMER = {"h1": "h3", "h2": "h4", "h3": "h4", "h4": "h5", "h5": "h6"}
_TABLES = ("table", "thead", "tbody", "tr", "th", "td")
_TAGS = frozenset((*_INLINE, *_BLOCKS, *_TABLES))
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "linkify": False})
    .enable(["table", "strikethrough"])
    .disable(["image"])
)
_LIMIT = 60_000


def render_markdown(untrusted: str) -> str:
    """HTML of *untrusted* Markdown that holds nothing but the allowed tags."""
    tokens = _MARKDOWN.parse(visible(untrusted, limit=_LIMIT))
    for token in tokens:  # a chat has no room for a document's title sizes
        token.tag = _CALMER.get(token.tag, token.tag)
    rendered = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    made = rendered.replace("\n</code></pre>", "</code></pre>")
    return bleach.clean(
        made,
        tags=_TAGS,
        attributes={"a": ["href"]},
        protocols={"https", "http"},
        strip=True,
        strip_comments=True,
    )


class MarkdownLabel(QTextEdit):
    """Shows Markdown at its full height. `link_clicked` carries a link's address; nothing opens."""

    link_clicked = Signal(str)

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = text
        self.setReadOnly(True)
        self.setProperty("variant", "bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(True)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.set_markdown(text)

    def set_markdown(self, text: str) -> None:
        """Show *text* instead."""
        self._source = text
        colors, metrics = Theme.current().colors, Theme.current().metrics
        mono = metrics.mono[-2]
        self.document().setDefaultStyleSheet(
            f"a {{ color: {colors.text.info}; }}"
            f"code, pre {{ font-family: '{mono}'; background: {colors.background.tertiary}; }}"
            "td, th { padding: 2px 12px 2px 0px; }"
        )
        self.setHtml(render_markdown(text))
        self._fit()

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """Load nothing, ever."""
        del type, name

    def sizeHint(self) -> QSize:
        """The height of all the text."""
        return QSize(360, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height the new width needs."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Render again in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_source"):
            self.set_markdown(self._source)

    def mouseMoveEvent(self, e: QMouseEvent) -> None:
        """Show where a link leads before anybody follows it."""
        super().mouseMoveEvent(e)
        address = self.anchorAt(e.position().toPoint())
        over = Qt.CursorShape.PointingHandCursor if address else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(over)
        self.viewport().setToolTip(visible(address).replace("<", "‹") if address else "")

    def mouseReleaseEvent(self, e: QMouseEvent) -> None:
        """Report a click on a link; a drag that selects text is not one."""
        super().mouseReleaseEvent(e)
        address = self.anchorAt(e.position().toPoint())
        if address and e.button() is Qt.MouseButton.LeftButton and not self._selecting():
            self.link_clicked.emit(address)

    def _selecting(self) -> bool:
        return self.textCursor().hasSelection()

    def _fit(self) -> None:
        self.document().setTextWidth(max(self.viewport().width(), 80))
        self.setFixedHeight(max(round(self.document().size().height()) + 4, 20))
