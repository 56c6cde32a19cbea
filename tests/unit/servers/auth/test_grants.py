"""Signing in where no person is: set up by hand, in one way only, for one issuer only."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.servers.auth.grants import ID_JAG, JWT_BEARER, TOKEN_EXCHANGE
from mcphost.servers.auth.proof import new_dpop_key
from mcphost.servers.auth.records import MachineGrant
from tests.helpers.sign_in_web import AS, CHALLENGE, ISSUER, SERVER, House, Web, metadata

BY_SECRET = MachineGrant(kind="client_credentials", client_id="me", client_secret=Secret("s3"))
BY_KEY = MachineGrant(
    kind="client_credentials", client_id="me", private_key=new_dpop_key(), algorithm="ES256"
)
ENTERPRISE = MachineGrant(
    kind="enterprise",
    client_id="me",
    client_secret=Secret("s3"),
    id_token=Secret("id-token"),
    idp_client_id="idp-me",
    idp_token_endpoint="https://idp.example/token",
)
WORKLOAD = MachineGrant(kind="workload", client_id="me", assertion=Secret("workload-jwt"))


def renewed(grant: MachineGrant, *, restart: bool = False, **more: object) -> House:
    house = House(web=Web(pages={AS: metadata(**more)}))

    async def run() -> None:
        await house.desk.use_machine_grant(house.config, grant)
        if restart:
            house.restart()
        assert await house.renew()

    if grant.kind == "enterprise":
        house.web.more = {"issued_token_type": ID_JAG}
    asyncio.run(run())
    return house


def test_a_program_signs_in_with_its_secret() -> None:
    house = renewed(BY_SECRET, restart=True)
    (form,) = house.web.forms()
    assert form == {
        "client_id": "me",  # beside Basic: the official SDK's server looks it up there
        "grant_type": "client_credentials",
        "resource": SERVER,
        "scope": "read",
    }
    assert asyncio.run(house.shown()) == "Bearer token-1"
    assert house.browser.visited == []


def test_a_program_signs_in_with_its_key_for_exactly_that_issuer() -> None:
    house = renewed(BY_KEY, token_endpoint_auth_methods_supported=["private_key_jwt"])
    (form,) = house.web.forms()
    claims = json.loads(base64.urlsafe_b64decode(form["client_assertion"].split(".")[1] + "=="))
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("me", "me", ISSUER)
    assert "client_id" not in form


def test_an_enterprise_vouches_for_this_resource_at_this_issuer() -> None:
    exchange, bearer = renewed(ENTERPRISE).web.forms()
    assert (exchange["grant_type"], exchange["requested_token_type"]) == (TOKEN_EXCHANGE, ID_JAG)
    assert (exchange["audience"], exchange["resource"]) == (ISSUER, SERVER)
    assert exchange["client_id"] == "idp-me"
    assert (bearer["grant_type"], bearer["assertion"]) == (JWT_BEARER, "token-1")


def test_another_kind_of_word_from_the_enterprise_is_not_passed_on() -> None:
    house = House()

    async def run() -> None:
        await house.desk.use_machine_grant(house.config, ENTERPRISE)
        with pytest.raises(UserFacingError, match="something else"):
            await house.renew()

    asyncio.run(run())
    assert len(house.web.forms()) == 1


def test_a_workload_that_is_refused_does_not_try_in_another_way() -> None:
    house = House()
    house.web.refuses = "invalid_grant"

    async def run() -> None:
        await house.desk.use_machine_grant(house.config, WORKLOAD)
        with pytest.raises(UserFacingError, match="invalid_grant"):
            await house.renew()

    asyncio.run(run())
    (form,) = house.web.forms()
    assert (form["grant_type"], form["assertion"]) == (JWT_BEARER, "workload-jwt")


def test_a_way_that_the_authorization_server_does_not_know_is_not_tried() -> None:
    with pytest.raises(UserFacingError, match="does not give tokens in the way"):
        renewed(BY_SECRET, grant_types_supported=["authorization_code"])


def test_a_new_token_that_is_refused_at_once_is_not_fetched_again() -> None:
    house = renewed(BY_SECRET)
    assert not asyncio.run(house.renew())
    assert house.web.tokens == 1


def test_nothing_is_set_up_by_itself() -> None:
    house = House()
    assert not asyncio.run(house.renew())
    assert house.web.asked == []
    assert CHALLENGE.status == 401
