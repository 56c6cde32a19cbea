"""The console of real Apps here and in a plain host on the official bridge: we add no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.app_console import Complaints, compare
from tests.helpers.apps_rendering import need_ordinary_user

pytestmark = [pytest.mark.engine, pytest.mark.npm, pytest.mark.timeout(300)]


@pytest.mark.parametrize(
    "name", ["basic-react 1.7.5", "system-monitor 2.0.3", "cohort-heatmap 2.0.3"]
)
def test_an_app_complains_of_nothing_here_that_it_does_not_in_a_plain_host(
    name: str, tmp_path: Path
) -> None:
    need_ordinary_user()
    found = compare(name, tmp_path)
    assert found.added() == []


def test_a_complaint_that_only_this_host_brings_about_is_found_unless_a_refusal_explains_it() -> (
    None
):
    refused = "Refused to connect because it violates the following Content Security Policy"
    found = Complaints(("TypeError: x", "shared", refused), ("shared",), ())
    assert found.added() == ["TypeError: x"]
