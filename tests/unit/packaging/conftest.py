"""The set-up's modules are not a package: they are found by their folder, here for one test."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

STAGE = Path(__file__).resolve().parent.parent.parent.parent / "packaging" / "stage"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of `packaging/stage` by name."""
    monkeypatch.syspath_prepend(str(STAGE))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(STAGE) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
