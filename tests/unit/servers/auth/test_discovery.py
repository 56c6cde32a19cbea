"""Where to sign in: every place in its order, and no guessing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.errors import UserFacingError
from tests.helpers.sign_in_web import CHALLENGE, PRM, SERVER, House, Web, metadata

UNNAMED = replace(CHALLENGE, untrusted_metadata_url=None)
ROOT = "https://mcp.example/.well-known/oauth-protected-resource"
TENANT = "https://as.example/t1"
PLACES = (
    "https://as.example/.well-known/oauth-authorization-server/t1",
    "https://as.example/.well-known/openid-configuration/t1",
    "https://as.example/t1/.well-known/openid-configuration",
)


def plan(house: House, challenge: Any = UNNAMED):
    return asyncio.run(house.desk.plan(house.config, challenge, invocation="i"))


def only(pages: dict[str, Any]) -> House:
    web = Web()
    web.pages = pages
    return House(web=web)


@pytest.mark.requirement("MCP-148")
def test_the_challenge_says_where_and_nothing_else_is_tried() -> None:
    place = "https://meta.example/prm"
    resource = {"resource": SERVER, "authorization_servers": [TENANT]}
    house = only({place: resource, PRM: {}, PLACES[0]: metadata(TENANT)})
    plan(house, replace(CHALLENGE, untrusted_metadata_url=place))
    assert house.web.urls() == [place, PLACES[0]]


def test_a_place_that_the_challenge_names_in_vain_ends_it() -> None:
    house = House()
    with pytest.raises(UserFacingError, match="there is none"):
        plan(house, replace(CHALLENGE, untrusted_metadata_url="https://mcp.example/none"))
    assert house.web.urls() == ["https://mcp.example/none"]


@pytest.mark.requirement("MCP-147", "MCP-148", "MCP-152")
@pytest.mark.parametrize("found", [0, 1, 2])
def test_every_place_is_tried_in_its_order(found: int) -> None:
    resource = {"resource": "https://mcp.example", "authorization_servers": [TENANT]}
    house = only({ROOT: resource, PLACES[found]: metadata(TENANT)})
    assert plan(house).resource == "https://mcp.example"
    assert house.web.urls() == [PRM, ROOT, *PLACES[: found + 1]]


@pytest.mark.requirement("MCP-147")
def test_an_authorization_server_without_metadata_is_never_guessed_at() -> None:
    house = only({PRM: {"resource": SERVER, "authorization_servers": [TENANT]}})
    house.settings = AuthorizationSettings(legacy_endpoints=True)
    with pytest.raises(UserFacingError, match="publishes no metadata"):
        plan(house)


@pytest.mark.requirement("MCP-153")
def test_metadata_of_another_issuer_ends_it_and_no_other_place_is_tried() -> None:
    house = only(
        {
            PRM: {"resource": SERVER, "authorization_servers": [TENANT]},
            PLACES[0]: metadata("https://honest.example"),
            PLACES[1]: metadata(TENANT),
        }
    )
    with pytest.raises(UserFacingError, match="calls itself"):
        plan(house)
    assert PLACES[1] not in house.web.urls()


def test_a_server_without_metadata_is_its_own_only_where_a_person_allowed_it() -> None:
    house = only({})
    with pytest.raises(UserFacingError, match="2025-03-26"):
        plan(house)
    house.settings = AuthorizationSettings(legacy_endpoints=True)
    asyncio.run(house.sign_in(UNNAMED))
    assert plan(house).issuer == "https://mcp.example"
    assert house.web.urls()[-1].startswith("https://mcp.example/")
    assert {url for url in house.web.urls() if "/register" in url or "/token" in url} == {
        "https://mcp.example/register",
        "https://mcp.example/token",
    }


@pytest.mark.requirement("MCP-175")
def test_without_a_challenge_the_scopes_of_the_resource_are_asked_for() -> None:
    house = House()
    house.web.pages[PRM] = {**house.web.pages[PRM], "scopes_supported": ["a", "b"]}
    assert plan(house, replace(CHALLENGE, scopes=())).scopes == ("a", "b")
    assert plan(house, CHALLENGE).scopes == ("read",)
