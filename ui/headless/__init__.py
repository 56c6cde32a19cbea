"""The window's commands without a window on the screen: `demo --headless`, `render`, `doctor`.

These are the entry points of `mcphost.shell`. The engine's environment is prepared here, before
anything that imports Qt.
"""

from __future__ import annotations

import argparse
import os

from mcphost.host import webgl_granted
from ui.sandbox.environment import prepare_environment


def run_demo(arguments: argparse.Namespace) -> int:
    """The main job on the built-in demo server, off the screen."""
    _off_screen()
    from ui.headless.demo import demo

    return demo(arguments)


def run_render(arguments: argparse.Namespace) -> int:
    """Run a tool, or play an exchange again, and draw the App into a picture."""
    _off_screen(webgl="webgl" in arguments.grant or webgl_granted())
    if arguments.replay is not None:
        from ui.headless.replay import replay

        return replay(arguments)
    from ui.headless.render import render

    return render(arguments)


def run_doctor(arguments: argparse.Namespace) -> int:
    """Say, guard by guard, what this machine gives."""
    _off_screen()
    from ui.headless.doctor import doctor

    return doctor(arguments)


def _off_screen(*, webgl: bool = False) -> None:
    prepare_environment(webgl=webgl)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
