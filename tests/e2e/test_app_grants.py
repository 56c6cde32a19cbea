"""Grants of Apps in a whole core: given by a person, kept with the pin, taken back at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcphost.domain.app_grant import AppGrant, AppGrantKind, AppGrantLine
from mcphost.domain.consent import Answer, ConsentMatter
from mcphost.domain.errors import ConsentRefused, PolicyDenied, UserFacingError
from mcphost.domain.events import AppGrantsChanged, ViewClosed, ViewOpened
from mcphost.domain.ids import ViewId
from mcphost.domain.template import TemplatePin
from mcphost.host import DEMO_KEY, webgl_granted
from mcphost.storage.paths import Paths
from tests.helpers.core import Core, core

WEBGL = AppGrant(kind=AppGrantKind.WEBGL)
EVAL = AppGrant(kind=AppGrantKind.EVAL)
HOST = AppGrant(kind=AppGrantKind.CONNECT, host="https://api.example.com")
CAMERA = AppGrant(kind=AppGrantKind.CAMERA)


def connected(made: Core) -> TemplatePin:
    """The pin of the approved template of the demo server's App."""
    made.run(made.host.connect(DEMO_KEY))
    for review in made.run(made.host.templates()):
        made.run(made.host.review_template(review.pin, True))
    tools = made.run(made.host.tools(DEMO_KEY))
    uri = next(each.tool.ui_resource for each in tools if each.tool.name == "garden_overview")
    return next(r.pin for r in made.run(made.host.templates()) if r.pin.uri == uri)


def open_app(made: Core) -> ViewId:
    conversation = made.run(made.host.new_conversation("a garden"))
    run = made.run(made.host.run_tool(conversation, DEMO_KEY, "garden_overview", {}))
    assert run.view is not None, run
    return run.view


def line(made: Core, pin: TemplatePin, grant: AppGrant) -> AppGrantLine:
    lines = made.run(made.host.app_grants(pin))
    return next(each for each in lines if each.grant == grant)


@pytest.mark.requirement("APPS-47")
def test_a_grant_is_asked_recorded_kept_and_in_force_in_the_next_view(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        pin = connected(made)
        assert not line(made, pin, EVAL).given
        made.run(made.host.give_app_grant(pin, EVAL))
        (asked,) = made.person.consents
        assert (asked.tier, asked.matter) == (3, ConsentMatter.APP_GRANT)
        assert "run code that it makes from text" in asked.subject
        (row,) = made.rows("app_grant_issued")
        assert (row["data"]["name"], row["principal"]) == ("unsafe-eval", "user:local")
        launch = made.run(made.host.view_launch(open_app(made)))
        assert "'unsafe-eval'" in launch.snapshot.app_csp
        found = line(made, pin, EVAL)
        assert (found.given, found.given_by, found.live) == (True, "user:local", 1)
        assert made.seen(AppGrantsChanged) == [AppGrantsChanged(pin=pin)]
    with core(tmp_path) as again:  # it outlives the program
        assert line(again, connected(again), EVAL).given


def test_taking_a_grant_back_ends_its_views_at_once_and_leaves_a_row(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        pin = connected(made)
        without = open_app(made)
        made.run(made.host.give_app_grant(pin, WEBGL))
        view = open_app(made)
        made.run(made.host.take_back_app_grant(pin, WEBGL))
        closed = [event.view for event in made.seen(ViewClosed)]
        assert closed == [view]  # one that opened without it stays
        assert not line(made, pin, WEBGL).given
        (row,) = made.rows("app_grant_revoked")
        assert (row["data"]["name"], row["data"]["views_ended"]) == ("webgl", 1)
        assert without not in closed
        assert not made.run(made.host.view_launch(open_app(made))).snapshot.webgl


def test_a_refusal_grants_nothing_and_is_a_row(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        pin = connected(made)
        made.person.answer = Answer.DENY
        with pytest.raises(ConsentRefused):
            made.run(made.host.give_app_grant(pin, WEBGL))
        assert not line(made, pin, WEBGL).given
        assert made.rows("consent_answered")[-1]["data"]["answer"] == "deny"
        assert made.rows("app_grant_issued") == []


def test_what_the_template_does_not_declare_cannot_be_given(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        pin = connected(made)
        with pytest.raises(PolicyDenied, match="grant-must-be-declared"):
            made.run(made.host.give_app_grant(pin, HOST))
        with pytest.raises(UserFacingError, match="one running App"):
            made.run(made.host.give_app_grant(pin, CAMERA))
        assert made.person.consents == []


def test_a_rejected_template_keeps_nothing(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        pin = connected(made)
        made.run(made.host.give_app_grant(pin, WEBGL))
        made.run(made.host.review_template(pin, False))
        (row,) = made.rows("app_grant_revoked")
        assert row["data"]["why"] == "its template was rejected"
        with pytest.raises(UserFacingError, match="not approved"):
            made.run(made.host.give_app_grant(pin, WEBGL))
        made.run(made.host.review_template(pin, True))
        assert not line(made, pin, WEBGL).given


def test_what_a_live_app_was_stopped_for_opens_it_anew_in_its_place(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        connected(made)
        first = open_app(made)
        made.run(made.host.give_to_view(first, EVAL))
        opened = made.seen(ViewOpened)
        assert [event.view for event in made.seen(ViewClosed)] == [first]
        assert opened[-1].item == opened[0].item
        launch = made.run(made.host.view_launch(opened[-1].view))
        assert "'unsafe-eval'" in launch.snapshot.app_csp


def test_the_next_start_knows_that_an_app_was_granted_webgl(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path)
    assert not webgl_granted(paths)
    with core(tmp_path) as made:
        pin = connected(made)
        made.run(made.host.give_app_grant(pin, EVAL))
        assert not webgl_granted(paths)
        made.run(made.host.give_app_grant(pin, WEBGL))
    assert webgl_granted(paths)
