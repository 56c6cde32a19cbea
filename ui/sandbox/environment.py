"""The process environment the engine may see. The first thing a window or headless run does.

Law: (1) runs before Qt is imported; (2) no `QTWEBENGINE*` variable of the outside survives (even
`QTWEBENGINE_DISABLE_SANDBOX=0` switches Chromium's sandbox off); (3) renderers inherit this
environment, so nothing that looks like a secret stays in it; (4) the engine switches that close
the network are set here and nowhere else; (5) a run has no graphics processor in the engine, and
with it no WebGL in any frame or worker, unless it was started for WebGL (decision 0018). Main
thread. Imports no Qt.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import MutableMapping

from mcphost.domain.errors import HostBugError

PROXY_NAME = "mcp-proxy.invalid"
"""The only name that resolves inside the engine; it means our loopback proxy."""

FLAGS_VARIABLE = "QTWEBENGINE_CHROMIUM_FLAGS"
_SWITCHES = (
    f'"--host-resolver-rules=MAP {PROXY_NAME} 127.0.0.1,MAP * ~NOTFOUND"',
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    # WebRTC asks for `.local` names by multicast, past the resolver rule, while that feature is on
    "--disable-features=FedCm,WebRtcHideLocalIpsWithMdns",
    "--js-flags=--max-old-space-size=256",
    "--log-level=3",  # what goes wrong is reported by our own hooks, not on the terminal
)
_NO_GRAPHICS = "--disable-gpu"
"""`WebGLEnabled` stops a canvas of a page alone; an `OffscreenCanvas` does not ask it."""
_SOFTWARE_GRAPHICS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
CHROMIUM_FLAGS = " ".join((*_SWITCHES, _NO_GRAPHICS))
WEBGL_FLAGS = " ".join((*_SWITCHES, *_SOFTWARE_GRAPHICS))
"""Of a run that was started for an App that was granted WebGL."""

_REMOVED = frozenset(
    {"QT_QPA_PLATFORM_PLUGIN_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "QML_IMPORT_PATH"}
    | {"SSLKEYLOGFILE", "QT_LOGGING_RULES"}
)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT|COOKIE)(?:_|$)",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"://[^/@\s]+:[^/@\s]+@|\bbearer\s|authorization=", re.IGNORECASE)


def prepare_environment(
    environ: MutableMapping[str, str] = os.environ, *, webgl: bool = False
) -> None:
    """Scrub *environ* and set the engine's switches. Calling it again changes nothing. *webgl*: an
    App that was granted it may draw by software in this run.

    Raises `HostBugError` when it is too late: the application exists and the engine may run.
    """
    flags = WEBGL_FLAGS if webgl else CHROMIUM_FLAGS
    prepared = environ.get(FLAGS_VARIABLE) == flags
    if environ is os.environ and not prepared and _application_exists():
        raise HostBugError("prepare_environment() must run before QApplication is made")
    for name in [name for name, value in environ.items() if _must_go(name, value)]:
        del environ[name]
    environ[FLAGS_VARIABLE] = flags


def webgl_possible(environ: MutableMapping[str, str] = os.environ) -> bool:
    """Whether this run was started for WebGL."""
    return environ.get(FLAGS_VARIABLE) == WEBGL_FLAGS


def require_prepared(environ: MutableMapping[str, str] = os.environ) -> None:
    """Raise `HostBugError` unless the engine's switches are exactly ours."""
    others = [name for name in environ if name.startswith("QTWEBENGINE") and name != FLAGS_VARIABLE]
    if environ.get(FLAGS_VARIABLE) not in {CHROMIUM_FLAGS, WEBGL_FLAGS} or others:
        raise HostBugError("the engine's environment is not prepared; a View would not be closed")


def _application_exists() -> bool:
    core = sys.modules.get("PySide6.QtCore")
    return core is not None and core.QCoreApplication.instance() is not None


def _must_go(name: str, value: str) -> bool:
    if name.startswith("QTWEBENGINE") or name in _REMOVED:
        return True
    return bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(value))
