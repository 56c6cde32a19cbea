"""Adding a server: its name, and the address or the exact command it is reached by.

Law: the dialog only drafts a `ServerConfig`; the core decides. A command is split as a shell would
split it and shown as the exact list of arguments, whole; no shell ever runs it. Main thread; opened
by the servers pane.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mcphost.domain.server import HttpEndpoint, ServerConfig
from ui.dialogs.environment_rows import EnvironmentRows
from ui.dialogs.server_draft import draft_key, draft_server
from ui.dialogs.sign_in_fields import SignInFields
from ui.widgets.banner import Banner
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.code_view import CodeView
from ui.widgets.fold import Fold
from ui.widgets.heading import Heading
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.tokens import SPACE


class AddServerDialog(QDialog):
    """`drafted` carries a `ServerConfig` when the person is done, and the secret that goes with its
    client id, or nothing. *taken* are the keys in use.
    """

    drafted = Signal(object, str)

    def __init__(self, taken: Collection[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add a server")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(600)
        self._taken = frozenset(taken)
        self.title = _line("Bistro", "Name")
        self.url = _line("https://example.com/mcp", "Address")
        self.command = _line("npx -y some-server --flag", "Command")
        self.environment = EnvironmentRows()
        self.sign_in = SignInFields()
        self.sign_in_fold = Fold("Sign-in", self.sign_in)
        self.exact = CodeView("", numbers=False, label="Exactly this will run")
        self.exact.fit_height(least=1, most=8)
        self.key_note = PlainLabel("", tone="tertiary", size="sm")
        self.problem = PlainLabel("", tone="danger", size="sm")
        self.remote = QRadioButton("A web address")
        self.local = QRadioButton("A command on this computer")
        self.add = PrimaryButton("Add server")
        self.add.clicked.connect(self._on_add_clicked)
        self._build()
        for edit in (self.title, self.url, self.command):
            edit.textChanged.connect(self._refresh)
        self.environment.changed.connect(self._refresh)
        self.sign_in.changed.connect(self._refresh)
        self.sign_in_fold.toggled.connect(self._refresh)
        self.remote.toggled.connect(self._on_kind_toggled)
        self.remote.setChecked(True)
        self._refresh()
        self.title.setFocus()

    def draft(self) -> ServerConfig | str:
        """The configuration as it stands, or what is wrong with it."""
        draft = draft_server(
            title=self.title.text(),
            taken=self._taken,
            url=self.url.text() if self.remote.isChecked() else None,
            command=self.command.text(),
            env=self.environment.value(),
        )
        if isinstance(draft, str) or not isinstance(draft.endpoint, HttpEndpoint):
            return draft
        if not self.sign_in.is_right():
            return "Mend what is said under “Sign-in”."
        return replace(draft, authorization=self.sign_in.settings())

    def _on_kind_toggled(self) -> None:
        self._pages.setCurrentIndex(0 if self.remote.isChecked() else 1)
        self._refresh()

    def _on_add_clicked(self) -> None:
        draft = self.draft()
        if isinstance(draft, ServerConfig):
            remote = isinstance(draft.endpoint, HttpEndpoint)
            self.drafted.emit(draft, self.sign_in.secret() if remote else "")
            self.accept()

    def _refresh(self) -> None:
        draft = self.draft()
        started = bool(self.title.text() and (self.url.text() or self.command.text()))
        problem = draft if isinstance(draft, str) and started else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))  # a text of nothing has no name
        self.add.setEnabled(isinstance(draft, ServerConfig))
        key = draft_key(self.title.text())
        self.key_note.setText(f"Known here as “{key}”" if key else "What you call it")
        self.exact.set_code(self._exact(draft))
        QTimer.singleShot(0, self, self._grow)

    def _exact(self, draft: ServerConfig | str) -> str:
        if isinstance(draft, str) or isinstance(draft.endpoint, HttpEndpoint):
            return "Type a name and a command to see it."
        quoted = (json.dumps(part, ensure_ascii=False) for part in draft.endpoint.argv)
        return "\n".join(f"{n}  {part}" for n, part in enumerate(quoted, start=1))

    def _grow(self) -> None:
        layout = self.layout()
        if layout is not None and self.isVisible():
            for part in (self._pages.currentWidget(), self._pages):
                inside = None if part is None else part.layout()
                if inside is not None:  # first what is inside, or its old height would count
                    inside.activate()
            layout.activate()
            wanted = max(layout.totalHeightForWidth(self.width()), self.minimumSizeHint().height())
            self.resize(self.width(), max(self.height(), wanted))

    def _build(self) -> None:
        outer = column(self, spacing=0)
        body = column(spacing=SPACE.lg)
        body.setContentsMargins(SPACE.xl, SPACE.xl, SPACE.xl, SPACE.lg)
        body.addWidget(Heading("Add a server", level="md"))
        body.addLayout(_labelled("Name", self.title, self.key_note))
        kinds: QHBoxLayout = row(spacing=SPACE.lg)
        group = QButtonGroup(self)
        for button in (self.remote, self.local):
            group.addButton(button)
            kinds.addWidget(button)
        kinds.addStretch(1)
        body.addLayout(kinds)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._remote_page())
        self._pages.addWidget(self._local_page())
        body.addWidget(self._pages)
        body.addStretch(1)
        outer.addLayout(body, 1)
        outer.addWidget(self._foot())

    def _remote_page(self) -> QWidget:
        page = QWidget()
        layout = column(page, spacing=SPACE.md)
        layout.addLayout(_labelled("Address", self.url))
        layout.addWidget(
            PlainLabel(
                "Everything you send to this server goes to this address. It must be https, or "
                "http on this computer.",
                tone="secondary",
                size="sm",
            )
        )
        layout.addWidget(self.sign_in_fold)
        layout.addStretch(1)
        return page

    def _local_page(self) -> QWidget:
        page = QWidget()
        layout = column(page, spacing=SPACE.md)
        layout.addLayout(_labelled("Command", self.command))
        layout.addLayout(_labelled("Exactly this will run", self.exact))
        layout.addLayout(_labelled("Added to its environment", self.environment))
        layout.addWidget(
            Banner(
                "A command runs code on this computer as you, with all your files and your "
                "network. Add it only if you trust whoever wrote it.",
                level="warning",
            )
        )
        layout.addStretch(1)
        return page

    def _foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("surface", "side")
        layout = row(foot)
        layout.setContentsMargins(SPACE.xl, SPACE.md, SPACE.xl, SPACE.md)
        cancel = SecondaryButton("Cancel")
        cancel.clicked.connect(self.reject)
        layout.addWidget(self.problem, 1)
        layout.addStretch()
        layout.addWidget(cancel)
        layout.addWidget(self.add)
        return foot


def _line(hint: str, name: str) -> QLineEdit:
    edit = QLineEdit()
    edit.setPlaceholderText(hint)
    edit.setAccessibleName(name)
    return edit


def _labelled(text: str, widget: QWidget, note: QWidget | None = None) -> QVBoxLayout:
    layout: QVBoxLayout = column(spacing=SPACE.xs)
    layout.addWidget(PlainLabel(text, strong=True))
    layout.addWidget(widget)
    if note is not None:
        layout.addWidget(note)
    return layout
