"""Grants of Apps on the command line: listed beside those of tools, and taken back."""

from __future__ import annotations

from pathlib import Path

from mcphost.domain.app_grant import AppGrant, AppGrantKind, app_grant_id
from mcphost.domain.events import ViewClosed
from tests.e2e.test_app_grants import EVAL, connected, open_app
from tests.helpers.cli import Cli
from tests.helpers.core import core

STORAGE = AppGrant(kind=AppGrantKind.STORAGE)


def test_what_an_app_was_given_is_listed_and_revoked_by_its_name(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with core(home) as made:
        pin = connected(made)
        made.run(made.host.give_app_grant(pin, STORAGE))
    cli, ident = Cli(home), app_grant_id(pin, STORAGE)
    (listed,) = cli.run("grants", "list", "--json").json
    assert (listed["type"], listed["id"], listed["grant"]) == ("app", ident, "storage")
    assert (listed["template"], listed["givenBy"]) == (pin.uri, "user:local")
    shown = cli.run("grants", "list").out
    assert ident in shown
    assert "may keep what it stores across restarts" in shown
    revoked = cli.run("grants", "revoke", ident)
    assert (revoked.code, f"revoked {ident}" in revoked.err) == (0, True)
    assert cli.run("grants", "list", "--json").json == []
    assert cli.rows("app_grant_revoked")[0]["data"]["name"] == "storage"


def test_what_another_program_takes_back_ends_the_app_that_a_window_shows(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with core(home) as made:
        pin = connected(made)
        without = open_app(made)
        made.run(made.host.give_app_grant(pin, EVAL))
        view = open_app(made)
        assert Cli(home).run("grants", "revoke", app_grant_id(pin, EVAL)).code == 0
        closed = made.wait(ViewClosed)
        assert (closed.view, closed.reason) == (view, f"it may no longer {EVAL.words}")
        with core(home) as other:
            other.run(other.host.review_template(pin, False))
        assert "template" in made.wait(ViewClosed, lambda event: event.view == without).reason


def test_a_name_that_no_grant_has_is_refused(tmp_path: Path) -> None:
    refused = Cli(tmp_path / "home").run("grants", "revoke", "app-0123456789abcdef")
    assert refused.code != 0
    assert "there is no grant app-0123456789abcdef" in refused.complaint
