"""Guards of the engine one by one, each where no other guard stands in front of it."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QMetaMethod, QObject, Qt, QUrl, Signal
from PySide6.QtNetwork import QNetworkProxy
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
)
from PySide6.QtWidgets import QApplication

from mcphost.domain.view import IncidentKind
from mcphost.policy.snapshot import PolicySnapshot
from tests.helpers.engine import Opener, OpenView, launch_of, snapshot_of
from ui.sandbox import assembly as assembly_module
from ui.sandbox import cell as cell_module
from ui.sandbox.environment import PROXY_NAME
from ui.sandbox.host_page import host_page
from ui.sandbox.interceptor import Interceptor
from ui.sandbox.page import LockedPage
from ui.sandbox.probe import SandboxReport
from ui.sandbox.rights import Rights
from ui.sandbox.scheme_handler import DocumentHandler
from ui.sandbox.theme import Theme

pytestmark = pytest.mark.engine

SAY = "const say = params => parent.postMessage({params}, '*');"
_SETTINGS_OFF = (
    "JavascriptCanOpenWindows JavascriptCanAccessClipboard JavascriptCanPaste "
    "LocalContentCanAccessRemoteUrls LocalContentCanAccessFileUrls HyperlinkAuditingEnabled "
    "ErrorPageEnabled PluginsEnabled FullScreenSupportEnabled ScreenCaptureEnabled WebGLEnabled "
    "Accelerated2dCanvasEnabled AutoLoadIconsForPage TouchIconsEnabled FocusOnNavigationEnabled "
    "AllowRunningInsecureContent AllowGeolocationOnInsecureOrigins "
    "AllowWindowActivationFromJavaScript DnsPrefetchEnabled PdfViewerEnabled NavigateOnDropEnabled "
    "BackForwardCacheEnabled"
)
SETTINGS = dict.fromkeys(_SETTINGS_OFF.split(), False) | {
    "PlaybackRequiresUserGesture": True,
    "WebRTCPublicInterfacesOnly": True,
}
"""What each engine setting has to be, written down a second time on purpose."""
UP = f"<script>{SAY} say(1)</script>"
VICTIM = "mcpapp://" + "cd" * 16 + "/"


@pytest.fixture
def up(open_view: Opener) -> OpenView:
    """A View that has said that it is up."""
    view = open_view(UP)
    view.message()
    return view


def _page(view: OpenView) -> LockedPage:
    page = view.engine_view.page()
    assert isinstance(page, LockedPage)
    return page


GATHER = """const gather = async () => {
  const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:9'}]}), found = [];
  peer.onicecandidate = e => { if (e.candidate) found.push(e.candidate.candidate); };
  peer.createDataChannel('c');
  await peer.setLocalDescription();
  if (peer.iceGatheringState !== 'complete') {
    await new Promise(done => { peer.onicegatheringstatechange = () => {
      if (peer.iceGatheringState === 'complete') done(); }; });
  }
  return found;
};"""


def test_the_switches_are_in_force_in_the_renderer(open_view: Opener) -> None:
    heap = "performance.memory.jsHeapSizeLimit / 2 ** 20"
    tell = f"gather().then(found => say([found, {heap}, typeof IdentityCredential]))"
    found, megabytes, credential = open_view(f"<script>{SAY} {GATHER} {tell}</script>").message()["params"]  # fmt: skip  # noqa: E501
    assert found == [], "no address is gathered for WebRTC"
    assert megabytes <= 512, "256 for old objects, some for young ones; else thousands"
    assert credential == "undefined", "FedCM is off"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_engine_setting_is_in_force(up: OpenView, name: str) -> None:
    settings = _page(up).settings()
    assert settings.testAttribute(QWebEngineSettings.WebAttribute[name]) is SETTINGS[name]
    unknown = QWebEngineSettings.UnknownUrlSchemePolicy.DisallowUnknownUrlSchemes
    assert settings.unknownUrlSchemePolicy() is unknown


def test_an_app_is_a_secure_context_without_shared_memory(open_view: Opener) -> None:
    view = open_view(
        f"<script>{SAY} say([isSecureContext, crossOriginIsolated, typeof SharedArrayBuffer])</script>"  # noqa: E501
    )
    assert view.message()["params"] == [True, False, "undefined"]


def test_a_view_closes_the_network_that_it_finds_open(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = QNetworkProxy.applicationProxy()
    QNetworkProxy.setApplicationProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
    try:
        open_view(UP).message()
        found = QNetworkProxy.applicationProxy()
        assert (found.hostName(), found.type()) == (PROXY_NAME, QNetworkProxy.ProxyType.HttpProxy)
    finally:
        QNetworkProxy.setApplicationProxy(before)


def test_the_profile_keeps_nothing_and_tells_nothing(up: OpenView) -> None:
    profile = _page(up).profile()
    assert profile.isOffTheRecord()
    ask = QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime
    assert profile.persistentPermissionsPolicy() is ask
    assert profile.httpAcceptLanguage() == "en"


def test_a_profile_that_keeps_what_it_stores_keeps_no_cookie_and_no_page(
    up: OpenView, tmp_path: Path
) -> None:
    profile = cell_module._profile(replace(launch_of(UP), storage=tmp_path / "kept" / "engine"))
    cookies, pages = profile.persistentCookiesPolicy(), profile.httpCacheType()
    shiboken6.delete(profile)
    assert cookies is QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies
    assert pages is QWebEngineProfile.HttpCacheType.MemoryHttpCache


def test_a_storage_is_free_once_its_profile_has_died(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alive = SimpleNamespace(storage=tmp_path)
    monkeypatch.setattr(cell_module, "_living", [alive])
    assert not cell_module.is_free(tmp_path)
    assert cell_module.is_free(tmp_path / "other")
    cell_module._living.clear()
    assert cell_module.is_free(tmp_path)


@pytest.mark.requirement("APPS-15")
def test_each_view_has_a_profile_and_a_renderer_of_its_own(up: OpenView, open_view: Opener) -> None:
    other = open_view(UP)
    other.message()
    assert _page(up).profile() is not _page(other).profile()
    assert _page(up).renderProcessPid() != _page(other).renderProcessPid()


def test_a_view_whose_filter_was_never_called_is_refused(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Absent(Interceptor):
        def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:  # noqa: N802
            return  # what a filter comes to that the engine has dropped

    monkeypatch.setattr(cell_module, "Interceptor", Absent)
    view = open_view(UP)
    assert "request filter" in view.saw(IncidentKind.SANDBOX_REFUSED).detail
    assert view.texts == []


def _fetching(url: str) -> tuple[str, PolicySnapshot]:
    """An App that fetches *url*, which its CSP allows."""
    csp = f"script-src 'unsafe-inline'; connect-src {url}"
    tries = f"fetch('{url}').then(r => say(r.status), () => say('refused'))"
    return f"<script>{SAY} {tries}</script>", replace(snapshot_of(), app_csp=csp)


def test_the_filter_alone_refuses_another_document(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = DocumentHandler._find

    def find_any(self: DocumentHandler, url: QUrl, initiator: QUrl) -> object:
        return find(self, url, initiator) or (b"victim", ())

    monkeypatch.setattr(DocumentHandler, "_find", find_any)
    assert open_view(*_fetching(VICTIM)).message()["params"] == "refused"


def test_a_download_is_cancelled(up: OpenView) -> None:
    states: list[object] = []
    profile = _page(up).profile()
    profile.downloadRequested.connect(lambda request: states.append(request.state()))
    _page(up).download(QUrl(_page(up)._rights.snapshot.app_url))
    up.until(lambda: bool(states))
    assert states == [QWebEngineDownloadRequest.DownloadState.DownloadCancelled]


@pytest.mark.parametrize(
    ("url", "initiator", "served"),
    [
        ("APP/", "HOST", True),
        ("APP/elsewhere", "HOST", False),
        ("APP/?q", "HOST", False),
        ("APP:81/", "HOST", False),
        (VICTIM, "HOST", False),
        ("HOST/", "", True),
        ("HOST/", "APP", False),
        ("mcphost://" + "ef" * 16 + "/", "", False),
        ("https://example.com/", "", False),
    ],
)
def test_the_handler_serves_two_addresses_and_no_other(
    qapp: QApplication, url: str, initiator: str, served: bool
) -> None:
    launch = launch_of(UP)
    theme = Theme(scheme="light", background="#ffffff")
    handler = DocumentHandler(Rights(launch), theme=theme, report=lambda _kind, _what: None)
    app, host = launch.snapshot.app_origin, launch.snapshot.host_url.rstrip("/")

    def spelled(text: str) -> QUrl:
        return QUrl(text.replace("APP", app).replace("HOST", host))

    assert (handler._find(spelled(url), spelled(initiator)) is not None) is served


@pytest.mark.requirement("APPS-15", "APPS-21")
def test_the_frame_of_an_app_is_sandboxed(up: OpenView) -> None:
    found: list[str] = []
    ask = "['sandbox', 'referrerpolicy', 'allow'].map(n => app.getAttribute(n)).join('|')"
    _page(up).runJavaScript(ask, 0, found.append)
    up.until(lambda: bool(found))
    assert found == ["allow-scripts allow-same-origin allow-forms|no-referrer|"]


def test_a_title_stays_in_its_attribute() -> None:
    theme, title = Theme(scheme="light", background="#ffffff"), '"><script>1</script><iframe src="'
    page = host_page(snapshot_of(), title=title, theme=theme).decode()
    assert "<script" not in page
    assert page.count("<iframe") == 1


@pytest.mark.requirement("APPS-21")
def test_each_hook_says_no(up: OpenView) -> None:
    page, kind = _page(up), QWebEnginePage.NavigationType.NavigationTypeLinkClicked
    for main_frame in (True, False):
        assert not page.acceptNavigationRequest(QUrl("https://evil.invalid/"), kind, main_frame)
    assert page.createWindow(QWebEnginePage.WebWindowType.WebBrowserWindow) is None
    mode = QWebEnginePage.FileSelectionMode.FileSelectOpen
    assert page.chooseFiles(mode, ["/etc/passwd"], []) == []
    assert page.javaScriptConfirm(QUrl(), "sure?") is False
    assert page.javaScriptPrompt(QUrl(), "name?", "me") == (False, "")


def test_a_view_is_silent_and_has_no_menu(up: OpenView) -> None:
    assert _page(up).isAudioMuted()
    assert up.engine_view.contextMenuPolicy() is Qt.ContextMenuPolicy.NoContextMenu
    assert not up.engine_view.acceptDrops()


REQUESTS = {
    "permissionRequested": "_on_permission_requested",
    "fullScreenRequested": "_on_full_screen_requested",
    "fileSystemAccessRequested": "_on_file_system_requested",
    "registerProtocolHandlerRequested": "_on_protocol_handler_requested",
    "webAuthUxRequested": "_on_web_auth_requested",
    "desktopMediaRequested": "_on_desktop_media_requested",
    "certificateError": "_on_certificate_error",
    "selectClientCertificate": "_on_client_certificate",
    "printRequested": "",
}


@pytest.mark.parametrize("signal", REQUESTS)
def test_every_request_of_the_engine_is_heard(up: OpenView, signal: str) -> None:
    page = _page(up)
    assert page.isSignalConnected(QMetaMethod.fromSignal(getattr(page, signal)))


class _Asked:
    """A request of the engine that notes how it was answered."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    def __getattr__(self, name: str) -> Callable[[], Any]:
        return lambda: self._noted(name)

    def _noted(self, name: str) -> Any:
        match name:
            case "url" | "origin":
                return QUrl("https://evil.invalid/")
            case "description":
                return "not trusted"
            case "permissionType":
                return QWebEnginePermission.PermissionType.Notifications
            case _:
                self.answers.append(name)
                return None


NO = {"deny", "reject", "cancel", "selectNone", "rejectCertificate"}


@pytest.mark.parametrize("slot", [slot for slot in REQUESTS.values() if slot])
def test_what_the_engine_asks_for_is_refused(up: OpenView, slot: str) -> None:
    asked = _Asked()
    getattr(_page(up), slot)(asked)
    assert len(asked.answers) == 1
    assert set(asked.answers) <= NO
    assert up.kinds() <= {IncidentKind.PERMISSION_REFUSED, IncidentKind.REQUEST_BLOCKED}
    assert up.incidents


def test_a_weak_renderer_gets_no_document(
    open_view: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    weak = SandboxReport(adequate=False, checks=(("seccomp filter", False),), sentence="too weak")
    monkeypatch.setattr(assembly_module, "probe_renderer", lambda _pid: weak)
    view = open_view(UP)
    assert view.saw(IncidentKind.SANDBOX_REFUSED).detail == "too weak"
    assert view.texts == []


def test_the_renderer_of_an_ended_view_is_gone(up: OpenView) -> None:
    pid = _page(up).renderProcessPid()
    up.widget._book.record(IncidentKind.HUNG, "so it is said")
    up.until(lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_the_renderer_has_its_memory_limit(up: OpenView) -> None:
    pid = _page(up).renderProcessPid()
    assert resource.prlimit(pid, resource.RLIMIT_DATA) == (900 << 20, 900 << 20)


class _Talker(QObject):
    said = Signal(bool)


def test_signals_leave_the_count_of_true_alone() -> None:
    """PySide6 6.12.0 on CPython 3.11 loses one reference of True for each emit, then aborts."""
    talker, heard = _Talker(), list[bool]()
    talker.said.connect(heard.append)
    before = sys.getrefcount(True)
    for _ in range(200):
        talker.said.emit(True)
    heard.clear()
    assert sys.getrefcount(True) >= before - 20
