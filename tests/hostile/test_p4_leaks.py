"""P4: packets that leave a View for a host nobody granted, over the whole leak corpus: 0.

Two runs in networks of their own: the product as it ships, and the same Views with every guard
taken away. Only a vector that leaks in the second run counts as live, and so as held in the first.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.tree import HELP
from tests.hostile import open_guards
from tests.hostile.corpus.pages import pages
from tests.hostile.corpus.vector import corpus
from tests.hostile.leak_run import LeakReport, run_leaks, why_not

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1_250)]

ENOUGH = 900
CONTROL = {"without": list(open_guards.GUARDS), "skip_self_test": True}


@pytest.fixture(scope="module")
def runs() -> tuple[LeakReport, LeakReport]:
    """The product, then the control: side by side each takes far longer."""
    reason = why_not()
    if reason:
        pytest.skip(reason)
    return run_leaks({}), run_leaks(CONTROL)


@pytest.mark.requirement("APPS-07", "APPS-46", "APPS-T07")
def test_p4_no_packet_leaves_a_view_over_the_whole_leak_corpus(
    runs: tuple[LeakReport, LeakReport], capsys: pytest.CaptureFixture[str]
) -> None:
    product, control = runs
    with capsys.disabled():
        print(f"\n{_figures(product, control)}")
    assert product.by_vector == {}
    assert list(product.strangers) == []
    assert product.packets == 0
    assert len(control.by_vector) >= ENOUGH


def test_p4_no_packet_leaves_a_view_in_a_frame_that_waited_for_it(
    runs: tuple[LeakReport, LeakReport], capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole corpus once more; which vectors are live, the control has said."""
    report = run_leaks({"warm": True})
    browser, everyone = report.browser, list(range(len(pages())))
    with capsys.disabled():
        print(
            f"\nP4, frames that waited: {browser['warm']} of {len(everyone)} pages, "
            f"{len(runs[1].by_vector)} live vectors; {len(report.by_vector)} leak, "
            f"{report.packets} packets"
        )
    assert (report.by_vector, report.packets, list(report.strangers)) == ({}, 0, [])
    assert (browser["ran"], browser["still"]) == (everyone, everyone)
    assert (browser["inadequate"], browser["fatal"], browser["self_test"]) == ([], [], [])
    assert browser["warm"] == len(everyone)


def test_p4_every_view_of_the_run_was_alive_tested_and_in_chromiums_sandbox(
    runs: tuple[LeakReport, LeakReport],
) -> None:
    browser = runs[0].browser
    everyone = list(range(len(pages())))
    assert (browser["ran"], browser["still"]) == (everyone, everyone)
    assert (browser["inadequate"], browser["fatal"]) == ([], [])
    assert browser["self_test"] == []
    assert browser["uid"] != 0


def test_p4_the_one_granted_host_is_reached_through_the_proxy_only(
    runs: tuple[LeakReport, LeakReport],
) -> None:
    product, control = runs
    assert product.granted > 0
    assert product.proxied > 0
    assert control.proxied == 0


@pytest.mark.requirement("APPS-T07")
def test_p4_each_class_of_the_corpus_is_live(runs: tuple[LeakReport, LeakReport]) -> None:
    assert set(runs[1].by_class) == {vector.kind for vector in corpus()}


@pytest.mark.requirement("APPS-46")
def test_p4_a_single_guard_away_is_noticed() -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    report = run_leaks({"without": ["mDNS switch"], "only": "candidate-mdns"})
    assert any(":5353" in packet for packet in report.strangers)
    assert run_leaks({"only": "candidate-mdns"}).packets == 0


def test_p4_no_packet_leaves_a_view_that_keeps_what_it_stores(tmp_path: Path) -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    order = {"only": "worker", "kept": True}
    report = run_leaks(order | {"folder": str(tmp_path / "product")})
    assert (report.by_vector, report.packets, list(report.strangers)) == ({}, 0, [])
    assert report.browser["ran"] == list(range(len(pages("worker"))))
    kept = list((tmp_path / "product").glob("*/engine/Local Storage"))
    assert len(kept) == len(pages("worker"))
    control = run_leaks(CONTROL | order | {"folder": str(tmp_path / "control")})
    assert len(control.by_vector) > 10


def test_the_security_model_says_how_many_ways_out_there_are() -> None:
    said = (HELP / "security-model.md").read_text(encoding="utf-8")
    assert f"A corpus of {len(corpus())} ways out of a page" in said


@pytest.mark.parametrize(
    ("grant", "only"),
    [("code", "scripts/"), ("code", "worker"), ("webgl", "web-gl"), ("ask", "realtime/")],
)
def test_p4_a_grant_of_another_kind_lets_no_packet_out(grant: str, only: str) -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    report = run_leaks({"only": only, grant: True})
    assert (report.by_vector, report.packets, list(report.strangers)) == ({}, 0, [])
    assert report.browser["still"] == list(range(len(pages(only))))


def test_p4_a_granted_frame_of_a_hostile_host_reaches_that_host_alone(
    runs: tuple[LeakReport, LeakReport],
) -> None:
    product, control = runs
    assert control.by_class["framed"] > 40
    assert "framed" not in product.by_class


def test_p4_no_view_reaches_what_only_another_was_granted(
    runs: tuple[LeakReport, LeakReport],
) -> None:
    product, control = runs
    assert control.by_class["near"] > 30
    assert "near" not in product.by_class
    order = {"only": "near/near-turn-known", "without": ["own password at the proxy"]}
    assert list(run_leaks(order).by_vector) == ["near/near-turn-known"]


def _figures(product: LeakReport, control: LeakReport) -> str:
    total = dict.fromkeys(control.by_class, 0)
    for vector in corpus():
        total[vector.kind] = total.get(vector.kind, 0) + 1
    lines = [
        f"  {kind:<12} {control.by_class.get(kind, 0):>4} live of {count:>3},"
        f" {product.by_class.get(kind, 0)} leak"
        for kind, count in sorted(total.items())
    ]
    head = (
        f"P4: {len(control.by_vector)} live vectors of {len(corpus())}, {control.packets} packets "
        f"without guards; {len(product.by_vector)} leak through the product, "
        f"{product.packets} packets"
    )
    return "\n".join([head, *lines])
