"""Removing a server takes everything secret about it along, after a row that says so."""

from __future__ import annotations

import asyncio

from mcphost.domain.audit import AuditKind
from mcphost.domain.authorization import AuthorizationSettings, client_secret_name
from mcphost.gate.sign_in_desk import SignIns
from mcphost.host.accounts import Accounts
from mcphost.storage.credentials import KeyringBook
from mcphost.storage.secrets import SecretStore
from tests.helpers.gate_parts import Stage
from tests.helpers.sign_in_web import House


def accounts(house: House) -> Accounts:
    return Accounts(
        gate=Stage().gate,
        desk=house.desk,
        sign_ins=SignIns(house.desk),
        book=KeyringBook(SecretStore(None, backend="memory", why="a test")),
        audit=house.audit,
    )


def test_removing_a_server_forgets_its_tokens_and_its_client_secret() -> None:
    house = House(settings=AuthorizationSettings(client_id="me", client_secret=True))
    house.book.entries[client_secret_name(house.config.key)] = "s3"
    asyncio.run(house.sign_in())
    assert asyncio.run(house.shown()) == "Bearer token-1"
    asyncio.run(accounts(house).forget(house.config))
    assert house.book.entries == {}
    assert AuditKind.SIGNED_OUT in house.audit.kinds()
    house.restart()
    assert asyncio.run(house.shown()) is None


def test_removing_a_server_that_nobody_signed_in_to_forgets_its_client_secret() -> None:
    house = House(settings=AuthorizationSettings(client_id="me", client_secret=True))
    house.book.entries[client_secret_name(house.config.key)] = "s3"
    asyncio.run(accounts(house).forget(house.config))
    assert house.book.entries == {}
    assert AuditKind.SIGNED_OUT not in house.audit.kinds()
