"""Grants of Apps in the real engine: what is asked reaches the host, what is granted works, and
what is not stays shut.
"""

from __future__ import annotations

import html
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind
from mcphost.policy.snapshot import Grants, PolicySnapshot
from tests.helpers.engine import Opener, OpenView, snapshot_of

pytestmark = pytest.mark.engine

SAY = "<script>const say = (...a) => parent.postMessage(a.map(String), '*');</script>"
PLACE = f"""{SAY}<script>
const ask = () => navigator.geolocation.getCurrentPosition(
  () => say('position'), e => say(e.code === 1 ? 'refused' : 'allowed'), {{timeout: 500}});
</script>"""
COPY = f"""{SAY}<button id=b style="width:200px;height:80px">copy</button><script>
document.getElementById('b').onclick = () => navigator.clipboard.writeText('x')
  .then(() => say('written'), e => say('refused'));
say('ready');
</script>"""


def asking(view: OpenView) -> list[tuple[int, tuple[str, ...]]]:
    """The questions of *view* as they come."""
    asked: list[tuple[int, tuple[str, ...]]] = []
    view.widget.permission_wanted.connect(lambda number, names, _at: asked.append((number, names)))
    return asked


def may_ask(*names: str) -> PolicySnapshot:
    return snapshot_of(DeclaredUi(permissions=names), Grants(permissions=names))


@pytest.mark.parametrize(("answer", "said"), [(True, "allowed"), (False, "refused")])
def test_a_declared_permission_waits_for_the_answer_of_the_core(
    open_view: Opener, answer: bool, said: str
) -> None:
    view = open_view(f"{PLACE}<script>ask()</script>", may_ask("geolocation"))
    asked = asking(view)
    view.until(lambda: bool(asked))
    assert asked[0][1] == ("geolocation",)
    assert view.texts == []  # nobody has answered yet
    view.widget.answer_permission(asked[0][0], allowed=answer)
    assert view.message() == [said]
    assert IncidentKind.PERMISSION_REFUSED not in view.kinds()


def test_what_was_not_declared_is_refused_without_a_question(open_view: Opener) -> None:
    view = open_view(f"{PLACE}<script>ask(); Notification.requestPermission().then(say)</script>")
    asked = asking(view)
    assert [view.message(0), view.message(1)] == [["refused"], ["denied"]]
    view.saw(IncidentKind.PERMISSION_REFUSED, "Notifications")
    assert asked == []


def test_the_clipboard_is_written_only_with_the_grant(open_view: Opener) -> None:
    view = open_view(COPY, may_ask("clipboard-write"))
    asked = asking(view)
    assert view.message() == ["ready"]
    view.click("#b")
    view.until(lambda: bool(asked))
    assert asked[0][1] == ("clipboard-write",)
    view.widget.answer_permission(asked[0][0], allowed=True)
    assert view.message(1) == ["written"]


def test_a_view_that_spams_permissions_waits_with_four_and_is_refused_the_rest(
    open_view: Opener,
) -> None:
    names = ("geolocation", "clipboard-write")
    page = f"{PLACE}<script>for (let n = 0; n < 50; n++) ask(); say('done')</script>"
    view = open_view(page, may_ask(*names))
    asked = asking(view)
    view.until(lambda: bool(asked) and bool(view.texts))
    assert len(asked) <= 4


def test_the_host_hears_what_its_policy_stopped_and_no_app_can_say_it(open_view: Opener) -> None:
    page = f"""{SAY}<canvas id=c></canvas><script>
      console.debug('POLICY ["script-src","wasm-eval"]');
      dispatchEvent(new CustomEvent('securitypolicyviolation', {{detail: 1}}));
      document.dispatchEvent(new SecurityPolicyViolationEvent('securitypolicyviolation',
        {{effectiveDirective: 'frame-src', blockedURI: 'https://forged.example/'}}));
      try {{ eval('1'); }} catch {{}}
      fetch('https://api.example.com/x').catch(() => 0);
      document.getElementById('c').getContext('webgl');
      setTimeout(() => say('done'), 500);
    </script>"""
    view = open_view(page)
    for detail in ("script-src eval", "connect-src https://api.example.com/x", "canvas webgl"):
        view.saw(IncidentKind.POLICY_STOPPED, detail)
    view.message()
    said = [i.detail for i in view.incidents if i.kind is IncidentKind.POLICY_STOPPED]
    assert not [detail for detail in said if "forged" in detail or "wasm" in detail]


def test_the_host_still_hears_it_of_an_app_that_writes_its_document_anew(
    open_view: Opener,
) -> None:
    view = open_view("""<script>setTimeout(() => {
      document.open(); document.write('<p>anew'); document.close();
      try { eval('1'); } catch {}
      fetch('https://api.example.com/x').catch(() => 0);
    })</script>""")
    for detail in ("script-src eval", "connect-src https://api.example.com/x"):
        view.saw(IncidentKind.POLICY_STOPPED, detail)


def test_asking_whether_eval_is_possible_is_no_want_and_using_it_is(open_view: Opener) -> None:
    view = open_view("""<body><script>
      for (const code of ['', 'return 6 * 7']) try { new Function(code); } catch {}
      setTimeout(() => fetch('https://api.example.com/last').catch(() => 0), 0);
    </script>""")
    view.saw(IncidentKind.POLICY_STOPPED, "connect-src https://api.example.com/last")
    stopped = [each.detail for each in view.incidents if each.detail.startswith("script-src")]
    assert stopped == ["script-src eval"]


def test_an_app_cannot_say_that_a_canvas_was_stopped(open_view: Opener) -> None:
    page = f"""{SAY}<canvas id=c></canvas><script>
      const forged = () => new Event('webglcontextcreationerror', {{bubbles: true}});
      document.getElementById('c').dispatchEvent(forged());
      dispatchEvent(forged());
      setTimeout(() => say('done'), 300);
    </script>"""
    view = open_view(page)
    view.message()
    assert view.kinds() == set()


def test_a_frame_of_another_origin_has_no_witness(open_view: Opener) -> None:
    inner = "<script>try { eval('1') } catch { parent.postMessage('tried', '*') }</script>"
    page = f"""{SAY}<iframe sandbox="allow-scripts" srcdoc="{html.escape(inner)}"></iframe><script>
      onmessage = () => setTimeout(() => say('done'), 300);
    </script>"""
    view = open_view(page)
    assert view.message() == ["done"]
    assert view.kinds() == set()


def test_eval_and_webassembly_run_only_with_their_own_grant(open_view: Opener) -> None:
    page = f"""{SAY}<script>
      let text; try {{ text = eval('1 + 1'); }} catch (e) {{ text = e.name; }}
      WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
        .then(() => say(text, 'wasm'), () => say(text, 'refused'));
    </script>"""
    for grants, said in (
        (Grants(), ["EvalError", "refused"]),
        (Grants(wasm=True), ["EvalError", "wasm"]),
        (Grants(evaluation=True), ["2", "wasm"]),  # 'unsafe-eval' includes WebAssembly
    ):
        assert open_view(page, snapshot_of(None, grants)).message() == said


def test_a_script_that_an_app_packed_into_an_address_runs_only_with_its_grant(
    open_view: Opener,
) -> None:
    page = f"""{SAY}<script type=module>
      const code = 'text/javascript', blob = new Blob(['export const n = 2'], {{type: code}});
      const load = a => import(a).then(m => m.n, () => 'refused');
      const ask = a => new Promise(r => {{ const w = new Worker(a);
        w.onmessage = e => r(e.data); w.onerror = () => r('refused'); }});
      say(await load(`data:${{code}},export const n = 1`), await load(URL.createObjectURL(blob)),
        await ask(`data:${{code}},postMessage(3)`));
    </script>"""
    view = open_view(page)
    assert view.message() == ["refused"] * 3
    view.saw(IncidentKind.POLICY_STOPPED, "script-src-elem data")
    granted = snapshot_of(None, Grants(made_scripts=True))
    assert open_view(page, granted).message() == ["1", "2", "3"]


def test_no_frame_or_worker_of_a_run_without_webgl_has_it(open_view: Opener) -> None:
    """`WebGLEnabled` alone leaves `OffscreenCanvas`: the switch `--disable-gpu` is the guard."""
    page = f"""{SAY}<script>
      const has = c => String(!!(c.getContext('webgl') || c.getContext('webgl2')));
      const frame = document.body.appendChild(document.createElement('iframe'));
      const code = "postMessage(!!new OffscreenCanvas(8, 8).getContext('webgl'))";
      const worker = new Worker(URL.createObjectURL(new Blob([code])));
      worker.onmessage = e => say(has(document.createElement('canvas')),
        has(new OffscreenCanvas(8, 8)), has(new frame.contentWindow.OffscreenCanvas(8, 8)), e.data);
    </script>"""
    for webgl in (False, True):
        view = open_view(f"<body>{page}", replace(snapshot_of(), webgl=webgl))
        assert view.message() == ["false"] * 4


def test_an_app_with_a_grant_that_this_run_cannot_give_is_told_to_start_again(
    open_view: Opener,
) -> None:
    page = "<canvas id=c></canvas><script>c.getContext('webgl')</script>"
    view = open_view(page, replace(snapshot_of(), webgl=True))
    assert view.saw(IncidentKind.NEEDS_RESTART).detail == "WebGL"


def test_in_a_run_for_webgl_a_canvas_draws_only_with_the_grant() -> None:
    command = [sys.executable, "-m", "tests.helpers.webgl_run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {"self_test": True, "granted": [True], "other": [False]}
