"""The help names what is checked by a schema, and what is not."""

from __future__ import annotations

import pytest

from mcphost.schemas.dialects import Dialect
from tests.docs.tree import HELP


@pytest.mark.requirement("MCP-122")
@pytest.mark.parametrize("dialect", Dialect)
def test_every_dialect_that_is_checked_is_documented(dialect: Dialect) -> None:
    section = (HELP / "security-model.md").read_text(encoding="utf-8").split("## Schemas that")[1]
    assert dialect.value in section.split("\n## ")[0]
