"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.template_house import TemplateHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[TemplateHouse]:
    """A fresh template store."""
    built = TemplateHouse(tmp_path)
    yield built
    built.state.close()
