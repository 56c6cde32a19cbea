"""What a server is shown: its own token, at its own place, renewed in silence and only once."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace

import pytest

from mcphost.domain.errors import ServerUnreachable, UserFacingError
from tests.helpers.sign_in_web import AS, CHALLENGE, ISSUER, SERVER, House, Web, metadata


def ready(life: int | None = 3600, refresh: bool = True, **more: object) -> House:
    house = House(web=Web(pages={AS: metadata(**more)}))
    house.web.more = {} if life is None else {"expires_in": life}
    if refresh:
        house.web.more["refresh_token"] = "refresh-1"
    asyncio.run(house.sign_in())
    return house


@pytest.mark.requirement("MCP-172")
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/mcp",
        "http://mcp.example/mcp",
        "https://mcp.example:8443/mcp",
        "https://mcp.example/other",
        "https://mcp.example.evil.example/mcp",
    ],
)
def test_the_token_is_never_shown_anywhere_else(url: str) -> None:
    house = ready()
    assert asyncio.run(house.shown(url)) is None
    assert asyncio.run(house.shown()) == "Bearer token-1"


@pytest.mark.requirement("MCP-172")
def test_a_changed_address_of_the_server_does_not_take_the_token_along() -> None:
    house = ready()
    house.url = "https://evil.example/mcp"
    assert asyncio.run(house.shown()) is None


@pytest.mark.requirement("MCP-163")
def test_a_token_about_to_end_is_renewed_before_it_is_shown() -> None:
    house = ready(life=100)
    house.now += 90
    assert asyncio.run(house.shown()) == "Bearer token-2"
    form = house.web.forms()[1]
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "refresh-1")
    assert form["resource"] == SERVER


def test_a_short_life_is_not_renewed_before_half_of_it_is_over() -> None:
    house = ready(life=20)
    house.now += 9
    assert asyncio.run(house.shown()) == "Bearer token-1"
    house.now += 2
    assert asyncio.run(house.shown()) == "Bearer token-2"


@pytest.mark.requirement("MCP-174")
def test_a_refresh_token_that_rotates_is_kept() -> None:
    house = ready(life=100)
    house.web.more["refresh_token"] = "refresh-2"
    house.now += 90
    asyncio.run(house.shown())
    house.restart()
    house.now += 90
    asyncio.run(house.shown())
    assert [form.get("refresh_token") for form in house.web.forms()[1:]] == [
        "refresh-1",
        "refresh-2",
    ]


def test_many_requests_at_once_make_one_refresh() -> None:
    async def run() -> None:
        house = House()
        house.web.more = {"expires_in": 100, "refresh_token": "r"}
        await house.sign_in()
        house.now += 90
        shown = await asyncio.gather(*(house.shown() for _ in range(8)))
        assert set(shown) == {"Bearer token-2"}
        assert house.web.tokens == 2

    asyncio.run(run())


def test_a_refused_token_is_renewed_once_and_not_again_at_once() -> None:
    async def run() -> None:
        house = House()
        house.web.more = {"refresh_token": "r"}
        await house.sign_in()
        assert await house.renew()
        assert not await house.renew()
        assert house.web.tokens == 2

    asyncio.run(run())


def test_a_refused_refresh_token_is_used_up() -> None:
    house = ready()
    house.web.refuses = "invalid_grant"
    assert not asyncio.run(house.renew())
    house.web.refuses = ""
    house.restart()
    assert not asyncio.run(house.renew())
    assert len(house.web.forms()) == 2


def test_a_server_in_trouble_does_not_cost_the_refresh_token() -> None:
    house = ready()
    house.web.refuses = "temporarily_unavailable"
    with pytest.raises(ServerUnreachable, match="Try again later"):
        asyncio.run(house.renew())
    house.web.refuses = ""
    assert asyncio.run(house.renew())


def test_a_sign_in_is_not_undone_by_a_refresh_that_was_under_way() -> None:
    async def run() -> None:
        house = House()
        house.web.more = {"refresh_token": "r"}
        await house.sign_in()
        credentials = house.desk.credentials(house.config)
        again = replace(CHALLENGE, operation="b")
        await asyncio.gather(house.renew(), house.sign_in(again))
        last = max(form.get("code", "") for form in house.web.forms())
        assert last == "code-1"
        account = credentials.context
        await house.renew()
        assert credentials.context == account
        house.restart()
        assert (await house.desk.credentials(house.config).tokens()) is not None
        assert house.desk.credentials(house.config).context == account

    asyncio.run(run())


def test_a_refused_token_of_another_kind_is_not_shown() -> None:
    for kind in ("N_A", "DPoP"):
        house = House()
        house.web.more = {"token_type": kind}
        with pytest.raises(UserFacingError, match="another kind"):
            asyncio.run(house.sign_in())
        assert asyncio.run(house.shown()) is None


def test_who_was_refused_with_an_older_token_may_simply_try_again() -> None:
    async def run() -> None:
        house = House()
        await house.sign_in()
        credentials = house.desk.credentials(house.config)
        assert await credentials.renew(CHALLENGE, credentials.generation - 1, "i")
        assert not await credentials.renew(CHALLENGE, credentials.generation, "i")

    asyncio.run(run())


def test_more_scopes_are_never_got_in_silence() -> None:
    house = ready()
    assert not asyncio.run(house.renew(status=403, error="insufficient_scope"))


@pytest.mark.requirement("MCP-174")
def test_without_a_refresh_token_nothing_is_taken_for_granted() -> None:
    house = ready(refresh=False, life=100)
    house.now += 90
    assert asyncio.run(house.shown()) == "Bearer token-1"
    assert not asyncio.run(house.renew())


def test_the_context_changes_with_the_account_and_the_scopes_but_not_with_a_refresh() -> None:
    async def run() -> None:
        house = House()
        house.web.more = {"refresh_token": "r"}
        credentials = house.desk.credentials(house.config)
        assert credentials.context == ""
        await house.sign_in()
        first = credentials.context
        await house.renew()
        assert credentials.context == first
        await house.sign_in(replace(CHALLENGE, status=403, scopes=("write",), operation="b"))
        second = credentials.context
        await house.sign_in(replace(CHALLENGE, operation="c"))
        assert len({"", first, second, credentials.context}) == 4
        assert "token" not in first + second

    asyncio.run(run())


def test_a_token_bound_to_a_key_comes_with_a_fresh_proof_each_time() -> None:
    async def run() -> None:
        house = House(web=Web(pages={AS: metadata(dpop_signing_alg_values_supported=["ES256"])}))
        house.web.more = {"token_type": "DPoP"}
        await house.sign_in(replace(CHALLENGE, dpop=True))
        credentials = house.desk.credentials(house.config)
        proofs = [
            dict(await credentials.headers("POST", f"{SERVER}?a=1", "i"))["DPoP"] for _ in range(2)
        ]
        claims = [json.loads(base64.urlsafe_b64decode(p.split(".")[1] + "==")) for p in proofs]
        assert claims[0]["jti"] != claims[1]["jti"]
        assert {(c["htm"], c["htu"]) for c in claims} == {("POST", SERVER)}
        assert await house.shown() == "DPoP token-1"

    asyncio.run(run())


def test_a_nonce_is_answered_once() -> None:
    async def run() -> None:
        house = House(web=Web(pages={AS: metadata(dpop_signing_alg_values_supported=["ES256"])}))
        house.web.more = {"token_type": "DPoP"}
        await house.sign_in(replace(CHALLENGE, dpop=True))
        credentials = house.desk.credentials(house.config)
        await house.shown()
        credentials.hear("n-1")
        assert await house.renew(error="use_dpop_nonce")
        await house.shown()
        assert not await house.renew(error="use_dpop_nonce")

    asyncio.run(run())


def test_a_damaged_entry_is_as_if_it_were_not_there() -> None:
    house = ready()
    for name in list(house.book.entries):
        house.book.entries[name] = '{"issuer": 1'
    house.restart()
    assert asyncio.run(house.shown()) is None
    assert asyncio.run(house.desk.status(house.config)).issuer != ISSUER
