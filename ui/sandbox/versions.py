"""Which engine this is: for `doctor` and for bug reports. Main thread, any time after import."""

from __future__ import annotations

from PySide6.QtWebEngineCore import (
    qWebEngineChromiumSecurityPatchVersion,
    qWebEngineChromiumVersion,
)


def engine_version() -> str:
    """`140.0.7339.264 with security patches to 155.0.8059.85`."""
    return (
        f"{qWebEngineChromiumVersion()} with security patches to "
        f"{qWebEngineChromiumSecurityPatchVersion()}"
    )
