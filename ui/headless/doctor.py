"""`mcphost doctor`: guard by guard, whether it holds here, how that was found out, what to do.

Runs the engine's self-test and opens a host off the screen; changes nothing else.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QTimer
from PySide6.QtWebEngineCore import (
    qWebEngineChromiumSecurityPatchVersion,
    qWebEngineChromiumVersion,
)

from mcphost import __version__
from ui.headless.render import Nobody
from ui.headless.script import DONE, REFUSED, Stage, run_script
