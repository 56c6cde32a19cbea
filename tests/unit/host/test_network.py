"""What a person stops in the list of hosts is stopped, and is a row."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.core import core


def test_a_host_that_a_person_stops_is_stopped_at_once_and_that_is_a_row(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        made.run(made.host.stop_host("api.example.com"))
        proxy = made.host._rooms.network._proxy
        assert proxy.blocked == {"api.example.com"}
        made.run(made.host.let_host("api.example.com"))
        assert proxy.blocked == frozenset()
        rows = [row["data"] for row in made.rows("setting_changed")]
        assert [(row["name"], row["value"]) for row in rows] == [
            ("network host api.example.com", "stopped"),
            ("network host api.example.com", "allowed again"),
        ]
