"""Dialogs, windows, devices, files and the clipboard: closed, with nobody asked."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind
from mcphost.policy.permissions import FEATURES
from mcphost.policy.snapshot import Grants
from tests.helpers.engine import Opener, snapshot_of

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
ATTEMPTS = {
    "alert": "alert('x')",
    "confirm": "confirm('x')",
    "prompt": "prompt('x')",
    "print": "print()",
    "camera": "await navigator.mediaDevices.getUserMedia({video: true})",
    "screen": "await navigator.mediaDevices.getDisplayMedia()",
    "position": "await new Promise((y, n) => navigator.geolocation.getCurrentPosition(y, n))",
    "clipboard-read": "await navigator.clipboard.readText()",
    "clipboard-write": "await navigator.clipboard.writeText('x')",
    "full-screen": "await document.documentElement.requestFullscreen()",
    "pointer-lock": "await document.body.requestPointerLock()",
    "files": "await showOpenFilePicker()",
    "credentials": "await navigator.credentials.get({publicKey: {challenge: new Uint8Array(9)}})",
    "wake-lock": "await navigator.wakeLock.request()",
    "bluetooth": "await navigator.bluetooth.requestDevice({acceptAllDevices: true})",
    "fonts": "await queryLocalFonts()",
    "top": "top.location = 'https://evil.invalid/'",
    "service-worker": "await navigator.serviceWorker.register('/')",
    "midi": "await navigator.requestMIDIAccess()",
    "eval": "eval('1')",
    "wasm": "await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))",
}
HARMLESS_ANSWERS = {
    "alert": "undefined",
    "confirm": "false",
    "prompt": "null",
    "print": "undefined",
}


def _script() -> str:
    tries = ",".join(f"{name!r}: async () => {code}" for name, code in ATTEMPTS.items())
    return f"""<body><script>{SAY} (async tries => {{ const out = {{}};
    for (const [name, attempt] of Object.entries(tries)) {{
      const slow = new Promise(done => setTimeout(done, 1500, 'SLOW'));
      out[name] = await Promise.race([slow, attempt().then(String, e => 'REFUSED')]);
    }} say(out); }})({{{tries}}})</script>"""


@pytest.mark.requirement("APPS-21")
def test_every_attempt_is_refused_and_nothing_is_shown(open_view: Opener) -> None:
    view = open_view(_script())
    said: dict[str, Any] = view.message()["params"]
    wrong = {
        name: answer
        for name, answer in said.items()
        if answer != HARMLESS_ANSWERS.get(name, "REFUSED")
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<input type=file id=b>", IncidentKind.PERMISSION_REFUSED),
        ("<a id=b href='mailto:x@example.com'>m</a>", IncidentKind.CONSOLE_ERROR),
        ("<a id=b href='https://evil.invalid/' target=_blank>m</a>", IncidentKind.CONSOLE_ERROR),
        ("<a id=b href='https://evil.invalid/'>m</a>", IncidentKind.CONSOLE_ERROR),
        ("<a id=b href='data:text/html,x' download=x>m</a>", None),
    ],
)
def test_a_real_click_opens_nothing_outside(
    open_view: Opener, html: str, kind: IncidentKind | None
) -> None:
    view = open_view(
        f"{html}<script>{SAY} onclick = () => setTimeout(say, 300, 'after'); say(1)</script>"
    )
    view.message()
    view.click("#b")
    assert view.message(1)["params"] == "after"
    assert kind is None or view.saw(kind)
    assert view.kinds() <= {kind}


def test_no_feature_the_engine_knows_is_left_on_but_harmless_ones(open_view: Opener) -> None:
    view = open_view(f"<script>{SAY} say(document.featurePolicy.allowedFeatures())</script>")
    left = set(view.message()["params"])
    assert left & set(FEATURES) == set()
    dangerous = (
        "camera",
        "clipboard",
        "geo",
        "usb",
        "hid",
        "serial",
        "bluetooth",
        "capture",
        "midi",
    )
    assert [name for name in left if any(part in name for part in dangerous)] == []


@pytest.mark.requirement("APPS-10")
def test_a_granted_permission_is_delegated_and_an_undeclared_one_is_not(open_view: Opener) -> None:
    declared = DeclaredUi(permissions=("clipboard-write",))
    granted = Grants(permissions=("clipboard-write", "camera"))
    ask = "['clipboard-write', 'camera'].map(name => document.featurePolicy.allowsFeature(name))"
    view = open_view(f"<script>{SAY} say({ask})</script>", snapshot_of(declared, granted))
    assert view.message()["params"] == [True, False]
