"""`mcphost kill --revoke-tokens`: under the switch the tokens go back, and nothing else leaves."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

import pytest

from mcphost.cli.kill import kill
from mcphost.domain.ports import AuditSink
from mcphost.servers.auth.desk import AuthorizationDesk
from mcphost.servers.auth.fetch import Fetcher
from mcphost.storage.credentials import KeyringBook
from tests.helpers.cli import Cli
from tests.helpers.core import core
from tests.helpers.sign_in_web import AS, ISSUER, House, Web, metadata

REVOKE = f"{ISSUER}/revoke"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A home with one server that somebody is signed in to. Its authorization server is a `Web`
    behind the real fetcher, with the program's own kill switch.
    """
    made = House(web=Web(pages={AS: metadata(revocation_endpoint=REVOKE), REVOKE: {}}))
    made.web.more = {"refresh_token": "refresh-1"}
    asyncio.run(made.sign_in())
    made.web.asked.clear()

    def desk(_book: KeyringBook, audit: AuditSink, **kept: Any) -> AuthorizationDesk:
        web = made.web
        fetcher = Fetcher(audit, **kept, resolve=web.resolve, ask=web.ask)
        return AuthorizationDesk(made.book, audit, **kept, fetcher=fetcher)

    monkeypatch.setattr("mcphost.host.compose.AuthorizationDesk", desk)
    monkeypatch.setenv("MCPHOST_HOME", str(tmp_path))
    with core(tmp_path) as run:
        run.run(run.host.add_server(made.config))
    return made


def revoke(scope: str) -> int:
    return kill(
        argparse.Namespace(
            scope=scope, revoke_tokens=True, resume=False, list=False, json=False, policy=()
        )
    )


def outcomes(home: Path) -> list[str]:
    return [row["data"]["outcome"] for row in Cli(home).rows("authorization_outcome")]


@pytest.mark.parametrize("scope", ["all", "server:shop"])
def test_tokens_go_back_and_nothing_else_leaves(
    house: House, tmp_path: Path, scope: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert revoke(scope) == 0
    assert house.web.urls() == [REVOKE, REVOKE]
    given = [form["token"] for form in house.web.forms("/revoke")]
    assert given == ["refresh-1", "token-1"]
    assert "Signed out of shop" in capsys.readouterr().out
    assert outcomes(tmp_path) == ["signed_out", "revoked"]
    assert Cli(tmp_path).rows("frame_intended") == []
    assert Cli(tmp_path).rows("server_started") == []
    assert (tmp_path / "kill" / scope.replace(":", ".")).exists()
    assert "token-1" not in repr(house.book.entries)


def test_tokens_of_a_server_out_of_scope_stay(house: House) -> None:
    before = dict(house.book.entries)
    assert revoke("server:other") == 0
    assert house.web.urls() == []
    assert house.book.entries == before


def test_a_name_that_now_leads_inside_gets_no_token_under_the_switch_either(
    house: House, tmp_path: Path
) -> None:
    house.web.addresses["as.example"] = ("10.0.0.1",)
    assert revoke("all") == 0
    assert house.web.urls() == []
    assert outcomes(tmp_path) == ["signed_out", "not_revoked"]
    assert "token-1" not in repr(house.book.entries)
