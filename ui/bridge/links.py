"""The one door to the person's browser.

Law: (1) only `https`, and `http` to this computer, leave by it; no user names, no hiding
characters, no shell. (2) What is opened is what was parsed: the URL is serialised again from its
parts. (3) Opening happens on the main thread; a call from another thread is checked at once and
carried there. The core's `LinkOpener`; the elicitation dialog after its button was pressed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from mcphost.domain.errors import UserFacingError
from mcphost.domain.text import hides, one_line
from mcphost.policy.origins import registrable
from ui.bridge.lane import to_main_thread

_LONGEST = 8_192
_FORBIDDEN = frozenset(' \t\r\n\\<>"`{}|^')


class BrowserOpener(QObject):
    """Callable with a URL. *launch* is the desktop's own way, but for tests."""

    refused = Signal(str)
    """The desktop would not open a link that came from another thread; says what to do."""

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        launch: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__(parent)
        self._launch = launch
        self._cross = to_main_thread(self._on_crossed)

    def __call__(self, url: str) -> None:
        """Open *url*. Raises `UserFacingError` when it may not, or cannot, be opened."""
        checked = check_link(url)
        if QThread.currentThread() is self.thread() or QThread.isMainThread():
            self._open(checked)
        else:
            self._cross(checked)

    def _open(self, checked: str) -> None:
        if not self._launch(QUrl(checked, QUrl.ParsingMode.StrictMode)):
            raise UserFacingError(
                f"No browser opened {one_line(checked)}. Choose a default browser in the system "
                "settings, or copy the address."
            )

    def _on_crossed(self, checked: str) -> None:
        try:
            self._open(checked)
        except UserFacingError as error:
            self.refused.emit(str(error))


def check_link(url: str) -> str:
    """*url*, serialised again. Raises `UserFacingError` when it may not be opened."""
    shown = one_line(url)
    if len(url) > _LONGEST:
        raise UserFacingError(f"The address is too long to open: {shown}")
    if any(character in _FORBIDDEN or hides(character) for character in url):
        raise UserFacingError(f"The address contains characters that no address has: {shown}")
    parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
    if not parsed.isValid() or not parsed.host():
        raise UserFacingError(f"This is not a web address: {shown}")
    if parsed.userInfo():
        raise UserFacingError(f"The address hides a user name before its host: {shown}")
    match parsed.scheme():
        case "https":
            pass
        case "http" if is_loopback(parsed.host()):
            pass
        case _:
            raise UserFacingError(
                f"Only https addresses, and http on this computer, are opened: {shown}"
            )
    return bytes(parsed.toEncoded(QUrl.ComponentFormattingOption.FullyEncoded).data()).decode()


def is_loopback(host: str) -> bool:
    """Whether *host* is this computer, by name or by address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_span(url: str) -> tuple[int, int]:
    """Where in *url* its host stands, as (start, end); (0, 0) when it cannot be found."""
    _, mark, rest = url.partition("://")
    if not mark:
        return (0, 0)
    start = len(url) - len(rest)
    authority = rest
    for stop in "/?#":
        authority = authority.partition(stop)[0]
    host = authority.rpartition("@")[2]
    start += len(authority) - len(host)
    if host.startswith("["):
        return (start, start + host.find("]") + 1)
    return (start, start + len(host.partition(":")[0]))


def site_span(url: str) -> tuple[int, int]:
    """Where in *url* the part of its host stands that has one owner."""
    start, end = host_span(url)
    return (end - len(registrable(url[start:end])), end)
