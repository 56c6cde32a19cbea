"""A model's Markdown is formatted text and nothing else."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot

from ui.widgets.markup import MarkdownLabel, render_markdown

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![picture](https://evil.example/track.png)",
    "<style>*{color:red}</style>",
    "<iframe src='https://evil.example'></iframe>",
    "[click](javascript:alert(1))",
    "[click](data:text/html,hi)",
    "[click](file:///etc/passwd)",
    "[click](ftp://evil.example/x)",
    "[click](mcpapp://0123/)",
    '[click](https://x.example "t\\" onmouseover=alert(1)")',
    "<a href='https://x.example' style='position:fixed'>x</a>",
    "<!-- <img src=x> -->",
    "<svg><image href='https://evil.example'/></svg>",
)


@pytest.mark.parametrize("source", HOSTILE)
def test_no_live_markup_survives(source: str) -> None:
    made = render_markdown(source)
    tags = re.findall(r"<[^>]*>", made)
    allowed = r"</?(p|em|strong|code|pre|a)>|<a href=\"https?://[^\"]*\">"
    assert all(re.fullmatch(allowed, tag) for tag in tags), made


def test_ordinary_formatting_is_kept() -> None:
    made = render_markdown("# Title\n\n**bold** and `code`\n\n- one\n- two\n\n| a |\n|---|\n| b |")
    for tag in ("<h3>", "<strong>", "<code>", "<li>", "<td>"):
        assert tag in made


def test_a_picture_becomes_a_link_that_can_be_seen() -> None:
    assert 'href="https://x.example/a.png"' in render_markdown("![p](https://x.example/a.png)")


def test_hiding_characters_are_spelled_out() -> None:
    assert "⟨U+202E⟩" in render_markdown("abc\u202edef")


def test_deep_nesting_and_length_are_bounded() -> None:
    assert len(render_markdown("> " * 5_000 + "x")) < 200_000
    assert "more characters" in render_markdown("a" * 70_000)


def test_a_clicked_link_is_reported_and_nothing_opens(qtbot: QtBot) -> None:
    label = MarkdownLabel("[menu](https://example.com/menu)")
    qtbot.addWidget(label)
    label.resize(400, 60)
    label.show()
    place = label.cursorRect(label.textCursor()).center()
    place.setX(place.x() + 8)
    with qtbot.waitSignal(label.link_clicked, timeout=2_000) as caught:
        qtbot.mouseClick(label.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert caught.args == ["https://example.com/menu"]


def test_the_label_loads_no_resource(qtbot: QtBot) -> None:
    label = MarkdownLabel("text")
    qtbot.addWidget(label)
    assert label.loadResource(2, QUrl("https://evil.example/x.png")) is None


def test_the_label_grows_with_its_text(qtbot: QtBot) -> None:
    label = MarkdownLabel("one")
    qtbot.addWidget(label)
    label.resize(300, 20)
    label.show()
    short = label.height()
    label.set_markdown("\n\n".join(["a paragraph"] * 20))
    assert label.height() > 5 * short
