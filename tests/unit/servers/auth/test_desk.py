"""A sign-in from challenge to token: what is asked, checked, recorded, kept and never mixed up."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.authorization import AuthorizationSettings, client_secret_name
from mcphost.domain.errors import HostBugError, SignInNeeded, UserFacingError
from mcphost.protocol.oauth_callback import SignInDenied
from tests.helpers.sign_in_web import (
    AS,
    CHALLENGE,
    ISSUER,
    PRM,
    SERVER,
    Browser,
    House,
    Web,
    metadata,
)

OTHER = "https://other.example"


def signed_in(house: House, *times: Any) -> House:
    async def run() -> None:
        for challenge in times or (CHALLENGE,):
            await house.sign_in(challenge)

    asyncio.run(run())
    return house


def on(**more: Any) -> House:
    """A house whose authorization server says *more* of itself."""
    return House(web=Web(pages={AS: metadata(**more)}))


@pytest.mark.requirement("MCP-162", "MCP-163")
def test_the_browser_is_sent_with_everything_that_protects_the_code() -> None:
    house = signed_in(House())
    (visit,) = house.browser.visited
    (form,) = house.web.forms()
    assert visit["response_type"] == "code"
    assert (visit["resource"], form["resource"]) == (SERVER, SERVER)
    assert (visit["scope"], visit["code_challenge_method"]) == ("read", "S256")
    hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() == visit["code_challenge"]
    assert (form["code"], form["redirect_uri"]) == ("code-1", house.browser.redirect_uri)
    assert asyncio.run(house.shown()) == "Bearer token-1"


def test_planning_only_reads() -> None:
    house = House()
    plan = asyncio.run(house.desk.plan(house.config, CHALLENGE, invocation="i"))
    assert {one.verb for one in house.web.asked} == {"GET"}
    assert (plan.issuer, plan.resource, plan.added) == (ISSUER, SERVER, ("read",))


def test_every_fetch_has_its_row_before_it_and_no_row_holds_a_secret() -> None:
    house = signed_in(House())
    rows = [row for row in house.audit.rows if row.kind is AuditKind.AUTHORIZATION_REQUEST]
    assert [row.data["step"] for row in rows] == [
        "resource metadata",
        "authorization server metadata",
        "registration",
        "token",
    ]
    written = repr(house.audit.rows)
    secret = (house.browser.visited[0]["state"], "code-1", "token-1")
    assert not [one for one in secret if one in written]


def test_a_plan_is_carried_out_once_and_only_as_it_was_made() -> None:
    async def run() -> None:
        house = House()
        plan = await house.desk.plan(house.config, CHALLENGE, invocation="i")
        with pytest.raises(HostBugError):
            await house.desk.sign_in(replace(plan, scopes=("x",)), house.browser, invocation="i")
        with pytest.raises(HostBugError):
            await house.desk.sign_in(plan, house.browser, invocation="i")
        assert house.browser.visited == []

    asyncio.run(run())


@pytest.mark.requirement("MCP-165", "MCP-166", "MCP-169")
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "x"},
        {"state": None},
        {"iss": "https://evil.example"},
        {"iss": f"{ISSUER}/"},
        {"code": None},
    ],
)
def test_a_code_that_came_by_a_wrong_answer_goes_nowhere(changes: dict[str, str | None]) -> None:
    house = House(browser=Browser(changes=changes))
    with pytest.raises(UserFacingError):
        signed_in(house)
    assert house.web.forms() == []
    assert asyncio.run(house.shown()) is None


@pytest.mark.requirement("MCP-165")
def test_a_promised_issuer_that_does_not_come_is_refused() -> None:
    house = on(authorization_response_iss_parameter_supported=True)
    with pytest.raises(UserFacingError, match="does not come from"):
        signed_in(house)
    assert house.web.forms() == []


@pytest.mark.requirement("MCP-162")
def test_pkce_that_is_not_offered_is_refused_before_anything_is_opened() -> None:
    for methods in (["plain"], []):
        house = on(code_challenge_methods_supported=methods)
        house.settings = AuthorizationSettings(pkce_unstated=True)
        with pytest.raises(UserFacingError, match="PKCE"):
            signed_in(house)
        assert house.browser.visited == []


@pytest.mark.requirement("MCP-162")
def test_unstated_pkce_is_an_exception_for_one_server_and_a_row() -> None:
    page = metadata()
    del page["code_challenge_methods_supported"]
    house = House(web=Web(pages={AS: page}))
    with pytest.raises(UserFacingError, match="allow that for Shop"):
        signed_in(house)
    house.settings = AuthorizationSettings(pkce_unstated=True)
    signed_in(house)
    outcomes = [row.data.get("outcome") for row in house.audit.rows]
    assert "pkce_unstated" in outcomes
    assert house.browser.visited[0]["code_challenge_method"] == "S256"


@pytest.mark.requirement("MCP-155", "MCP-157")
def test_a_client_id_from_before_goes_before_document_and_registration() -> None:
    house = on(client_id_metadata_document_supported=True)
    house.settings = AuthorizationSettings(
        client_id="mine", client_secret=True, metadata_url="https://me.example/doc"
    )
    house.book.entries[client_secret_name(house.config.key)] = "s3"
    signed_in(house)
    assert house.browser.visited[0]["client_id"] == "mine"
    token = next(one for one in house.web.asked if one.url.endswith("/token"))
    assert ("Authorization", "Basic " + base64.b64encode(b"mine:s3").decode()) in token.headers
    assert not house.web.forms("/register")


@pytest.mark.requirement("MCP-154", "MCP-155", "MCP-156")
def test_the_document_is_used_where_it_is_taken_and_else_a_registration() -> None:
    settings = AuthorizationSettings(metadata_url="https://me.example/doc")
    taken = on(client_id_metadata_document_supported=True)
    taken.settings = settings
    assert signed_in(taken).browser.visited[0]["client_id"] == "https://me.example/doc"
    other = House(settings=settings)
    assert signed_in(other).browser.visited[0]["client_id"] == "client-1@as.example"


@pytest.mark.requirement("MCP-156")
@pytest.mark.parametrize("url", ["http://me.example/doc", "https://me.example", "https://me/#x"])
def test_a_document_without_https_and_path_is_refused(url: str) -> None:
    house = on(client_id_metadata_document_supported=True)
    house.settings = AuthorizationSettings(metadata_url=url)
    with pytest.raises(UserFacingError, match="document"):
        signed_in(house)


@pytest.mark.requirement("MCP-158")
def test_a_registration_says_that_this_is_a_native_program_that_wants_to_stay() -> None:
    house = signed_in(House())
    body = next(one.body for one in house.web.asked if one.url.endswith("/register"))
    assert b'"application_type":"native"' in body
    assert b'"refresh_token"' in body
    assert house.browser.redirect_uri.encode() in body


@pytest.mark.requirement("MCP-159")
def test_a_refused_registration_is_told_and_nothing_is_opened() -> None:
    house = House()
    house.web.pages[AS] = metadata(registration_endpoint=f"{ISSUER}/closed")
    with pytest.raises(UserFacingError, match="did not register this program"):
        signed_in(house)
    assert house.browser.visited == []


@pytest.mark.requirement("MCP-154")
def test_a_server_that_registers_nobody_needs_a_person_to_enter_an_id() -> None:
    house = House(web=Web(pages={AS: metadata(registration_endpoint=None)}))
    with pytest.raises(UserFacingError, match="enter the client id"):
        signed_in(house)


def move(house: House) -> None:
    """The server now names another authorization server."""
    house.web.pages[PRM] = {"resource": SERVER, "authorization_servers": [OTHER]}
    house.web.pages[f"{OTHER}/.well-known/oauth-authorization-server"] = metadata(OTHER)


@pytest.mark.requirement("MCP-151", "MCP-160")
def test_nothing_of_one_authorization_server_is_used_at_another() -> None:
    house = signed_in(House())
    move(house)
    signed_in(house)
    assert [v["client_id"] for v in house.browser.visited] == [
        "client-1@as.example",
        "client-1@other.example",
    ]
    assert house.web.forms()[1]["client_id"] == "client-1@other.example"


@pytest.mark.requirement("MCP-161")
def test_a_client_id_from_before_is_not_taken_to_another_authorization_server() -> None:
    house = House(settings=AuthorizationSettings(client_id="mine"))
    signed_in(house)
    move(house)
    with pytest.raises(UserFacingError, match="registered in advance at"):
        signed_in(house)
    house.settings = AuthorizationSettings(client_id="mine", issuer=ISSUER)
    with pytest.raises(UserFacingError, match="no longer names"):
        signed_in(house)
    assert len(house.browser.visited) == 1


@pytest.mark.requirement("MCP-177")
def test_a_step_up_asks_for_all_of_it_and_shows_what_is_new() -> None:
    async def run() -> None:
        house = House()
        await house.sign_in()
        more = replace(CHALLENGE, status=403, scopes=("write",))
        plan = await house.desk.plan(house.config, more, invocation="i")
        assert (plan.scopes, plan.added) == (("read", "write"), ("write",))

    asyncio.run(run())


def test_offline_access_is_asked_for_only_where_it_is_offered() -> None:
    assert signed_in(House()).browser.visited[0]["scope"] == "read"
    house = on(scopes_supported=["offline_access", "admin"])
    assert signed_in(house).browser.visited[0]["scope"] == "read offline_access"


@pytest.mark.requirement("MCP-178")
def test_the_same_thing_is_tried_twice_and_a_person_can_begin_anew() -> None:
    house = signed_in(House(), CHALLENGE, CHALLENGE)
    with pytest.raises(SignInNeeded, match="not content after 2"):
        signed_in(house)
    signed_in(house, replace(CHALLENGE, operation="another"))
    signed_in(house, None)
    signed_in(house)


def test_what_was_served_after_a_sign_in_is_counted_no_more() -> None:
    house = signed_in(House(), CHALLENGE, CHALLENGE)
    house.desk.credentials(house.config).settled(CHALLENGE.operation)
    signed_in(house)


@pytest.mark.requirement("MCP-179")
@pytest.mark.parametrize("there", [True, False])
def test_a_no_is_remembered_until_a_person_asks(there: bool) -> None:
    async def run() -> None:
        house = House()
        plan = await house.desk.plan(house.config, CHALLENGE, invocation="i")
        if there:
            denying = Browser(changes={"error": "access_denied", "code": None})
            with pytest.raises(SignInDenied):
                await house.desk.sign_in(plan, denying, invocation="i")
        else:
            house.desk.refused(plan)
        with pytest.raises(SignInNeeded, match="that you refused"):
            await house.desk.plan(house.config, CHALLENGE, invocation="i")
        await house.desk.plan(house.config, None, invocation="i")

    asyncio.run(run())


@pytest.mark.requirement("MCP-180")
@pytest.mark.parametrize("query", ["scope=admin", "redirect_uri=x", "state=1", "resource=x"])
def test_a_sign_in_page_that_sets_our_parameters_is_not_opened(query: str) -> None:
    house = on(authorization_endpoint=f"{ISSUER}/authorize?{query}")
    with pytest.raises(UserFacingError, match="for this program to set"):
        signed_in(house)
    assert house.browser.visited == []


def test_what_else_a_sign_in_page_has_in_its_query_stays() -> None:
    house = signed_in(on(authorization_endpoint=f"{ISSUER}/authorize?tenant=7"))
    assert house.browser.visited[0]["tenant"] == "7"


def test_a_refused_code_says_why_and_repeats_no_text_of_the_server() -> None:
    house = House()
    house.web.refuses = "invalid_grant"
    with pytest.raises(UserFacingError, match=r"invalid_grant") as caught:
        signed_in(house)
    assert "555" not in str(caught.value)


def test_signing_out_forgets_the_tokens_for_good() -> None:
    house = signed_in(House())
    asyncio.run(house.desk.sign_out(house.config))
    assert asyncio.run(house.shown()) is None
    house.restart()
    assert asyncio.run(house.shown()) is None
    assert asyncio.run(house.desk.status(house.config)).issuer == ""


def test_a_sign_in_outlives_the_program() -> None:
    house = signed_in(House())
    house.restart()
    assert asyncio.run(house.shown()) == "Bearer token-1"
    status = asyncio.run(house.desk.status(house.config))
    assert (status.issuer, status.resource, status.scopes) == (ISSUER, SERVER, ("read",))


@pytest.mark.requirement("MCP-150")
def test_of_several_authorization_servers_the_known_one_is_kept() -> None:
    house = signed_in(House())
    house.web.pages[PRM] = {"resource": SERVER, "authorization_servers": [OTHER, ISSUER]}
    plan = asyncio.run(house.desk.plan(house.config, CHALLENGE, invocation="i"))
    assert plan.issuer == ISSUER
