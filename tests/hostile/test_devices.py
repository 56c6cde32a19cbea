"""Camera and microphone with Chromium's fake devices: pictures come only after a person's yes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.apps_rendering import need_ordinary_user

pytestmark = pytest.mark.engine
LIVE = [["audio live", "video live"], True]


def test_camera_and_microphone_open_for_an_app_that_declares_and_a_person_who_allows(
    tmp_path: Path,
) -> None:
    need_ordinary_user()
    command = [sys.executable, "-m", "tests.helpers.camera_run", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["self_test"]
    allowed, denied, undeclared = (found[name] for name in ("allowed", "denied", "undeclared"))
    assert (allowed["got"], allowed["held"]) == (LIVE, ["camera", "microphone"])
    assert ["use the camera" in each for each in allowed["asked"]] == [True, False]
    assert (denied["got"], len(denied["asked"]), denied["held"]) == ("refused", 1, [])
    assert (undeclared["got"], undeclared["asked"]) == ("refused", [])
    assert found["rows"] == ["camera", "microphone"]
