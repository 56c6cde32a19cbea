"""A local server is one process, whoever talks to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcphost.domain.conversation import RunState
from mcphost.host import DEMO_KEY
from tests.helpers.apps_talk import join_demo, run_tool
from tests.helpers.core import core


@pytest.mark.requirement("MCP-016")
def test_a_local_server_outlives_conversations_and_serves_all_of_them(tmp_path: Path) -> None:
    with core(tmp_path) as made:
        join_demo(made)
        for _ in range(3):
            assert run_tool(made, DEMO_KEY, "garden_overview").state is RunState.DONE
        assert len(made.rows("server_started")) == 1
        assert made.rows("server_stopped") == []
