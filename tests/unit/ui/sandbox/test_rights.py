"""A vacant frame may do nothing, and takes one App for good: one that could not tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication

from mcphost.domain.errors import HostBugError
from mcphost.domain.template import DeclaredUi
from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import Grants
from tests.helpers.engine import APP_HOST, launch_of, snapshot_of
from ui.sandbox.rights import Rights
from ui.sandbox.scheme_handler import DocumentHandler
from ui.sandbox.theme import Theme

APP = launch_of("<p>an App")
CAMERA = snapshot_of(DeclaredUi(permissions=("camera",)), Grants(permissions=("camera",)))
THEME = Theme(scheme="light", background="#ffffff")


def served(rights: Rights, url: str, initiator: str) -> object:
    handler = DocumentHandler(rights, theme=THEME, report=lambda _kind, _what: None)
    return handler._find(QUrl(url), QUrl(initiator))


def test_a_vacant_frame_is_allowed_its_host_page_and_nothing_else() -> None:
    rights = Rights()
    snapshot = rights.snapshot
    assert rights.launch is None
    asks = [("https", "example.com", 443), ("mcpapp", APP_HOST, -1), ("mcphost", APP_HOST, -1)]
    for scheme, host, port in asks:
        for main in (True, False):
            asked = snapshot.decide_request(scheme=scheme, host=host, port=port, main_frame=main)
            assert not asked.allowed
    own = snapshot.decide_request(
        scheme="mcphost", host=snapshot.host_nonce, port=-1, main_frame=True
    )
    assert own.allowed
    assert (snapshot.askable, snapshot.allow, snapshot.granted) == (frozenset(), "", ())


def test_a_vacant_frame_serves_no_app_not_even_under_its_own_name(qapp: QApplication) -> None:
    rights = Rights()
    host = rights.snapshot.host_url
    assert served(rights, host, "") is not None
    assert served(rights, rights.snapshot.app_url, host) is None
    assert served(rights, APP.snapshot.app_url, host) is None


def test_an_app_that_is_let_in_has_its_own_rights_under_the_page_that_is_there(
    qapp: QApplication,
) -> None:
    rights = Rights()
    nonce = rights.snapshot.host_nonce
    assert "mcpapp:;" in rights.snapshot.host_csp
    rights.let_in(APP)
    assert rights.snapshot == APP.snapshot.on_host_page(nonce)
    assert rights.snapshot.host_nonce == nonce
    assert rights.narrowing == f"frame-src mcpapp://{APP_HOST}"
    assert f"frame-src mcpapp://{APP_HOST};" in rights.snapshot.host_csp
    assert served(rights, APP.snapshot.app_url, rights.snapshot.host_url) is not None


def test_a_frame_takes_one_app_for_good() -> None:
    rights = Rights()
    rights.let_in(APP)
    with pytest.raises(HostBugError):
        rights.let_in(APP)
    with pytest.raises(HostBugError):
        Rights(APP).let_in(launch_of("<p>another"))


@pytest.mark.parametrize(
    "launch",
    [
        replace(APP, storage=Path("/nowhere")),
        launch_of("", snapshot_of(granted=Grants(webgl=True))),
        launch_of("", CAMERA),
        launch_of("", replace(CAMERA, allow="")),
        launch_of("", replace(CAMERA, permissions_policy=APP.snapshot.permissions_policy)),
        launch_of("", replace(snapshot_of(), sandbox="allow-scripts")),
    ],
    ids=["storage", "webgl", "camera", "policy", "allow", "sandbox"],
)
def test_an_app_whose_host_page_or_profile_would_differ_needs_a_frame_of_its_own(
    launch: ViewLaunch,
) -> None:
    rights = Rights()
    assert not rights.fits(launch)
    with pytest.raises(HostBugError):
        rights.let_in(launch)
    assert rights.launch is None


def test_an_app_with_hosts_and_code_from_text_fits_since_only_its_own_document_says_so() -> None:
    declared = DeclaredUi(connect_domains=("https://api.example.com",))
    given = Grants(connect_domains=("https://api.example.com",), evaluation=True, wasm=True)
    assert Rights().fits(launch_of("", snapshot_of(declared, given)))


def test_a_frame_of_its_own_needs_no_narrowing() -> None:
    assert Rights(APP).narrowing == ""
