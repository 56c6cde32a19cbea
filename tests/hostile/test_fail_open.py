"""What fails open in the engine, silently, must fail closed here."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from mcphost.domain.view import IncidentKind
from mcphost.policy.csp import ContentSecurityPolicy, Directive, DirectiveName, Keyword
from mcphost.policy.snapshot import PolicySnapshot
from tests.helpers.engine import Opener, snapshot_of
from ui.sandbox import interceptor

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
FETCH_SELF = f"<script>{SAY} onmessage = () => fetch('/').then(r => say(r.status), () => say('refused')); say('up');</script>"  # noqa: E501


def _in_its_own_process(command: tuple[str, ...] = (), **variables: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if "QTWEBENGINE" not in name}
    argv = [*command, sys.executable, "-m", "tests.helpers.canary_process"]
    done = subprocess.run(
        argv, env=clean | variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_variable_that_disables_the_sandbox_even_when_zero_has_no_effect() -> None:
    hostile = {"QTWEBENGINE_DISABLE_SANDBOX": "0", "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox"}
    assert _in_its_own_process(**hostile) == {"passed": True, "failed": {}}


def test_in_a_process_of_its_own_every_guard_fires() -> None:
    assert _in_its_own_process() == {"passed": True, "failed": {}}


def test_without_user_namespaces_no_app_is_opened() -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed")
    script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    prefix = (unshare, "--user", "--map-current-user", "--keep-caps", "sh", "-c", script, "sh")
    report = _in_its_own_process(prefix)
    assert not report["passed"]
    assert "user namespace" in report["failed"]["chromium sandbox"]


def _reaching_itself() -> PolicySnapshot:
    """CSP lets the View fetch its own document, so that the filter is what decides."""
    own = Directive(name=DirectiveName.CONNECT, sources=(Keyword.SELF,))
    inline = Directive(name=DirectiveName.SCRIPT, sources=(Keyword.UNSAFE_INLINE,))
    csp = ContentSecurityPolicy(directives=(own, inline))
    return replace(snapshot_of(), app_csp=csp.serialise())


def test_a_filter_that_raises_lets_nothing_out(
    open_view: Opener, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = open_view(FETCH_SELF, _reaching_itself())
    view.message()
    view.widget.post("1")
    assert view.message(1)["params"] == 200, "the control: without a fault it is let through"

    def broken(url: QUrl) -> int:
        raise RuntimeError(url.toString())

    monkeypatch.setattr(interceptor, "port_of", broken)
    with qtbot.captureExceptions() as faults:
        view.widget.post("1")
        assert view.message(2)["params"] == "refused"
    assert faults


def test_the_filter_survives_garbage_collection(open_view: Opener) -> None:
    view = open_view(FETCH_SELF, _reaching_itself())
    view.message()
    gc.collect()
    assembly = view.widget._assembly
    assert assembly is not None
    before = assembly.interceptor.seen
    view.widget.post("1")
    view.message(1)
    assert assembly.interceptor.seen == before + 1


def test_headers_arrive_whole(open_view: Opener) -> None:
    script = "addEventListener('securitypolicyviolation', e => say(e.originalPolicy)); eval('1')"
    snapshot = snapshot_of()
    view = open_view(f"<script>{SAY} {script}</script>", snapshot)
    assert view.message()["params"] == snapshot.app_csp


def test_the_bridge_is_out_of_the_apps_reach(open_view: Opener) -> None:
    script = """
    const attempt = f => { try { return String(f()); } catch (error) { return error.name; } };
    const forged = {type: 6, object: 'host', method: 'deleteLater', args: [], id: 1};
    parent.postMessage(forged, '*');
    parent.postMessage(JSON.stringify(forged), '*');
    say([typeof qt, typeof QWebChannel, attempt(() => parent.qt), attempt(() => parent.document),
         attempt(() => top.location.href), attempt(() => frameElement), parent === window]);
    """
    view = open_view(f"<script>{SAY} {script}</script>")
    view.message(2)
    denied = ["SecurityError"] * 3
    expected = ["undefined", "undefined", *denied, "null", False]
    assert view.message(2)["params"] == expected


def test_a_frame_inside_the_app_cannot_speak_for_it(open_view: Opener) -> None:
    script = """
    const inner = document.body.appendChild(document.createElement('iframe'));
    inner.contentWindow.eval("parent.parent.postMessage({params: 'from inside'}, '*')");
    inner.contentWindow.setTimeout(() => say('from the app'), 200);
    """
    loose = replace(snapshot_of(), app_csp="script-src 'unsafe-inline' 'unsafe-eval'")
    view = open_view(f"<body><script>{SAY} {script}</script>", loose)
    assert view.message()["params"] == "from the app"


def test_a_view_does_not_take_the_keyboard(open_view: Opener, qtbot: QtBot) -> None:
    line = QLineEdit()
    qtbot.addWidget(line)
    line.show()
    line.setFocus()
    line.activateWindow()
    qtbot.waitUntil(line.hasFocus, timeout=5_000)
    typed = "addEventListener('keydown', e => say(e.key));"
    view = open_view(f"<input id=i autofocus><script>{SAY} {typed} i.focus(); say('up')</script>")
    view.message()
    line.activateWindow()
    qtbot.waitUntil(line.hasFocus, timeout=5_000)
    qtbot.keyClicks(line, "secret")
    view.widget.post("1")
    assert line.text() == "secret"
    assert len(view.texts) == 1


def test_two_views_of_one_server_share_no_storage(open_view: Opener) -> None:
    script = (
        f"<script>{SAY} say(localStorage.secret || 'empty'); localStorage.secret = 'x'</script>"
    )
    assert open_view(script).message()["params"] == "empty"
    assert open_view(script).message()["params"] == "empty"


def test_another_apps_document_is_not_served(open_view: Opener) -> None:
    victim = "mcpapp://" + "cd" * 16 + "/"
    csp = f"script-src 'unsafe-inline'; connect-src {victim} 'self'"
    loose = replace(snapshot_of(), app_csp=csp)
    script = f"""
    const get = (url, more) => fetch(url, more).then(r => r.status, () => 'refused');
    const post = {{method: 'POST', body: 'x'.repeat(99999)}};
    Promise.all([get('{victim}'), get('/other'), get('/?q'), get('/', post)]).then(say);
    """
    view = open_view(f"<script>{SAY} {script}</script>", loose)
    assert view.message()["params"] == ["refused", 404, 404, 403]
    view.saw(IncidentKind.REQUEST_BLOCKED, victim)
