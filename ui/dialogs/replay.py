"""Choosing what a recorded exchange is played to: a template in a file, or the one that its server
has now.

Law: the dialog carries wishes and shows what the core found in the template; it reads no file and
approves nothing itself. What is played is what its digest says. Main thread; opened by
`panes.replaying`.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QWidget,
)

from mcphost.domain.template import ReviewState, Severity, TemplateReview
from mcphost.domain.text import visible
from ui.models.lines import count_text, size_text
from ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton
from ui.widgets.heading import Heading
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_WIDTH = 640


class ReplayDialog(QDialog):
    """`file_chosen` carries a `Path`; `play_wanted` and `review_wanted` the `TemplateReview` that
    is shown. *current* says how the server's own template stands; empty when there is none.
    """

    file_chosen = Signal(object)
    current_chosen = Signal()
    play_wanted = Signal(object)
    review_wanted = Signal(object)

    def __init__(self, tool: str, server: str, current: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Replay")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._review: TemplateReview | None = None
        self._waiting = self._overtaken = False
        self.from_file = QRadioButton("A template in a file")
        self.from_server = QRadioButton(f"The template that {server} has now")
        self.from_server.setEnabled(bool(current))
        self.path = QLineEdit()
        self.path.setReadOnly(True)
        self.path.setPlaceholderText("Choose the HTML file that you are changing")
        self.path.setAccessibleName("File of the template")
        self.choose = SecondaryButton("Choose…")
        self.choose.clicked.connect(self._on_choose_clicked)
        self.found = PlainLabel(selectable=True)
        self.look = LinkButton("Read it in the review first")
        self.look.clicked.connect(self._on_look_clicked)
        self.play = PrimaryButton("Play")
        self.play.clicked.connect(self._on_play_clicked)
        self._build(tool, server, current or "It has none any more.")
        self.from_file.setChecked(True)
        self.from_server.toggled.connect(self._on_source_toggled)
        self.show_nothing()

    def showEvent(self, event: QShowEvent) -> None:
        """Only now are fonts and fields as large as they will be."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._settle_size)

    def choose_file(self, path: Path) -> None:
        """The file *path* is what to play to."""
        self.path.setText(str(path))
        self.path.setToolTip(visible(str(path), limit=400))
        if self.from_file.isChecked():
            self._ask()
        else:
            self.from_file.setChecked(True)

    def show_nothing(self, words: str = "") -> None:
        """Nothing can be played; *words* say why not."""
        if self._settled():
            self._show(None, words, "danger")

    def show_review(self, review: TemplateReview) -> None:
        """What the core found in the template that was chosen."""
        if self._settled():
            self._show(review, template_words(review), "primary")

    def _on_source_toggled(self) -> None:
        self._ask()

    def _on_choose_clicked(self) -> None:
        dialog = QFileDialog(self, "Choose a template", self.path.text())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["HTML (*.html *.htm)", "All files (*)"])

        def take(path: str) -> None:
            self.choose_file(Path(path))

        dialog.fileSelected.connect(take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask(self) -> None:
        """Have what is chosen looked at, one thing at a time: the newest is what is played."""
        chosen = self.from_server.isChecked() or bool(self.path.text())
        self._show(None, "Looking at it…" if chosen else "", "secondary")
        if self._waiting:
            self._overtaken = True
        elif self.from_server.isChecked():
            self._waiting = True
            self.current_chosen.emit()
        elif self.path.text():
            self._waiting = True
            self.file_chosen.emit(Path(self.path.text()))

    def _settled(self) -> bool:
        """An answer came. Whether it is about what is chosen now; if not, that is asked for."""
        overtaken, self._waiting, self._overtaken = self._overtaken, False, False
        if overtaken:
            self._ask()
        return not overtaken

    def _show(self, review: TemplateReview | None, words: str, tone: str) -> None:
        self._review = review
        self.found.set_tone(tone)
        self.found.setText(visible(words, limit=2_000))
        self.found.setVisible(bool(words))
        judged = None if review is None else review.state
        self.play.set_label("Approve and play" if judged is ReviewState.PENDING else "Play")
        self.play.setEnabled(judged in (ReviewState.PENDING, ReviewState.APPROVED))
        self.look.setVisible(judged in (ReviewState.PENDING, ReviewState.REJECTED))
        QTimer.singleShot(0, self, self._settle_size)

    def _on_look_clicked(self) -> None:
        if self._review is not None:
            self.review_wanted.emit(self._review)
            self.accept()

    def _on_play_clicked(self) -> None:
        if self._review is not None:
            self.play_wanted.emit(self._review)
            self.accept()

    def _settle_size(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(_WIDTH, max(self.height(), layout.totalHeightForWidth(_WIDTH)))

    def _build(self, tool: str, server: str, current: str) -> None:
        body = column(self, spacing=SPACE.lg, margin=SPACE.xl)
        body.addWidget(Heading(f"Replay {tool}", level="md"))
        words = (
            f"The App gets the recorded input and result of {tool} again, and what it asks is "
            f"answered from the record. {server} is not reached, and nothing leaves this host. "
            "What the record has no answer to is an error for the App, listed as “refused”."
        )
        body.addWidget(PlainLabel(words, tone="secondary"))
        group = QButtonGroup(self)
        for button in (self.from_file, self.from_server):
            group.addButton(button)
        sources = column(spacing=SPACE.sm)
        sources.addWidget(self.from_file)
        file: QHBoxLayout = row(spacing=SPACE.sm)
        file.setContentsMargins(SPACE.xl, 0, 0, 0)
        file.addWidget(self.path, 1)
        file.addWidget(self.choose)
        sources.addLayout(file)
        sources.addWidget(self.from_server)
        note = row()
        note.setContentsMargins(SPACE.xl, 0, 0, 0)
        note.addWidget(PlainLabel(current, tone="secondary", size="sm"), 1)
        sources.addLayout(note)
        body.addLayout(sources)
        body.addWidget(self.found)
        link = row()
        link.addWidget(self.look)
        link.addStretch(1)
        body.addLayout(link)
        body.addStretch(1)
        body.addLayout(self._foot())

    def _foot(self) -> QHBoxLayout:
        foot = row(spacing=SPACE.sm)
        foot.addStretch(1)
        cancel = SecondaryButton("Cancel")
        cancel.clicked.connect(self.reject)
        foot.addWidget(cancel)
        foot.addWidget(self.play)
        return foot


def template_words(review: TemplateReview) -> str:
    """What was found in a template, and what pressing the button does."""
    warnings = sum(each.severity is Severity.WARNING for each in review.findings)
    found = count_text(len(review.findings), "finding") if review.findings else "No finding"
    if warnings:
        found += f", {warnings} of them {'a warning' if warnings == 1 else 'warnings'}"
    facts = f"{found}, {size_text(review.size)}, SHA-256 {review.pin.content}."
    match review.state:
        case ReviewState.APPROVED:
            return f"{facts} You approved exactly this template for replays of this App."
        case ReviewState.REJECTED:
            return f"{facts} Exactly this template was rejected: it is not drawn."
        case ReviewState.PENDING:
            return (
                f"{facts} Approving lets exactly these bytes be drawn, in replays of this App and "
                "nowhere else."
            )


def standing_words(review: TemplateReview | None, recorded: str) -> str:
    """How the template that a server has now stands to the *recorded* digest."""
    if review is None:
        return ""
    same = review.pin.content == recorded
    how = "It is the one of the record." if same else "It is another one than that of the record."
    return f"{how} SHA-256 {review.pin.content[:16]}…"
