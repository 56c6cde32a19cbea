"""Preferences of the window: a closed list, on the log before they are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcphost.domain.errors import NotConfigured
from tests.helpers.core import core


def test_a_preference_survives_a_restart_and_its_change_is_a_row(tmp_path: Path) -> None:
    with core(tmp_path) as first:
        assert first.run(first.host.preference("theme")) == "system"
        first.run(first.host.set_preference("theme", "dark"))
        (row,) = first.rows("setting_changed")
    assert row["data"] == {"setting": "theme", "value": "dark"}
    assert row["principal"] == "user:local"
    with core(tmp_path) as second:
        assert second.run(second.host.preference("theme")) == "dark"


def test_what_is_not_on_the_list_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    with core(tmp_path) as one:
        for name, value in (("model", "dark"), ("theme", "url(x)"), ("", "")):
            with pytest.raises(NotConfigured):
                one.run(one.host.set_preference(name, value))
        with pytest.raises(NotConfigured):
            one.run(one.host.preference("model"))
        assert one.rows("setting_changed") == []
        assert one.run(one.host.preference("theme")) == "system"


def test_choosing_what_is_chosen_leaves_no_row(tmp_path: Path) -> None:
    with core(tmp_path) as one:
        one.run(one.host.set_preference("theme", "system"))
        assert one.rows("setting_changed") == []
