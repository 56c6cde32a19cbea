"""The official three.js example: with the grants it needs it draws; without, the report says which
it was stopped for.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.apps_rendering import drawn_share, need_ordinary_user, render

pytestmark = pytest.mark.engine


def test_the_official_three_js_app_says_what_it_lacks(tmp_path: Path) -> None:
    need_ordinary_user()
    run = render("threejs", "stdio", tmp_path)
    assert run.view["initialized"], run.report["exitReason"]
    assert run.view["grants"]["inForce"] == []
    assert "unsafe-eval" in run.view["grants"]["wanted"]
    assert "'unsafe-eval'" not in run.view["csp"]


def test_the_official_three_js_app_draws_with_its_grants(tmp_path: Path) -> None:
    need_ordinary_user()
    grants = ("--grant", "webgl", "--grant", "unsafe-eval")
    run = render("threejs", "stdio", tmp_path, *grants, *("--settle", "5"))
    assert run.finished.code == 0, run.finished.err
    assert run.view["grants"] == {"inForce": ["unsafe-eval", "webgl"], "wanted": []}
    given = [row["data"]["name"] for row in run.rows("app_grant_issued")]
    assert given == ["webgl", "unsafe-eval"]
    assert drawn_share(run.picture) > 0.01  # a cube, not a flat panel


def test_the_official_pdf_app_says_that_it_packs_its_program_into_an_address(
    tmp_path: Path,
) -> None:
    """The engine takes long over the megabytes of that address, refused; the App may end by it."""
    need_ordinary_user()
    run = render("pdf 2.0.4", "stdio", tmp_path, *("--settle", "8"))
    assert "made-scripts" in run.view["grants"]["wanted"]


def test_the_official_pdf_app_shows_a_page_with_its_grant(tmp_path: Path) -> None:
    need_ordinary_user()
    grant = ("--grant", "made-scripts", "--settle", "6")
    run = render("pdf 2.0.4", "stdio", tmp_path, *grant)
    assert run.finished.code == 0, run.finished.err
    assert run.view["grants"]["inForce"] == ["made-scripts"]
    assert drawn_share(run.picture) > 0.3  # a sheet on a desk


def test_a_grant_that_does_not_exist_is_said_and_nothing_is_called(tmp_path: Path) -> None:
    need_ordinary_user()
    run = render("basic-vanillajs", "stdio", tmp_path, "--grant", "everything")
    assert run.finished.code == 3
    assert "is no grant; there are: connect HOST" in run.finished.err
    assert run.report["run"] is None
