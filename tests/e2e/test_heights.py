"""Heights that pages report, in the real engine: calm, and nothing grows for ever."""

from __future__ import annotations

import pytest

from tests.helpers.engine import CHATTER, self_test
from tests.helpers.moving_app import MakeRig, moving_app

__all__ = ["moving_app", "self_test"]
pytestmark = [pytest.mark.engine, pytest.mark.qt_log_ignore(*CHATTER, extend=True)]

PAGE = """<!doctype html><meta charset="utf-8"><style>
html, body { margin: 0; } #page { height: HEIGHT; padding-bottom: EXTRApx; }
</style><div id="page"></div><script>
const state = {reports: [], results: [], scrolls: false};
const send = message => parent.postMessage({jsonrpc: '2.0', ...message}, '*');
const save = () => {
  state.inner = innerHeight;
  state.scrolls = document.documentElement.scrollHeight > innerHeight;
  document.documentElement.dataset.state = JSON.stringify(state);
};
const report = () => {
  const height = Math.ceil(document.getElementById('page').getBoundingClientRect().height);
  if (height === state.reports.at(-1)) return;
  state.reports.push(height);
  send({method: 'ui/notifications/size-changed', params: {height}});
  save();
};
addEventListener('message', event => {
  if (event.data.id === 1) {
    send({method: 'ui/notifications/initialized'});
    new ResizeObserver(report).observe(document.getElementById('page'));
  }
  if (event.data.method === 'ui/notifications/tool-result') state.results.push(1);
  save();
});
addEventListener('resize', save);
send({id: 1, method: 'ui/initialize', params: {appInfo: {name: 'h', version: '1'},
  appCapabilities: {}, protocolVersion: '2026-01-26'}});
</script>"""


def page(height: str, extra: int = 0) -> str:
    return PAGE.replace("HEIGHT", height).replace("EXTRA", str(extra))


@pytest.mark.requirement("APPS-24")
def test_a_page_as_high_as_its_frame_rests(moving_app: MakeRig) -> None:
    rig = moving_app(page("100vh"))
    run = rig.run()
    rig.until(lambda: rig.state(run).get("inner") == 240)
    assert rig.sandbox(run).height() == 240
    assert len(rig.state(run)["reports"]) <= 2


@pytest.mark.requirement("APPS-T12")
def test_a_page_that_is_always_higher_than_its_frame_is_held(moving_app: MakeRig) -> None:
    rig = moving_app(page("100vh", 16))
    run = rig.run()
    rig.until(lambda: len(rig.state(run)["reports"]) > 6)
    rig.until(lambda: rig.sandbox(run).height() <= 256)  # back where it began to grow


@pytest.mark.requirement("APPS-24")
def test_a_page_of_a_fixed_height_fits_to_the_pixel(moving_app: MakeRig) -> None:
    rig = moving_app(page("333px"))
    run = rig.run()
    rig.until(lambda: rig.sandbox(run).height() == 333)
    rig.until(lambda: rig.state(run)["inner"] >= 333)
    assert not rig.state(run)["scrolls"]
