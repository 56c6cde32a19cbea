"""`hostCapabilities.sandbox`, in the real engine: an App is told what is in force, and it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from tests.helpers.app_server import AppServer, Thing
from tests.helpers.apps_talk import join, run_tool
from tests.helpers.core import core
from tests.helpers.engine import self_test as the_self_test
from tests.helpers.live_app import SHAKE_HANDS, live_app

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("self_test")]
self_test = the_self_test

API, OTHER = "https://api.example.com", "https://other.example.com"
META = {
    "csp": {"connectDomains": [API, OTHER], "frameDomains": [OTHER]},
    "permissions": {"camera": {}, "clipboardWrite": {}},
}
PAGE = f"""<!doctype html><script>{SHAKE_HANDS}
const stopped = [];
addEventListener('securitypolicyviolation', e => stopped.push(e.blockedURI));
const allows = name => document.featurePolicy.allowsFeature(name);
ready.then(async result => {{
  await Promise.all(['{API}/', '{OTHER}/'].map(url => fetch(url).catch(() => 0)));
  await new Promise(end => setTimeout(end, 300));  // what was stopped is said a little later
  tell({{told: result.hostCapabilities.sandbox, stopped,
        allows: ['camera', 'microphone', 'clipboard-write'].filter(allows)}});
}});</script>"""


@pytest.mark.requirement("APPS-22")
def test_an_app_is_told_exactly_what_its_sandbox_lets_by(qtbot: QtBot, tmp_path: Path) -> None:
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.html, server.meta = PAGE, META
        join(made, server)
        [review] = made.run(made.host.templates())
        grant = AppGrant(kind=AppGrantKind.CONNECT, host=API)
        made.run(made.host.give_app_grant(review.pin, grant))
        view = run_tool(made, server.key, "look").view
        assert view is not None
        with live_app(qtbot, made, view) as app:
            said = app.tells()
        assert said["told"] == {
            "csp": {"connectDomains": [API]},
            "permissions": {"camera": {}, "clipboardWrite": {}},
        }
        assert said["stopped"] == [f"{OTHER}/"]
        assert said["allows"] == ["camera", "clipboard-write"]


def test_an_app_with_nothing_is_told_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    with AppServer(Thing(name="look", app=True)) as server, core(tmp_path) as made:
        server.html = PAGE
        join(made, server)
        view = run_tool(made, server.key, "look").view
        assert view is not None
        with live_app(qtbot, made, view) as app:
            said = app.tells()
        assert (said["told"], said["allows"]) == ({}, [])
        assert said["stopped"] == [f"{API}/", f"{OTHER}/"]
