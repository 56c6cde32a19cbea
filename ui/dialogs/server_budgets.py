"""The budgets of one server and of each of its Apps, and choosing others.

Law: the dialog only drafts numbers; the core decides and records. What may not be is said in place,
before anything is saved. Main thread; opened by the servers pane.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLineEdit, QWidget

from mcphost.domain.budget import Choice, Limit, Limits
from mcphost.domain.errors import NotConfigured
from mcphost.domain.server import ServerConfig
from mcphost.domain.text import one_line
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.heading import Heading
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE

_WIDTH = 690
_ROWS = (
    ("Calls a minute", Limit.APP_CALLS, Limit.CALLS),
    ("MiB a minute, both ways", Limit.APP_SIZE, Limit.SIZE),
    ("Answers a minute to its questions", Limit.APP_ROUNDS, Limit.ROUNDS),
    ("Calls under way at once", Limit.APP_AT_ONCE, Limit.AT_ONCE),
)


class ServerBudgetsDialog(QDialog):
    """`chosen` carries the server's key and the numbers (`Choice`) when the person is done."""

    chosen = Signal(str, object)

    def __init__(self, config: ServerConfig, limits: Limits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Budgets")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._key = config.key
        self._limits = limits
        self.fields: dict[Limit, QLineEdit] = {}
        self.problem = PlainLabel("", tone="danger", size="sm")
        self.save = PrimaryButton("Save")
        self.save.clicked.connect(self._on_save_clicked)
        self._build(one_line(config.title, limit=60))
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Only now are fonts and fields as large as they will be."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._settle_size)

    def _settle_size(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    def draft(self) -> Choice | str:
        """The numbers that were changed, or what is wrong with one of them."""
        choice: dict[Limit, int | None] = {}
        for limit, field in self.fields.items():
            text = field.text().strip()
            if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
                return f"“{one_line(text, limit=20)}” is no whole number."
            number, usual = int(text) if text else None, self._limits.usual(limit)
            if (usual if number is None else number) != self._limits.value(limit):
                choice[limit] = number
        try:
            self._limits.after(choice)
        except NotConfigured as error:
            said = str(error)
            return f"{said[:1].upper()}{said[1:]}."
        return choice

    def _on_save_clicked(self) -> None:
        draft = self.draft()
        if not isinstance(draft, str):
            if draft:
                self.chosen.emit(self._key, draft)
            self.accept()

    def _refresh(self) -> None:
        draft = self.draft()
        self.problem.setText(draft if isinstance(draft, str) else "")
        self.save.setEnabled(not isinstance(draft, str))

    def _build(self, title: str) -> None:
        body = column(self, spacing=SPACE.lg, margin=SPACE.xl)
        body.addWidget(Heading(f"Budgets of {title}", level="md"))
        words = (
            "What is more than this is not sent, and whoever asked is told: the App, the model and "
            "you. After a minute it goes on by itself. An empty field means the usual number."
        )
        body.addWidget(PlainLabel(words, tone="secondary"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.md)
        grid.setVerticalSpacing(SPACE.sm)
        grid.setColumnStretch(0, 1)
        grid.addWidget(PlainLabel("Each of its Apps", strong=True, wrap=False), 0, 1, 1, 2)
        grid.addWidget(PlainLabel("Everybody together", strong=True, wrap=False), 0, 3, 1, 2)
        for at, (line, of_app, of_server) in enumerate(_ROWS, start=1):
            grid.addWidget(PlainLabel(line, wrap=False), at, 0)
            for place, limit, whose in ((1, of_app, "each App"), (3, of_server, "everybody")):
                grid.addWidget(self._field(limit, f"{line}, {whose}"), at, place)
                most = f"at most {self._limits.most(limit)}"
                label = PlainLabel(most, tone="tertiary", size="sm", wrap=False)
                grid.addWidget(label, at, place + 1)
        body.addLayout(grid)
        body.addWidget(self.problem)
        foot = row(spacing=SPACE.sm)
        foot.addStretch(1)
        cancel = SecondaryButton("Cancel")
        cancel.clicked.connect(self.reject)
        foot.addWidget(cancel)
        foot.addWidget(self.save)
        body.addLayout(foot)

    def _field(self, limit: Limit, name: str) -> QLineEdit:
        usual, number = self._limits.usual(limit), self._limits.value(limit)
        field = self.fields[limit] = QLineEdit("" if number == usual else str(number))
        field.setPlaceholderText(str(usual))
        field.setFixedWidth(84)
        field.setAccessibleName(name)
        field.textChanged.connect(self._refresh)
        return field


def budget_text(limits: Limits) -> str:
    """The two numbers that matter most, as the server's page says them."""
    usual = "" if limits.chosen or limits.managed else " (usual)"
    return (
        f"{limits.value(Limit.CALLS)} calls a minute, each App "
        f"{limits.value(Limit.APP_CALLS)}{usual}"
    )
