"""Only what Qt says everywhere without a graphics card is quiet."""

from __future__ import annotations

import logging

from PySide6.QtCore import QtMsgType

from ui.widgets.qt_log import level_of


def test_the_chatter_of_a_machine_without_a_graphics_card_is_debug() -> None:
    text = "This plugin does not support propagateSizeHints()"
    assert level_of(QtMsgType.QtWarningMsg, text) == logging.DEBUG


def test_every_other_warning_stays_a_warning() -> None:
    text = "Release of profile requested but WebEnginePage still not deleted"
    assert level_of(QtMsgType.QtWarningMsg, text) == logging.WARNING
