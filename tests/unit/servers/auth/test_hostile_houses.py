"""A server or an authorization server that tries to get what was given for another one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.errors import UserFacingError
from mcphost.domain.secret import Secret
from mcphost.protocol.oauth_metadata import covers
from mcphost.servers.auth.records import MachineGrant
from tests.helpers.sign_in_web import AS, ISSUER, PRM, SERVER, House, Web, metadata

EVIL = "https://evil.example"
GRANT = MachineGrant(kind="client_credentials", client_id="me", client_secret=Secret("s3"))


def on(**more: Any) -> House:
    return House(web=Web(pages={AS: metadata(**more)}))


def turn_to_evil(house: House) -> None:
    house.web.pages[PRM] = {"resource": SERVER, "authorization_servers": [EVIL]}
    house.web.pages[f"{EVIL}/.well-known/oauth-authorization-server"] = metadata(EVIL)


def test_a_programs_own_secret_is_not_sent_to_another_issuer_that_the_server_names() -> None:
    async def run(house: House) -> None:
        await house.desk.use_machine_grant(house.config, GRANT)
        assert await house.renew()
        turn_to_evil(house)
        house.restart()
        house.now += 60
        with pytest.raises(UserFacingError, match=r"at https://as\.example.*Nothing was sent"):
            await house.renew()

    house = House()
    asyncio.run(run(house))
    assert [one.url for one in house.web.asked if one.verb == "POST"] == [f"{ISSUER}/token"]


def test_a_programs_own_secret_goes_only_to_the_issuer_it_was_given_for() -> None:
    async def run(house: House) -> None:
        given = MachineGrant(
            kind="client_credentials", client_id="me", issuer=ISSUER, client_secret=Secret("s3")
        )
        turn_to_evil(house)
        await house.desk.use_machine_grant(house.config, given)
        with pytest.raises(UserFacingError, match="Nothing was sent"):
            await house.renew()

    house = House()
    asyncio.run(run(house))
    assert {one.verb for one in house.web.asked} == {"GET"}


def test_nobody_signs_in_to_a_server_whose_token_could_be_read_on_its_way() -> None:
    house = House(url="http://mcp.example/mcp")
    house.web.pages[PRM] = {"resource": house.url, "authorization_servers": [ISSUER]}
    with pytest.raises(UserFacingError, match="could read the token"):
        asyncio.run(house.sign_in())
    assert house.web.asked == []


def test_the_page_of_one_house_gives_no_code_for_the_token_endpoint_of_another() -> None:
    house = on(authorization_endpoint="https://honest.example/authorize")
    with pytest.raises(UserFacingError, match="do not say whose"):
        asyncio.run(house.sign_in())
    assert house.browser.visited == []
    assert {one.verb for one in house.web.asked} == {"GET"}


@pytest.mark.parametrize("iss", [None, "https://honest.example"])
def test_a_borrowed_page_is_found_out_by_whose_answer_it_is(iss: str | None) -> None:
    house = on(
        authorization_endpoint="https://honest.example/authorize",
        authorization_response_iss_parameter_supported=True,
    )
    house.browser.changes["iss"] = iss
    with pytest.raises(UserFacingError, match="mix two of them up"):
        asyncio.run(house.sign_in())
    assert house.web.forms() == []


def test_two_houses_may_be_one_where_a_person_says_so() -> None:
    house = on(authorization_endpoint="https://login.example/authorize")
    house.settings = AuthorizationSettings(issuer=ISSUER)
    asyncio.run(house.sign_in())
    assert asyncio.run(house.shown()) == "Bearer token-1"


def test_the_plan_says_which_page_opens() -> None:
    house = on(
        authorization_endpoint="https://login.example/authorize",
        authorization_response_iss_parameter_supported=True,
    )
    plan = asyncio.run(house.desk.plan(house.config, None, invocation="i"))
    assert (plan.issuer, plan.page) == (ISSUER, "https://login.example")


@pytest.mark.parametrize(
    "query",
    [
        "request=eyJ.e30.",
        "request_uri=urn:x",
        "authorization_details=[]",
        "audience=https://bank.example",
        "response_mode=form_post",
        "Scope=admin",
        "a=1;scope=admin",
    ],
)
def test_a_page_is_not_opened_with_more_than_was_agreed_to(query: str) -> None:
    house = on(authorization_endpoint=f"{ISSUER}/authorize?{query}")
    with pytest.raises(UserFacingError, match="for this program to set"):
        asyncio.run(house.sign_in())
    assert house.browser.visited == []


@pytest.mark.parametrize(
    "resource",
    [
        "https://bank.example@mcp.example/mcp",
        "https://mcp.example/mcp#x",
        "https://mcp.example/mcp#",
        "https://mcp.ex\nample/mcp",
        "https://mcp.example/m\tcp",
        "https://mcp.example/mcp ",
    ],
)
def test_a_resource_that_can_be_read_in_two_ways_covers_nothing(resource: str) -> None:
    assert not covers(resource, SERVER)


def test_a_refresh_under_way_is_seen_through_when_its_request_has_ended() -> None:
    async def run() -> None:
        house = House()
        house.web.more = {"expires_in": 100, "refresh_token": "refresh-1"}
        await house.sign_in()
        house.now += 90
        house.web.more["refresh_token"] = "refresh-2"
        house.web.hold, house.web.held = asyncio.Event(), asyncio.Event()
        request = asyncio.ensure_future(house.shown())
        await asyncio.wait_for(house.web.held.wait(), 10)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        house.web.hold.set()
        assert await asyncio.wait_for(house.shown(), 10) == "Bearer token-2"
        assert [form.get("refresh_token") for form in house.web.forms()[1:]] == ["refresh-1"]

    asyncio.run(run())


def test_what_another_program_renewed_is_used_and_its_old_refresh_token_not_sent_again() -> None:
    async def run() -> None:
        house = House()
        house.web.more = {"expires_in": 100, "refresh_token": "refresh-1"}
        await house.sign_in()
        other = House(web=house.web, book=house.book, now=house.now + 90)
        house.web.more = {"expires_in": 9000, "refresh_token": "refresh-2"}
        assert await other.shown() == "Bearer token-2"
        house.now += 90
        assert await house.shown() == "Bearer token-2"
        assert len(house.web.forms()) == 2
        await other.desk.sign_out(other.config)
        assert not await house.renew()
        assert await house.shown() is None

    asyncio.run(run())


def test_an_id_or_error_of_broken_text_is_an_error_in_words() -> None:
    house = House()
    house.web.client_id = "\ud800"
    with pytest.raises(UserFacingError):
        asyncio.run(house.sign_in())
