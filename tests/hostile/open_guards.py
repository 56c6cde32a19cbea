"""Takes guards of the sandbox away, one or all, inside a process made for it and nowhere else.

This is how the leak run proves that its vectors are alive (all guards away) and which guard stops
which vector (one away). Law: importing this changes nothing; `leak_browser` calls it only when its
command line names a guard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QUrl

from mcphost.policy.launch import ViewLaunch
from mcphost.policy.snapshot import PolicySnapshot

_windows: list[object] = []
NEIGHBOUR = "neighbour"
"""An App of the run that is granted hosts which no other one is."""


def _without_resolver_rule() -> None:
    _drop_switch("--host-resolver-rules")


def _without_rtc_policy() -> None:
    _drop_switch("--force-webrtc-ip-handling-policy")


def _without_fedcm_switch() -> None:
    _rewrite_switches("FedCm", "NoSuchFeature")


def _without_mdns_switch() -> None:
    _rewrite_switches(",WebRtcHideLocalIpsWithMdns", "")


def _rewrite_switches(old: str, new: str) -> None:
    from ui.sandbox import environment

    assert old in environment.CHROMIUM_FLAGS
    environment.CHROMIUM_FLAGS = environment.CHROMIUM_FLAGS.replace(old, new)


def _drop_switch(part: str) -> None:
    from ui.sandbox import environment

    switches = _switches(environment.CHROMIUM_FLAGS)
    kept = [switch for switch in switches if part not in switch]
    assert len(kept) == len(switches) - 1
    environment.CHROMIUM_FLAGS = " ".join(kept)


def _switches(flags: str) -> list[str]:
    found = flags.split('"')
    return [f'"{found[1]}"', *found[2].split()] if len(found) == 3 else flags.split()


def _without_request_filter() -> None:
    from ui.sandbox.interceptor import Interceptor

    def let_out(self: Interceptor, _info: object) -> None:
        self.seen += 1

    Interceptor.interceptRequest = let_out


def _without_navigation_hook() -> None:
    from ui.sandbox.page import LockedPage

    LockedPage.acceptNavigationRequest = lambda *_: True


def _without_window_hook() -> None:
    from PySide6.QtWebEngineCore import QWebEnginePage

    from ui.sandbox.page import LockedPage

    def open_one(self: LockedPage, _kind: object) -> QWebEnginePage:
        page = QWebEnginePage(self.profile(), self)
        _windows.append(page)
        return page

    LockedPage.createWindow = open_one


def _without_settings() -> None:
    from PySide6.QtWebEngineCore import QWebEngineSettings

    from ui.sandbox import cell

    names = ("DnsPrefetchEnabled", "HyperlinkAuditingEnabled", "JavascriptCanOpenWindows")
    names += ("PluginsEnabled", "AutoLoadIconsForPage", "TouchIconsEnabled", "PdfViewerEnabled")

    def loose(settings: QWebEngineSettings, *, webgl: bool) -> None:
        for name in names:
            settings.setAttribute(QWebEngineSettings.WebAttribute[name], True)
        settings.setUnknownUrlSchemePolicy(
            QWebEngineSettings.UnknownUrlSchemePolicy.AllowAllUnknownUrlSchemes
        )

    cell.apply_settings = loose


def _without_proxy() -> None:
    from PySide6.QtNetwork import QNetworkProxy

    from ui.sandbox import network

    def direct(*_ignored: object) -> None:
        QNetworkProxy.setApplicationProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))

    network.set_proxy = direct
    network.ensure_closed_or_proxied = direct


def _without_own_password() -> None:
    from mcphost.domain.ids import ViewId
    from ui.sandbox import network

    sign = network.sign
    network.sign = lambda asked, _view: sign(asked, ViewId(NEIGHBOUR))


def _without_frame_sandbox() -> None:
    from ui.sandbox import scheme_handler

    served = scheme_handler.host_page

    def loose(snapshot: PolicySnapshot, **more: object) -> bytes:
        page = served(snapshot, **more)  # pyright: ignore[reportArgumentType]
        return page.replace(f' sandbox="{snapshot.sandbox}"'.encode(), b"")

    scheme_handler.host_page = loose


def _without_prefetch_header() -> None:
    from mcphost.policy import snapshot

    on = (("X-DNS-Prefetch-Control", "on"),)
    snapshot._COMMON_HEADERS = on  # pyright: ignore


def _without_own_document_rule() -> None:
    from ui.sandbox.scheme_handler import DocumentHandler

    find = DocumentHandler._find

    def find_any(self: DocumentHandler, url: QUrl, initiator: QUrl) -> object:
        return find(self, url, initiator) or (b"victim", ())

    DocumentHandler._find = find_any  # pyright: ignore[reportAttributeAccessIssue]


def _in_snapshot(**changes: str) -> Callable[[], None]:
    def patch() -> None:
        from ui.sandbox import sandbox_view

        build = sandbox_view.Rights

        def loosened(launch: ViewLaunch) -> object:
            snapshot = replace(launch.snapshot, **changes)  # pyright: ignore[reportArgumentType]
            return build(replace(launch, snapshot=snapshot))

        sandbox_view.Rights = loosened  # pyright: ignore[reportAttributeAccessIssue]

    return patch


GUARDS: dict[str, Callable[[], None]] = {
    "resolver rule": _without_resolver_rule,
    "WebRTC policy": _without_rtc_policy,
    "mDNS switch": _without_mdns_switch,
    "FedCM switch": _without_fedcm_switch,
    "proxy": _without_proxy,
    "own password at the proxy": _without_own_password,
    "CSP of the App": _in_snapshot(app_csp=""),
    "request filter": _without_request_filter,
    "navigation hook": _without_navigation_hook,
    "window hook": _without_window_hook,
    "settings": _without_settings,
    "DNS prefetch header": _without_prefetch_header,
    "frame sandbox": _without_frame_sandbox,
    "frame-src of the host page": _in_snapshot(host_csp=""),
    "Permissions-Policy": _in_snapshot(permissions_policy=""),
    "one App per handler": _without_own_document_rule,
}
"""Every guard by the name the security model uses. Switches come first: they act at start."""


def take_away(names: tuple[str, ...]) -> None:
    """Take these guards away, before Qt is imported."""
    for name in names:
        GUARDS[name]()
