"""Qt's own messages, sent to Python's logging instead of the terminal.

Law: a line Qt prints on every machine without a graphics card, or on the off-screen platform, is
debug; every other warning of Qt's is a warning. Main thread; installed once by `ui.shell`.
"""

from __future__ import annotations

import logging

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = logging.getLogger("mcphost.qt")

HARMLESS = (
    "This plugin does not support",
    "QRhiGles2:",
    "Failed to create RHI",
    "QVulkanInstance:",
    "GBM is not supported",
)
"""Beginnings of what Qt says where there is no graphics card."""

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def install() -> None:
    """Send what Qt says to `logging`."""
    qInstallMessageHandler(_on_message)


def level_of(kind: QtMsgType, text: str) -> int:
    """The logging level of one message."""
    return logging.DEBUG if text.startswith(HARMLESS) else _LEVELS[kind]


def _on_message(kind: QtMsgType, _where: QMessageLogContext, text: str | None) -> None:
    said = text or ""
    _log.log(level_of(kind, said), "%s", said)
