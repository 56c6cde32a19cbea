"""The engine settings of every View, as one table. Applied to a profile before its first page."""

from __future__ import annotations

from PySide6.QtWebEngineCore import QWebEngineSettings

_A = QWebEngineSettings.WebAttribute

SWITCHED_OFF = (
    _A.JavascriptCanOpenWindows,
    _A.JavascriptCanAccessClipboard,
    _A.JavascriptCanPaste,
    _A.LocalContentCanAccessRemoteUrls,
    _A.LocalContentCanAccessFileUrls,
    _A.HyperlinkAuditingEnabled,
    _A.ErrorPageEnabled,
    _A.PluginsEnabled,
    _A.FullScreenSupportEnabled,
    _A.ScreenCaptureEnabled,
    _A.WebGLEnabled,
    _A.Accelerated2dCanvasEnabled,
    _A.AutoLoadIconsForPage,
    _A.TouchIconsEnabled,
    _A.FocusOnNavigationEnabled,
    _A.AllowRunningInsecureContent,
    _A.AllowGeolocationOnInsecureOrigins,
    _A.AllowWindowActivationFromJavaScript,
    _A.DnsPrefetchEnabled,
    _A.PdfViewerEnabled,
    _A.NavigateOnDropEnabled,
    _A.BackForwardCacheEnabled,
)
SWITCHED_ON = (_A.PlaybackRequiresUserGesture, _A.WebRTCPublicInterfacesOnly)


def apply_settings(settings: QWebEngineSettings, *, webgl: bool) -> None:
    """Set the whole table. *webgl* is a named grant: the graphics code runs in our process."""
    for attribute in SWITCHED_OFF:
        settings.setAttribute(attribute, False)
    for attribute in SWITCHED_ON:
        settings.setAttribute(attribute, True)
    settings.setAttribute(_A.WebGLEnabled, webgl)
    settings.setUnknownUrlSchemePolicy(
        QWebEngineSettings.UnknownUrlSchemePolicy.DisallowUnknownUrlSchemes
    )
