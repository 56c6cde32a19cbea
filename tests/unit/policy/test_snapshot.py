"""Effective = declared ∩ granted, and every ruling of the hooks."""

from __future__ import annotations

import pytest

from mcphost.domain.app_grant import AppGrant, AppGrantKind
from mcphost.domain.template import DeclaredUi
from mcphost.policy.permissions import FEATURES, GRANTABLE
from mcphost.policy.snapshot import Grants, PolicySnapshot, build_snapshot, grants_from

HOST, NONCE = "ab" * 16, "cd" * 16
API, CDN, LIVE = "https://api.example.com", "https://cdn.example.com", "wss://live.example.com"
DECLARED = DeclaredUi(
    connect_domains=(API, LIVE), resource_domains=(CDN,), frame_domains=("https://f.example.com",)
)


def _snapshot(declared: DeclaredUi = DECLARED, **granted: tuple[str, ...]) -> PolicySnapshot:
    return build_snapshot(declared, Grants(**granted), HOST, host_nonce=NONCE)  # pyright: ignore[reportArgumentType]


@pytest.mark.requirement("APPS-06")
def test_a_declaration_alone_gives_nothing() -> None:
    snapshot = _snapshot()
    assert snapshot.granted == ()
    assert "example.com" not in snapshot.app_csp
    assert snapshot.allow == ""


@pytest.mark.requirement("APPS-07")
def test_a_grant_of_something_undeclared_gives_nothing() -> None:
    snapshot = _snapshot(connect_domains=("https://evil.example",), permissions=("camera",))
    assert snapshot.granted == ()
    assert snapshot.allow == ""


@pytest.mark.requirement("APPS-05")
def test_what_is_declared_and_granted_is_effective() -> None:
    snapshot = _snapshot(connect_domains=(API, LIVE))
    assert f"connect-src {API} {LIVE};" in snapshot.app_csp
    assert snapshot.decide_request(scheme="https", host="api.example.com", port=443).allowed
    assert snapshot.decide_request(scheme="wss", host="live.example.com", port=443).allowed
    assert not snapshot.decide_request(scheme="https", host="cdn.example.com", port=443).allowed


def test_a_domain_granted_to_connect_is_not_granted_to_frame() -> None:
    declared = DeclaredUi(connect_domains=(API,), frame_domains=(API,))
    snapshot = _snapshot(declared, connect_domains=(API,))
    ruling = snapshot.decide_navigation(
        scheme="https", host="api.example.com", port=443, path="/", main_frame=False
    )
    assert not ruling.allowed
    assert "frame-src 'none'" in snapshot.app_csp


@pytest.mark.requirement("APPS-07", "APPS-T06")
def test_what_does_not_parse_is_dropped_even_when_granted() -> None:
    bad = "https://api.example.com; script-src *"
    snapshot = _snapshot(DeclaredUi(connect_domains=(bad,)), connect_domains=(bad,))
    assert "script-src *" not in snapshot.app_csp


@pytest.mark.requirement("APPS-10")
def test_permissions_are_intersected_and_everything_else_is_switched_off() -> None:
    declared = DeclaredUi(permissions=("camera", "microphone", "usb"))
    snapshot = _snapshot(declared, permissions=("camera", "usb", "geolocation"))
    assert snapshot.allow == "camera"
    assert "camera=()" not in snapshot.permissions_policy
    off = [feature for feature in FEATURES if feature != "camera"]
    assert all(f"{feature}=()" in snapshot.permissions_policy for feature in off)
    assert set(GRANTABLE) < set(FEATURES)


@pytest.mark.parametrize(
    ("scheme", "host", "main", "allowed"),
    [
        ("mcphost", NONCE, True, True),
        ("mcphost", NONCE, False, False),
        ("mcphost", "ef" * 16, True, False),
        ("mcpapp", HOST, False, True),
        ("mcpapp", HOST, True, False),
        ("mcpapp", "ef" * 16, False, False),
        ("data", "", False, True),
        ("blob", "", False, True),
        ("data", "", True, False),
        ("https", "evil.example", False, False),
        ("http", "127.0.0.1", False, False),
        ("file", "", False, False),
        ("qrc", "", False, False),
        ("chrome", "gpu", True, False),
        ("devtools", "", True, False),
    ],
)
def test_requests(scheme: str, host: str, main: bool, allowed: bool) -> None:
    ruling = _snapshot().decide_request(scheme=scheme, host=host, port=-1, main_frame=main)
    assert ruling.allowed is allowed
    assert ruling.rule


@pytest.mark.parametrize(
    ("scheme", "host", "path", "main", "allowed"),
    [
        ("mcphost", NONCE, "/", True, True),
        ("mcphost", NONCE, "/x", True, False),
        ("mcpapp", HOST, "/", True, False),
        ("https", "evil.example", "/", True, False),
        ("mcpapp", HOST, "/", False, True),
        ("mcpapp", HOST, "/elsewhere", False, False),
        ("mcpapp", "ef" * 16, "/", False, False),
        ("about", "", "blank", False, True),
        ("about", "", "srcdoc", False, True),
        ("about", "", "settings", False, False),
        ("data", "", "text/html,x", False, False),
        ("blob", "", "x", False, False),
        ("javascript", "", "x", False, False),
        ("https", "evil.example", "/", False, False),
        ("mailto", "", "x@y", False, False),
    ],
)
def test_navigations(scheme: str, host: str, path: str, main: bool, allowed: bool) -> None:
    ruling = _snapshot().decide_navigation(
        scheme=scheme, host=host, port=-1, path=path, main_frame=main
    )
    assert ruling.allowed is allowed


def test_the_documents_carry_their_headers() -> None:
    snapshot = _snapshot()
    app, host = dict(snapshot.app_headers()), dict(snapshot.host_headers())
    assert app["Content-Security-Policy"] == snapshot.app_csp
    assert app["X-Content-Type-Options"] == "nosniff"
    assert app["Cross-Origin-Resource-Policy"] == "same-origin"
    assert host["Content-Security-Policy"] == snapshot.host_csp
    assert app["Referrer-Policy"] == host["Referrer-Policy"] == "no-referrer"
    assert "Origin-Agent-Cluster" not in app | host, "from a custom scheme it ends the process"


def test_a_permission_is_not_handed_on_to_a_frame_inside_the_app() -> None:
    declared = DeclaredUi(permissions=("camera",))
    snapshot = _snapshot(declared, permissions=("camera",))
    assert dict(snapshot.app_headers())["Permissions-Policy"].endswith("camera=(self)")
    assert "camera" not in dict(snapshot.host_headers())["Permissions-Policy"].split("=()")[-1]
    assert snapshot.askable == {"camera"}


def test_named_grants_become_exactly_what_they_name() -> None:
    given = (AppGrant(kind=AppGrantKind.CONNECT, host=API), AppGrant(kind=AppGrantKind.EVAL))
    grants = grants_from(given, askable=("camera",))
    assert grants == Grants(connect_domains=(API,), evaluation=True, permissions=("camera",))
    assert grants_from(()) == Grants()
    assert grants_from([AppGrant(kind=AppGrantKind.WEBGL)]) == Grants(webgl=True)


def test_the_floor_under_a_view_is_its_granted_hosts() -> None:
    snapshot = _snapshot(DeclaredUi(connect_domains=(API,)), connect_domains=(API,))
    assert snapshot.reaches("api.example.com", 443)
    assert not snapshot.reaches("api.example.com", 80)
    assert not snapshot.reaches("cdn.example.com", 443)
    assert not _snapshot().reaches("api.example.com", 443)


@pytest.mark.requirement("APPS-16")
def test_the_documents_carry_every_header_on_the_list() -> None:
    snapshot = _snapshot()
    app, host = dict(snapshot.app_headers()), dict(snapshot.host_headers())
    for headers in (app, host):
        assert headers["X-DNS-Prefetch-Control"] == "off"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in headers["Permissions-Policy"]
    assert host["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Cross-Origin-Embedder-Policy" not in app | host, "it would give out shared memory"
