"""Settings: which model, its key, and the look of the window.

Law: a key goes one way, into the core's secret store; it is never read back or shown. The pane says
where it is kept. Main thread; held by the main window.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QScrollArea, QWidget

from mcphost.domain.errors import McpHostError
from mcphost.domain.summaries import ModelSettings
from mcphost.domain.text import visible
from ui.panes.core import Core
from ui.widgets.banner import Banner
from ui.widgets.buttons import PrimaryButton
from ui.widgets.card import Card
from ui.widgets.heading import Heading
from ui.widgets.layouts import column, row
from ui.widgets.plain_label import PlainLabel
from ui.widgets.theme import Theme
from ui.widgets.tokens import SPACE

PROVIDERS = (
    ("none", "No model: run tools directly"),
    ("anthropic", "Anthropic"),
    ("openai-compatible", "OpenAI or compatible"),
)
THEMES = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))


class SettingsPane(QScrollArea):
    """`model_changed` carries the new `ModelSettings`."""

    model_changed = Signal(object)

    def __init__(self, core: Core, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._settings = ModelSettings(provider="none", model="", base_url="", has_key=False)
        self._storage_sentence = ""
        self.setWidgetResizable(True)
        self.setAccessibleName("Settings")
        inside = QWidget()
        line = row(inside, margin=SPACE.lg)
        body = QWidget()
        body.setMaximumWidth(720)
        self._body = column(body, spacing=SPACE.lg)
        self._body.addWidget(Heading("Settings", level="md"))
        self._body.addWidget(self._model_card())
        self._body.addWidget(self._look_card())
        self._body.addStretch(1)
        line.addWidget(body, 1_000)
        line.addStretch(1)
        self.setWidget(inside)
        self._load()

    def _load(self) -> None:
        host = self._core.host
        self._core.run(host.model_settings(), self, done=self._on_settings)
        self._core.run(host.secrets_note(), self, done=self._on_storage)

    def _model_card(self) -> Card:
        card = Card()
        card.body.addWidget(Heading("Model", level="xs"))
        self.provider = QComboBox()
        for value, words in PROVIDERS:
            self.provider.addItem(words, value)
        self.provider.currentIndexChanged.connect(self._on_provider_changed)
        self.model = QLineEdit()
        self.base_url = QLineEdit()
        self.base_url.setPlaceholderText("https://api.openai.com/v1, or http://localhost:11434/v1")
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.form = QFormLayout()
        self.form.setSpacing(SPACE.md)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, field in (
            ("Provider", self.provider),
            ("Model", self.model),
            ("Base URL", self.base_url),
            ("API key", self.key),
        ):
            field.setAccessibleName(words)
            self.form.addRow(_label(words), field)
        self._key_note = PlainLabel(tone="secondary", size="sm")
        self.form.addRow("", self._key_note)
        card.body.addLayout(self.form)
        self._said: Banner | None = None
        self._model_body = card.body
        self.save = PrimaryButton("Save")
        self.save.clicked.connect(self._on_save)
        foot = row()
        foot.addStretch(1)
        foot.addWidget(self.save)
        card.body.addLayout(foot)
        return card

    def _look_card(self) -> Card:
        card = Card()
        card.body.addWidget(Heading("Look", level="xs"))
        self.theme = QComboBox()
        self.theme.setAccessibleName("Theme")
        for value, words in THEMES:
            self.theme.addItem(words, value)
        override = Theme.current().override
        self.theme.setCurrentIndex(self.theme.findData(override.value if override else "system"))
        self.theme.currentIndexChanged.connect(self._on_theme_chosen)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setSpacing(SPACE.md)
        form.addRow(_label("Theme"), self.theme)
        card.body.addLayout(form)
        return card

    def _on_settings(self, settings: ModelSettings) -> None:
        self._settings = settings
        self.provider.setCurrentIndex(max(self.provider.findData(settings.provider), 0))
        self.model.setText(settings.model)
        self.base_url.setText(settings.base_url)
        self._on_provider_changed()

    def _on_storage(self, sentence: str) -> None:
        self._storage_sentence = sentence
        self._show_key_note()

    def _on_provider_changed(self, _row: int = 0) -> None:
        provider = self.provider.currentData()
        if provider != self._settings.provider:
            self._say("", "info")  # what was said is about another choice
        for field in (self.model, self.key, self._key_note):
            self.form.setRowVisible(field, provider != "none")
        self.form.setRowVisible(self.base_url, provider == "openai-compatible")
        example = "claude-sonnet-5" if provider == "anthropic" else "gpt-5-mini"
        self.model.setPlaceholderText(f"for example {example}")
        stored = self._settings.has_key and self._settings.provider == provider
        self.key.setPlaceholderText("Stored. Type to replace it." if stored else "Paste it here")
        self._show_key_note()

    def _show_key_note(self) -> None:
        self._key_note.setText(
            f"The key is written, never shown. {visible(self._storage_sentence, limit=400)}"
        )

    def _on_save(self) -> None:
        provider: str = self.provider.currentData()
        # A hidden field must not send a key to an address that nobody sees.
        shown = provider == "openai-compatible"
        wanted = replace(
            self._settings,
            provider=provider,
            model=self.model.text().strip(),
            base_url=self.base_url.text().strip() if shown else "",
        )
        key = self.key.text().strip() or None
        self.key.clear()
        self.save.setEnabled(False)
        work = self._core.host.set_model(wanted, key)
        operation = self._core.run(work, self, done=self._on_saved, failed=self._on_failed)
        operation.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        self.save.setEnabled(True)
        self.save.setFocus()  # a disabled button has lost it

    def _on_saved(self, _nothing: object) -> None:
        self._say("Saved.", "success")
        self._core.run(self._core.host.model_settings(), self, done=self._on_saved_settings)

    def _on_saved_settings(self, settings: ModelSettings) -> None:
        self._on_settings(settings)
        self.model_changed.emit(settings)

    def _on_failed(self, error: McpHostError) -> None:
        self._say(visible(str(error), limit=1_000), "error")

    def _say(self, text: str, level: str) -> None:
        if self._said is not None:
            self._said.hide()
            self._said.deleteLater()
            self._said = None
        if text:
            self._said = Banner(text[:1].upper() + text[1:], level=level)
            self._model_body.addWidget(self._said)

    def _on_theme_chosen(self, _row: int) -> None:
        value = str(self.theme.currentData())
        Theme.current().choose(value)
        self._core.run(self._core.host.set_preference("theme", value), self)


def _label(words: str) -> PlainLabel:
    label = PlainLabel(words, tone="secondary", wrap=False)
    label.setFixedSize(84, 34)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return label
