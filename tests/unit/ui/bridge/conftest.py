"""A real runtime for every test of the bridge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mcphost.runtime import Runtime


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    made = Runtime()
    made.start()
    yield made
    made.stop(5.0)
