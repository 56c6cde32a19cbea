"""What the ext-apps project's host conformance Views ask, asked in the program's own window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.tool import Effect
from tests.conformance.host_views import HELD
from tests.helpers.app_server import MIME, AppServer, Thing
from tests.helpers.apps_talk import join
from tests.helpers.asking_view import ASKED, IN_VIEW, VIEW
from tests.helpers.engine import CHATTER, self_test
from tests.helpers.live_window import LiveWindow, live_window
from tests.helpers.servers.http_peer import Reply, Seen
from ui.sandbox.self_test import SelfTestReport
from ui.widgets.theme import Mode, Theme

__all__ = ["self_test"]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(200),
    pytest.mark.qt_log_ignore(*CHATTER, extend=True),
]


async def listed(seen: Seen, reply: Reply) -> bool:
    """Its template stands in its list of resources."""
    if seen.method != "resources/list":
        return False
    uri = "ui://shop/look.html"
    await reply.result({"resources": [{"uri": uri, "name": "look", "mimeType": MIME}]})
    return True


@pytest.fixture
def shop() -> Iterator[AppServer]:
    others = (Thing(name="probe", visibility=("app",)), Thing(name="witness"))
    model_only = Thing(name="model_only", visibility=("model",))
    with AppServer(Thing(name="look", app=True), model_only, *others, old=True) as server:
        server.before = listed
        server.meta = {"csp": {"connectDomains": [ASKED]}}
        yield server


@pytest.fixture
def live(
    qtbot: QtBot, tmp_path: Path, self_test: SelfTestReport, shop: AppServer
) -> Iterator[LiveWindow]:
    with live_window(qtbot, tmp_path, self_test) as live:
        yield live


def told(live: LiveWindow, server: AppServer, step: str) -> Any:
    """What the View says of *step*, when it has said it."""

    def steps() -> dict[str, Any]:
        calls = (each["arguments"] for each in server.calls if each["name"] == "witness")
        return {each["step"]: each["value"] for each in calls}

    live.until(lambda: step in steps())
    return steps()[step]


def open_view(live: LiveWindow, server: AppServer, policy: str, *grants: AppGrant) -> None:
    server.html = VIEW.replace("CONNECT", policy)
    join(live.made, server)
    for tool in server.things:
        live.do(live.made.host.classify_tool(server.key, tool, Effect.READ))
    for grant in grants:
        [review] = live.do(live.made.host.templates())
        live.do(live.made.host.give_app_grant(review.pin, grant))
    live.open(server.key, "look", bed="tomatoes")


def test_all_that_a_view_can_see_of_its_host_is_as_it_should(
    live: LiveWindow, shop: AppServer
) -> None:
    """Declared is not granted: the policy names the host only in the test below."""
    open_view(live, shop, "connect-src 'none'")
    assert told(live, shop, "asked") == dict.fromkeys(IN_VIEW, True)
    assert set(IN_VIEW) <= HELD.keys()


def test_a_granted_host_stands_in_the_policy_that_a_view_can_read(
    live: LiveWindow, shop: AppServer
) -> None:
    grant = AppGrant(kind=AppGrantKind.CONNECT, host=ASKED)
    open_view(live, shop, f"connect-src {ASKED}", grant)
    assert told(live, shop, "asked")["security/csp-construct-from-domains"] is True


def test_a_theme_that_a_person_changes_is_told_to_a_view(live: LiveWindow, shop: AppServer) -> None:
    open_view(live, shop, "connect-src 'none'")
    told(live, shop, "asked")
    theme = Theme.current()
    other = Mode.DARK if theme.mode is Mode.LIGHT else Mode.LIGHT
    try:
        theme.set_override(other)
        assert told(live, shop, "theme") == other.value
    finally:
        theme.set_override(None)
