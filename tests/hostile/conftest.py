"""The engine fixtures for this folder."""

from __future__ import annotations

import pytest

from tests.helpers.engine import open_view, quieten, self_test

__all__ = ["open_view", "self_test"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """See `tests.helpers.engine.quieten`."""
    quieten(items)
