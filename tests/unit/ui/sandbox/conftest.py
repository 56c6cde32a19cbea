"""The engine fixtures for this folder."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from tests.helpers.engine import open_view, quieten, self_test

__all__ = ["open_view", "self_test"]


@pytest.fixture(autouse=True)
def plain_application(qapp: QApplication) -> None:
    """Without the theme in which earlier tests dressed the application: a View follows it."""
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """See `tests.helpers.engine.quieten`."""
    quieten(items)
