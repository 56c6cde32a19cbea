"""What the host tells a View of its surroundings, by the schemas of the SDKs themselves: all that
may change, one by one and together, in every version from 0.3.1 to 2.0.4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import DisplayMode
from mcphost.protocol.host_context import changed_context, initialize_result
from tests.helpers.gate_parts import tool
from tests.helpers.npm_sdk import VERSIONS
from tests.helpers.sdk_schemas import seen_by
from ui.panes.surroundings import surroundings

pytestmark = pytest.mark.npm

CHANGES: dict[str, dict[str, Any]] = {
    "theme": {"theme": "dark"},
    "style": {"style_variables": (("--font-mono", "monospace"), ("--color-ring-info", "#123456"))},
    "language": {"locale": "de-CH"},
    "time zone": {"time_zone": "Europe/Zurich"},
    "width": {"width": 321},
    "height inline": {"max_height": 555},
    "full size": {"mode": DisplayMode.FULLSCREEN, "height": 700},
    "corner": {"mode": DisplayMode.PIP, "height": 240},
    "modes": {"modes": (DisplayMode.INLINE,)},
    "touch": {"touch": True, "hover": False},
}


@pytest.mark.requirement("APPS-40")
@pytest.mark.parametrize("version", VERSIONS)
def test_each_change_of_the_surroundings_is_taken_whole(qtbot: QtBot, version: str) -> None:
    before = surroundings(640, modes=tuple(DisplayMode))
    together: dict[str, Any] = {}
    for change in CHANGES.values():
        together |= change
    told = [changed_context(before, replace(before, **c)) for c in (*CHANGES.values(), together)]
    assert all(told)
    method = "ui/notifications/host-context-changed"
    schema = "McpUiHostContextChangedNotificationSchema"
    messages = [(schema, {"method": method, "params": context}) for context in told]
    for context, seen in zip(told, seen_by(version, messages), strict=True):
        assert seen.get("taken", seen) == {"method": method, "params": context}


@pytest.mark.requirement("APPS-23")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", DisplayMode)
def test_the_whole_context_of_the_handshake_is_taken(
    qtbot: QtBot, version: str, mode: DisplayMode
) -> None:
    result = initialize_result(
        host_version="1",
        environment=surroundings(640, mode=mode, height=480, modes=tuple(DisplayMode)),
        tool=tool("look"),
        approved=DeclaredUi(),
        resources=True,
        downloads=True,
        sampling=True,
    )
    [seen] = seen_by(version, [("McpUiInitializeResultSchema", result)])
    assert seen.get("taken", seen)["hostContext"] == result["hostContext"]


def test_the_schemas_do_refuse_what_no_view_takes() -> None:
    method = "ui/notifications/host-context-changed"
    schema = "McpUiHostContextChangedNotificationSchema"
    wrong = ({"theme": "blue"}, {"displayMode": "split"}, {"locale": None})
    messages = [(schema, {"method": method, "params": params}) for params in wrong]
    assert all("refused" in seen for seen in seen_by(VERSIONS[-1], messages))
