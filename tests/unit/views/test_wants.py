"""A want is made of what a guard stopped, and names only what this template may have."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.app_grant import AppGrant, AppGrantKind, grantable
from mcphost.domain.events import AppWantsGrant
from mcphost.domain.template import DeclaredUi
from mcphost.domain.view import IncidentKind, ViewIncident
from mcphost.views.wants import wanted_by
from tests.helpers.view_parts import ViewHouse

API, TILES = "https://api.example.com", "https://*.tiles.example.com"
DECLARED = DeclaredUi(connect_domains=(API,), resource_domains=(TILES,), frame_domains=(API,))


def stopped(detail: str) -> ViewIncident:
    return ViewIncident(kind=IncidentKind.POLICY_STOPPED, detail=detail)


@pytest.mark.parametrize(
    ("detail", "kind", "host"),
    [
        ("script-src eval", AppGrantKind.EVAL, ""),
        ("script-src wasm-eval", AppGrantKind.WASM, ""),
        ("canvas webgl", AppGrantKind.WEBGL, ""),
        ("script-src-elem data", AppGrantKind.MADE_SCRIPTS, ""),
        ("script-src blob", AppGrantKind.MADE_SCRIPTS, ""),
        ("worker-src data", AppGrantKind.MADE_SCRIPTS, ""),
        (f"connect-src {API}/v1?key=1", AppGrantKind.CONNECT, API),
        ("img-src https://a.tiles.example.com/1.png", AppGrantKind.RESOURCE, TILES),
        ("script-src-elem https://b.tiles.example.com/x.js", AppGrantKind.RESOURCE, TILES),
        (f"frame-src {API}/player", AppGrantKind.FRAME, API),
    ],
)
def test_what_was_stopped_names_its_grant(detail: str, kind: AppGrantKind, host: str) -> None:
    assert wanted_by(stopped(detail), grantable(DECLARED)) == AppGrant(kind=kind, host=host)


@pytest.mark.parametrize(
    "detail",
    [
        "connect-src https://evil.example/",
        f"img-src {API}/1.png",
        "connect-src http://api.example.com/",
        "connect-src https://api.example.com:99999/",
        "connect-src https://api.example.com.evil.example/",
        "connect-src",
        "connect-src data",
        "frame-src blob",
        "",
    ],
)
def test_what_nobody_declared_is_no_want(detail: str) -> None:
    assert wanted_by(stopped(detail), grantable(DECLARED)) is None


@pytest.mark.parametrize("detail", ["script-src eval", "canvas webgl"])
def test_what_no_app_may_be_given_is_no_want(detail: str) -> None:
    assert wanted_by(stopped(detail), ()) is None


@pytest.mark.parametrize("kind", [k for k in IncidentKind if k is not IncidentKind.POLICY_STOPPED])
def test_no_other_report_makes_a_want(kind: IncidentKind) -> None:
    incident = ViewIncident(kind=kind, detail="script-src eval")
    assert wanted_by(incident, grantable(DECLARED)) is None


def test_what_a_worker_was_refused_is_a_want_of_made_scripts_and_of_nothing_else() -> None:
    def said(line: str) -> AppGrant | None:
        incident = ViewIncident(kind=IncidentKind.CONSOLE_ERROR, detail=line)
        return wanted_by(incident, grantable(DECLARED))

    made = AppGrant(kind=AppGrantKind.MADE_SCRIPTS)
    assert said("Refused to load the script 'data:text/javascript;base64,Ly' because") == made
    assert said("Refused to load the script 'blob:mcpapp://ab/1' because") == made
    assert said(f"Refused to load the script '{API}/a.js' because") is None
    assert said("Refused to load the font 'data:font/woff2,ab' because") is None


@pytest.mark.requirement("APPS-47")
def test_a_want_is_said_once_and_not_when_it_is_granted() -> None:
    async def scene() -> list[AppGrant]:
        house = ViewHouse(declared=DECLARED, kept=(AppGrant(kind=AppGrantKind.EVAL),))
        view = await house.ready()
        for detail in ("canvas webgl", "canvas webgl", "script-src eval"):
            await view.incident(stopped(detail))
        assert view.report().wanted == ("webgl",)
        assert view.report().granted == ("unsafe-eval",)
        await house.end()
        return [e.wanted.grant for e in house.stage.events if isinstance(e, AppWantsGrant)]

    assert asyncio.run(scene()) == [AppGrant(kind=AppGrantKind.WEBGL)]
