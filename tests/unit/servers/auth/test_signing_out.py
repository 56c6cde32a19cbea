"""What is left of a sign-in when a person signs out or removes the server: nothing, anywhere."""

from __future__ import annotations

import asyncio

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.authorization import AuthorizationSettings, client_secret_name
from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.servers.auth.records import MachineGrant
from tests.helpers.sign_in_web import AS, ISSUER, House, Web, metadata

REVOKE = f"{ISSUER}/revoke"


def signed_in(**more: object) -> House:
    house = House(web=Web(pages={AS: metadata(**more)}))
    house.web.more = {"refresh_token": "refresh-1"}
    asyncio.run(house.sign_in())
    return house


def outcomes(house: House) -> list[object]:
    rows = (row for row in house.audit.rows if row.kind is AuditKind.AUTHORIZATION_OUTCOME)
    return [row.data["outcome"] for row in rows]


def test_signing_out_gives_the_tokens_back_where_they_came_from() -> None:
    house = signed_in(revocation_endpoint=REVOKE)
    house.web.pages[REVOKE] = {}
    house.restart()
    asyncio.run(house.desk.sign_out(house.config))
    assert [(f["token"], f["token_type_hint"]) for f in house.web.forms("/revoke")] == [
        ("refresh-1", "refresh_token"),
        ("token-1", "access_token"),
    ]
    assert outcomes(house)[-2:] == ["signed_out", "revoked"]
    assert "refresh-1" not in repr(house.audit.rows)


def test_signing_out_does_not_depend_on_the_authorization_server() -> None:
    house = signed_in(revocation_endpoint=REVOKE)
    asyncio.run(house.desk.sign_out(house.config))
    assert asyncio.run(house.shown()) is None
    assert outcomes(house)[-2:] == ["signed_out", "not_revoked"]
    row = house.audit.rows[-1]
    assert row.data["reason"] == "HTTP 404"


def test_a_name_that_now_leads_into_a_private_network_is_not_asked_to_revoke() -> None:
    house = signed_in(revocation_endpoint=REVOKE)
    house.web.addresses["as.example"] = ("10.0.0.1",)
    asyncio.run(house.desk.sign_out(house.config))
    assert house.web.forms("/revoke") == []
    assert outcomes(house)[-2:] == ["signed_out", "not_revoked"]


def test_without_a_place_to_revoke_nothing_is_sent() -> None:
    house = signed_in()
    before = len(house.web.asked)
    asyncio.run(house.desk.sign_out(house.config))
    assert len(house.web.asked) == before
    assert outcomes(house)[-1] == "signed_out"


def test_a_removed_server_leaves_nothing_for_one_of_the_same_name_and_address() -> None:
    house = signed_in()
    house.settings = AuthorizationSettings(client_id="me", client_secret=True)
    house.book.entries[client_secret_name(house.config.key)] = "s3"
    grant = MachineGrant(kind="workload", client_id="me", assertion=Secret("jwt"))

    async def run() -> None:
        await house.sign_in(None)
        await house.desk.use_machine_grant(house.config, grant)
        await house.sign_in(None)
        await house.desk.forget(house.config)

    asyncio.run(run())
    left = [name.partition(":")[0] for name in house.book.entries]
    assert left == ["client"]  # a registration belongs to its issuer, not to a server
    assert asyncio.run(house.shown()) is None


def test_a_sign_in_under_way_keeps_nothing_for_a_server_that_is_removed_meanwhile() -> None:
    async def run(house: House) -> None:
        plan = await house.desk.plan(house.config, None, invocation="i")
        house.web.hold, house.web.held = asyncio.Event(), asyncio.Event()
        going = asyncio.ensure_future(house.desk.sign_in(plan, house.browser, invocation="i"))
        await asyncio.wait_for(house.web.held.wait(), 10)
        await house.desk.forget(house.config)
        house.web.hold.set()
        with pytest.raises(UserFacingError, match="removed meanwhile"):
            await asyncio.wait_for(going, 10)

    house = House()
    asyncio.run(run(house))
    assert not [name for name in house.book.entries if name.startswith("tokens")]
