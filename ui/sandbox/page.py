"""The page of one View: every hook through which a document could reach the person's machine.

Law: each hook refuses and reports; none waits or shows anything. The one that may lead to a yes,
for a permission, is held open by `permission_desk` until the core has answered. A hook that raises
refuses too, since the engine takes the default value. Called by the engine on the main thread.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QUrl
from PySide6.QtNetwork import QAuthenticator
from PySide6.QtWebEngineCore import (
    QWebEngineCertificateError,
    QWebEngineClientCertificateSelection,
    QWebEngineDesktopMediaRequest,
    QWebEngineFileSystemAccessRequest,
    QWebEngineFullScreenRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineRegisterProtocolHandlerRequest,
    QWebEngineWebAuthUxRequest,
)
from PySide6.QtWidgets import QWidget

from mcphost.domain.view import IncidentKind
from mcphost.policy.snapshot import APP_SCHEME
from ui.sandbox import network
from ui.sandbox.budgets import Noise
from ui.sandbox.incidents import IncidentBook
from ui.sandbox.interceptor import host_of, port_of
from ui.sandbox.permission_desk import PermissionDesk
from ui.sandbox.rights import Rights
from ui.sandbox.witness import Witness

FILE_CHOOSER = "the file chooser"
_ERROR_LEVEL = QWebEnginePage.JavaScriptConsoleMessageLevel.ErrorMessageLevel


class LockedPage(QWebEnginePage):
    """A page whose every way out is closed."""

    def __init__(
        self,
        profile: QWebEngineProfile,
        rights: Rights,
        book: IncidentBook,
        parent: QWidget,
    ) -> None:
        super().__init__(profile, parent)
        self._rights = rights
        self._book = book
        self.permissions = PermissionDesk(rights, self._refuse, self)
        self._witness = Witness(rights, book)
        self.scripts().insert(self._witness.script)
        self.setAudioMuted(not rights.snapshot.sound)
        self._connect_refusals()

    def _connect_refusals(self) -> None:
        self.permissionRequested.connect(self._on_permission_requested)
        self.fullScreenRequested.connect(self._on_full_screen_requested)
        self.fileSystemAccessRequested.connect(self._on_file_system_requested)
        self.registerProtocolHandlerRequested.connect(self._on_protocol_handler_requested)
        self.webAuthUxRequested.connect(self._on_web_auth_requested)
        self.desktopMediaRequested.connect(self._on_desktop_media_requested)
        self.certificateError.connect(self._on_certificate_error)
        self.selectClientCertificate.connect(self._on_client_certificate)
        self.printRequested.connect(self._on_print_requested)
        self.proxyAuthenticationRequired.connect(self._on_proxy_asked)

    def acceptNavigationRequest(
        self, url: QUrl | str, kind: QWebEnginePage.NavigationType, main_frame: bool
    ) -> bool:
        """Main frame: the host page only. Other frames: the View's document, granted frames."""
        target = QUrl(url)
        ruling = self._rights.snapshot.decide_navigation(
            scheme=target.scheme(),
            host=host_of(target),
            port=port_of(target),
            path=target.path(),
            main_frame=main_frame,
        )
        if not ruling.allowed:
            detail = f"{target.toString()} ({ruling.rule})"
            self._book.record(IncidentKind.NAVIGATION_BLOCKED, detail)
            return False
        own = target.scheme() == APP_SCHEME
        return not own or self._book.count(Noise.DOCUMENT)

    def createWindow(self, kind: QWebEnginePage.WebWindowType) -> QWebEnginePage:
        """No windows."""
        self._book.record(IncidentKind.NAVIGATION_BLOCKED, "a new window")
        return None  # pyright: ignore[reportReturnType]  # the documented way to refuse

    def chooseFiles(
        self,
        mode: QWebEnginePage.FileSelectionMode,
        old_files: Sequence[str],
        mime_types: Sequence[str],
    ) -> list[str]:
        """No files."""
        self._refuse(FILE_CHOOSER)
        return []

    def javaScriptAlert(self, origin: QUrl | str, msg: str) -> None:
        """No dialogs of a page."""
        self._refuse("an alert dialog")

    def javaScriptConfirm(self, origin: QUrl | str, msg: str) -> bool:
        """No dialogs of a page."""
        self._refuse("a confirm dialog")
        return False

    def javaScriptPrompt(self, origin: QUrl | str, msg: str, default: str) -> tuple[bool, str]:
        """No dialogs of a page."""
        self._refuse("a prompt dialog")
        return False, ""

    def javaScriptConsoleMessage(
        self,
        level: QWebEnginePage.JavaScriptConsoleMessageLevel,
        message: str,
        line: int,
        source: str,
    ) -> None:
        """Errors are kept and reported; the rest may hold tool data and is only counted."""
        if self._witness.heard(message):
            return
        if level == _ERROR_LEVEL:
            self._book.console_error(f"{message} ({source}:{line})")
        else:
            self._book.count(Noise.CONSOLE, message)

    def _refuse(self, what: str) -> None:
        self._book.record(IncidentKind.PERMISSION_REFUSED, what)

    def _on_permission_requested(self, permission: QWebEnginePermission) -> None:
        self.permissions.take(permission)

    def _on_full_screen_requested(self, request: QWebEngineFullScreenRequest) -> None:
        request.reject()
        self._refuse("full screen")

    def _on_file_system_requested(self, request: QWebEngineFileSystemAccessRequest) -> None:
        request.reject()
        self._refuse("file system access")

    def _on_protocol_handler_requested(
        self, request: QWebEngineRegisterProtocolHandlerRequest
    ) -> None:
        request.reject()
        self._refuse("a protocol handler")

    def _on_web_auth_requested(self, request: QWebEngineWebAuthUxRequest) -> None:
        request.cancel()
        self._refuse("a security key")

    def _on_desktop_media_requested(self, request: QWebEngineDesktopMediaRequest) -> None:
        request.cancel()
        self._refuse("screen capture")

    def _on_certificate_error(self, error: QWebEngineCertificateError) -> None:
        error.rejectCertificate()
        detail = f"{error.url().toString()} (certificate: {error.description()})"
        self._book.record(IncidentKind.REQUEST_BLOCKED, detail)

    def _on_client_certificate(self, selection: QWebEngineClientCertificateSelection) -> None:
        selection.selectNone()
        self._refuse("a client certificate")

    def _on_proxy_asked(self, _url: QUrl, asked: QAuthenticator, _proxy: str) -> None:
        """A frame without an App has nothing to answer, and so no way out."""
        if self._rights.launch is not None:
            network.sign(asked, self._rights.launch.view)

    def _on_print_requested(self) -> None:
        self._refuse("printing")
