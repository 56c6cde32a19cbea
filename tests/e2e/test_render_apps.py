"""`mcphost render` on Apps of other people: drawn, clicked, logged, and every frame explained."""

from __future__ import annotations

import pytest

from mcphost.audit.verify import Status, verify_file
from tests.helpers.apps import APPS
from tests.helpers.apps_rendering import Rendering, colours, drawn_share, need_ordinary_user, render

pytestmark = pytest.mark.engine

BEFORE = (("system-monitor 1.7.5", "stdio"), ("basic-react 1.7.5", "http"))
"""On the SDK before; all of both versions: `python -m tests.e2e.app_table`."""
CASES = [
    *(pytest.param(case, id="-".join(case), marks=[pytest.mark.npm]) for case in BEFORE),
]
CASES += [
    pytest.param(
        (name, transport),
        id=f"{name}-{transport}",
        marks=[pytest.mark.npm] if app.era == "legacy" else [],
    )
    for name, app in APPS.items()
    for transport in ("stdio", "http")
]


@pytest.fixture(scope="module", params=CASES)
def rendering(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Rendering:
    """One run for each App and transport; the tests below look at what it left."""
    need_ordinary_user()
    name, transport = request.param
    return render(name, transport, tmp_path_factory.mktemp(f"{name}-{transport}"))


def test_the_app_is_drawn(rendering: Rendering) -> None:
    assert rendering.finished.code == 0, rendering.finished.err
    assert rendering.report["server"]["era"] == rendering.app.era
    assert rendering.view["initialized"]
    assert 0 < rendering.view["initializedMs"] < 10_000
    assert rendering.view["consoleErrors"] == []
    assert rendering.view["denials"] == []
    assert len(colours(rendering.picture)) > 100
    assert drawn_share(rendering.picture) > 0.005


def test_a_click_comes_back_through_the_gate(rendering: Rendering) -> None:
    if not rendering.app.called:
        assert "clicked" not in rendering.finished.err
        return
    rows = rendering.view_rows(rendering.app.called)
    decided, intended, finished = (
        rows[kind] for kind in ("action_decided", "frame_intended", "action_finished")
    )
    assert decided["seq"] < intended["seq"] < finished["seq"]
    assert {row["lineage"] for row in rows.values()} == {"gesture"}
    assert decided["view"] == rendering.view["id"]
    assert decided["data"]["rules"] == ["the-owner-lets-this-run-act"]
    messages = [(each["direction"], each["method"]) for each in rendering.view["messages"]]
    assert messages.index(("host→view", "tools/call (answer)")) > messages.index(
        ("view→host", "tools/call")
    )


def test_every_frame_that_left_has_its_row_and_its_decision_before_it(rendering: Rendering) -> None:
    # From the log itself: closing says goodbye to subscriptions, after the report was written.
    intended = rendering.cli.rows("frame_intended")
    assert [frame.digest for frame in rendering.wire] == [
        row["data"]["body_digest"] for row in intended
    ]
    decided = {row["seq"]: row for row in rendering.cli.rows("action_decided")}
    for row in intended:
        decision = decided[row["data"]["decided_seq"]]
        assert decision["seq"] < row["seq"]
        assert decision["invocation"] == row["invocation"]
        assert decision["data"]["verdict"] == "allow"
    assert "tools/call" in {frame.method for frame in rendering.wire}


def test_the_log_of_the_run_is_good(rendering: Rendering) -> None:
    assert verify_file(rendering.cli.home / "audit.db").status is Status.GOOD
    kept = rendering.cli.rows()
    assert kept[-1]["kind"] == "run_ended"
    assert kept[: len(rendering.report["audit"])] == rendering.report["audit"]
