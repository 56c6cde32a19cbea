"""Argument constraints: a corpus of ways out, and the grants that a question offers."""

from __future__ import annotations

import pytest

from mcphost.consent.constraints import fits, path_parts, site_of
from mcphost.consent.offers import offers_for, once_for
from mcphost.domain.decision import Tier
from mcphost.domain.grant import Constraint, ConstraintRule, GrantOffer, GrantScope
from mcphost.domain.json import Json
from mcphost.domain.principal import PrincipalKind
from mcphost.domain.tool import Effect

BELOW = Constraint(pointer="/path", rule=ConstraintRule.PATH, value="/srv/data/in")
DRIVE = Constraint(pointer="/path", rule=ConstraintRule.PATH, value="C:/jobs/in")
AT = Constraint(pointer="/url", rule=ConstraintRule.HOST, value="https://api.example:443")

INSIDE = ["/srv/data/in/a.txt", "/srv/data/in/b/c d.txt", "/srv/data/in/Ünï.txt", "/srv/data/in/x/"]
OUTSIDE = [
    "/srv/data/in",
    "/srv/data/in/",
    "/srv/data/inner/a",
    "/srv/data/in/../../../etc/passwd",
    "/srv/data/in/x/../../y",
    "/srv/data/in/..",
    "/srv/data/in/./a",
    "/srv/data/in//a",
    "//srv/data/in/a",
    "/srv//data/in/a",
    "srv/data/in/a",
    "./srv/data/in/a",
    "~/srv/data/in/a",
    "/SRV/data/in/a",
    "/srv/data/in/%2e%2e/etc",
    "/srv/data/in/..%2fetc",
    "/srv/data/in/%252e%252e/x",
    "/srv/data/in\\..\\..\\etc",
    "/srv/data/in/..\\etc",
    "/srv/data/in/a\x00/../../etc",
    "/srv/data/in/a\n/etc",
    "/srv/data/in/\u2024\u2024/etc",
    "/srv/data/in/\uff0e\uff0e/etc",
    "/srv/data/in/x\uff0fy",
    "/srv/data/in/a\u202egnp",
    "/srv/data/in/a\u200b/b",
    "\u200b/srv/data/in/a",
    " /srv/data/in/a",
    "file:///srv/data/in/a",
    "",
    "/",
    "/srv/data/in/" + "a" * 5000,
]


@pytest.mark.parametrize("path", INSIDE)
def test_what_lies_below_the_folder_fits(path: str) -> None:
    assert fits((BELOW,), {"path": path})


@pytest.mark.parametrize("path", OUTSIDE)
def test_whatever_could_climb_out_does_not(path: str) -> None:
    assert not fits((BELOW,), {"path": path})


@pytest.mark.parametrize(
    "path",
    [
        "C:/jobs/in/a.txt:s",
        "C:/jobs/in/..",
        "C:/jobs/in/a.",
        "C:/jobs/in/a ",
        "D:/jobs/in/a",
        "C:\\jobs\\in\\a",
        "C:jobs/in/a",
        "//?/C:/jobs/in/a",
        "C:/jobs/in/PROGRA~1/x",
    ],
)
def test_the_ways_out_of_windows_paths_do_not_fit(path: str) -> None:
    assert fits((DRIVE,), {"path": "C:/jobs/in/a.txt"})
    assert not fits((DRIVE,), {"path": path})


@pytest.mark.parametrize("value", [None, 3, ["/srv/data/in/a"], {"path": "/srv/data/in/a"}])
def test_only_a_text_at_exactly_that_place_fits(value: Json) -> None:
    assert not fits((BELOW,), {"path": value})
    assert not fits((BELOW,), {"other": "/srv/data/in/a"})


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "/srv/data/in/a", "to": "/etc/passwd"},
        {"path": "/srv/data/in/a", "to": "../x"},
        {"path": "/srv/data/in/a", "to": "~root"},
        {"path": "/srv/data/in/a", "to": "https://evil.example/"},
        {"path": "/srv/data/in/a", "more": {"deep": ["/etc/shadow"]}},
        {"path": "/srv/data/in/a", "more": {"/etc/shadow": 1}},
        {"path": "/srv/data/in/a", "to": "\uff0fetc"},
    ],
)
def test_another_argument_may_not_reach_elsewhere(arguments: Json) -> None:
    assert not fits((BELOW,), arguments)
    assert fits((BELOW,), {"path": "/srv/data/in/a", "text": "two / words\nand a line"})


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example/x",
        "https://api.example:8443/x",
        "https://api.example.evil.example/",
        "https://api.example@evil.example/",
        "https://evil.example/https://api.example/",
        "https://evil.example\\@api.example/",
        "https://evilapi.example/",
        "https://аpi.example/",
        "https://api.example%2eevil.example/",
        "https:/api.example/x",
        "//api.example/x",
        "javascript:https://api.example/",
        "https://api.example\t.evil.example/",
        "https://api.example:443@evil.example/",
        "api.example",
        "",
    ],
)
def test_another_host_does_not_fit(url: str) -> None:
    assert not fits((AT,), {"url": url})


@pytest.mark.parametrize(
    "url", ["https://api.example/a?b=c", "https://API.example:443/", "https://api.example"]
)
def test_the_same_site_fits(url: str) -> None:
    assert fits((AT,), {"url": url})


def offered(arguments: Json, tier: Tier = Tier.SHOW_ARGUMENTS, **more: object) -> list[GrantOffer]:
    principal = more.get("principal", PrincipalKind.MODEL)
    effect = more.get("effect", Effect.WRITE)
    assert isinstance(principal, PrincipalKind)
    assert isinstance(effect, Effect)
    return list(offers_for(tier, effect, principal, arguments, talks=True))


@pytest.mark.parametrize("arguments", [{}, {"path": "/srv/data/in/a"}, {"n": 1}])
def test_a_destructive_tool_and_tier_three_have_no_grant(arguments: Json) -> None:
    assert offered(arguments, Tier.EVERY_TIME) == []
    assert offered(arguments, Tier.REFUSED) == []
    assert offered(arguments, effect=Effect.DESTRUCTIVE) == []


@pytest.mark.parametrize("arguments", [{}, {"path": "/srv/data/in/a"}, {"u": "https://a.example/"}])
def test_a_standing_grant_of_tier_two_is_always_narrowed(arguments: Json) -> None:
    standing = [o for o in offered(arguments) if o.scope is GrantScope.STANDING]
    assert standing
    assert all(o.constraints and o.seconds <= 7 * 86_400 for o in standing)


def test_only_tier_one_may_stand_for_any_arguments_and_for_thirty_days() -> None:
    standing = [o for o in offered({}, Tier.FIRST_USE) if o.scope is GrantScope.STANDING]
    assert any(not o.constraints for o in standing)
    assert all(o.seconds == 30 * 86_400 for o in standing)


def test_only_models_have_tasks_and_an_app_has_nothing_that_stands() -> None:
    scopes = {kind: {o.scope for o in offered({}, principal=kind)} for kind in PrincipalKind}
    assert scopes[PrincipalKind.MODEL] == set(GrantScope) - {GrantScope.ONCE}
    assert scopes[PrincipalKind.USER] == {GrantScope.CONVERSATION, GrantScope.STANDING}
    assert scopes[PrincipalKind.VIEW] == {GrantScope.CONVERSATION}
    assert scopes[PrincipalKind.AUTOMATION] == scopes[PrincipalKind.HOST] == set()


@pytest.mark.parametrize("path", ["/etc/passwd", "/home/ada/x", "/x", "/srv/data/../a/b", "rel/a"])
def test_a_folder_that_is_too_wide_or_unclear_is_not_offered(path: str) -> None:
    rules = {c.rule for o in offered({"path": path}) for c in o.constraints}
    assert rules == {ConstraintRule.EXACT}


def test_what_is_offered_covers_what_was_asked_about() -> None:
    arguments = {"path": "/srv/data/in/a", "url": "https://a.example/x", "note": "a b"}
    assert all(fits(offer.constraints, arguments) for offer in offered(arguments))
    placed = [o for o in offered(arguments) if "below /srv/data/in/" in o.words]
    assert placed
    assert "url is at https://a.example:443" in placed[0].words
    assert not fits(placed[0].constraints, {**arguments, "new": 1})


def test_a_single_call_is_bound_to_exactly_its_arguments() -> None:
    offer = once_for({"a": 1})
    assert offer is not None
    assert offer.uses == 1
    assert fits(offer.constraints, {"a": 1})
    assert not fits(offer.constraints, {"a": 1.5})


def test_parts_and_sites_are_read_in_one_way_only() -> None:
    assert path_parts("/a/b/") == ("", "a", "b")
    assert site_of("https://a.example") == "https://a.example:443"
    assert site_of("ftp://a.example/") is None
