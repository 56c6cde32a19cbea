"""A server that names addresses to fetch cannot send this program into a private network."""

from __future__ import annotations

import asyncio
import socket

import pytest

from mcphost.domain.audit import AuditKind
from mcphost.domain.errors import McpHostError, ServerUnreachable, UserFacingError
from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.servers.auth import door
from mcphost.servers.auth.fetch import Errand, Fetcher
from tests.helpers.servers.http_peer import Reply, Script, Seen, peer
from tests.helpers.sign_in_web import ISSUER, Web
from tests.helpers.wiretap import MemoryAudit

UNFIT = (
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:0:a00:1::",
    "not an address",
)


def errand(url: str = "https://mcp.example/mcp") -> Errand:
    config = ServerConfig(key=ServerKey("s"), title="Shop", endpoint=HttpEndpoint(url=url))
    return Errand(config=config, invocation="i")


def fetch(
    web: Web, url: str = f"{ISSUER}/x", server: str = "https://mcp.example/mcp"
) -> MemoryAudit:
    audit = MemoryAudit()
    fetcher = Fetcher(audit, user_agent="t", resolve=web.resolve, ask=web.ask)
    try:
        asyncio.run(fetcher.get(url, step="x", errand=errand(server)))
    finally:
        assert len(audit.rows) >= len(web.asked)
    return audit


@pytest.mark.requirement("MCP-182")
@pytest.mark.parametrize("address", UNFIT)
@pytest.mark.parametrize("company", [(), ("93.184.216.34",)])
def test_a_name_that_leads_nowhere_public_is_not_asked(
    address: str, company: tuple[str, ...]
) -> None:
    web = Web(addresses={"as.example": (*company, address)})
    with pytest.raises(UserFacingError, match="private or special"):
        fetch(web)
    assert web.asked == []


def test_a_public_name_is_asked_at_the_address_that_was_checked() -> None:
    web = Web()
    audit = fetch(web)
    assert web.at == ["93.184.216.34"]
    assert audit.kinds() == [AuditKind.AUTHORIZATION_REQUEST]


@pytest.mark.requirement("MCP-182")
def test_a_name_that_changes_its_mind_is_resolved_once() -> None:
    web, answers = Web(), [("93.184.216.34",), ("127.0.0.1",)]

    async def rebinding(host: str, port: int) -> tuple[str, ...]:
        return answers.pop(0)

    fetcher = Fetcher(MemoryAudit(), user_agent="t", resolve=rebinding, ask=web.ask)
    asyncio.run(fetcher.get(f"{ISSUER}/x", step="x", errand=errand()))
    assert web.at == ["93.184.216.34"]
    assert answers == [("127.0.0.1",)]


def test_a_name_with_hundreds_of_dead_addresses_is_given_up_soon_and_each_try_has_its_row() -> None:
    many = tuple(f"93.184.216.{n}" for n in range(1, 200))
    web, tried, audit = Web(addresses={"as.example": many}), list[str](), MemoryAudit()

    async def dead(asked: door.Asked, address: str) -> door.Answered:
        tried.append(address)
        raise OSError("nobody is there")

    fetcher = Fetcher(audit, user_agent="t", resolve=web.resolve, ask=dead)
    with pytest.raises(ServerUnreachable):
        asyncio.run(fetcher.get(f"{ISSUER}/x", step="x", errand=errand()))
    assert tried == [row.data["address"] for row in audit.rows]
    assert tried == list(many[:3])


@pytest.mark.requirement("AMB-15")
def test_the_servers_own_private_host_may_be_asked_and_no_other() -> None:
    home = {"mcp.corp.example": ("10.0.0.7",), "as.corp.example": ("10.0.0.8",)}
    own = Web(addresses=home)
    fetch(own, "https://mcp.corp.example/x", "https://mcp.corp.example/mcp")
    assert own.at == ["10.0.0.7"]
    other = Web(addresses=home)
    with pytest.raises(UserFacingError, match="private or special"):
        fetch(other, "https://as.corp.example/x", "https://mcp.corp.example/mcp")


@pytest.mark.requirement("AMB-15")
@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "127.0.0.1", "224.0.0.1"])
def test_even_the_servers_own_host_is_never_link_local(address: str) -> None:
    web = Web(addresses={"mcp.example": (address,)})
    with pytest.raises(UserFacingError, match="private or special"):
        fetch(web, "https://mcp.example/x")


@pytest.mark.requirement("AMB-15")
def test_this_computer_is_for_servers_on_this_computer() -> None:
    here = Web(addresses={"localhost": ("::1", "127.0.0.1"), "127.0.0.1": ("127.0.0.1",)})
    fetch(here, "http://localhost:9/x", "http://127.0.0.1:8/mcp")
    assert here.at == ["::1"]
    with pytest.raises(UserFacingError):
        fetch(Web(addresses=here.addresses), "http://localhost:9/x")
    with pytest.raises(UserFacingError):
        fetch(Web(addresses=here.addresses), "https://localhost:9/x")


@pytest.mark.parametrize("name", ["localhost", "printer.localhost"])
def test_a_name_of_this_computer_that_leads_elsewhere_is_refused(name: str) -> None:
    web = Web(addresses={name: ("93.184.216.34",)})
    with pytest.raises(UserFacingError):
        fetch(web, f"http://{name}:9/x", "http://127.0.0.1:8/mcp")


@pytest.mark.parametrize(
    "url",
    ["http://as.example/x", "ftp://as.example/x", "https://u:p@as.example/x", "https://127.1/x"],
)
def test_what_is_not_plain_https_is_not_even_resolved(url: str) -> None:
    web = Web()
    with pytest.raises(UserFacingError):
        fetch(web, url)
    assert web.asked == []


def really(script: Script) -> tuple[BaseException | None, list[str]]:
    """Fetch from a real server on this computer; the error, and what the server saw."""

    async def run() -> tuple[BaseException | None, list[str]]:
        async with peer(script) as server:
            fetcher = Fetcher(MemoryAudit(), user_agent="t")
            try:
                await fetcher.get(server.url, step="x", errand=errand(server.url))
            except McpHostError as error:
                return error, [seen.path for seen in server.seen]
            return None, [seen.path for seen in server.seen]

    return asyncio.run(run())


@pytest.mark.requirement("MCP-182")
def test_a_redirect_is_not_followed() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(302, b"", "Location: /elsewhere")

    error, seen = really(script)
    assert isinstance(error, ServerUnreachable)
    assert "redirects" in str(error)
    assert seen == ["/mcp"]


@pytest.mark.requirement("MCP-182")
def test_a_body_without_end_is_cut_off() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.head(200, "Content-Type: application/json", "Connection: close")
        for _ in range(3200):  # 200 MB, if anybody took it
            await reply.raw(b" " * 65_536)

    error, _ = really(script)
    assert isinstance(error, ServerUnreachable)
    assert str(door.MAX_BODY) in str(error)


def test_a_compressed_body_is_refused_unread() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(200, b"x", "Content-Encoding: gzip", "Content-Type: application/json")

    error, _ = really(script)
    assert "compressed" in str(error)


def test_no_error_repeats_what_a_server_said() -> None:
    async def script(seen: Seen, reply: Reply) -> None:
        await reply.status(302, b"secret-body", "Location: http://secret-place/")

    error, _ = really(script)
    assert "secret" not in str(error)


def test_the_host_keeps_its_name_though_the_connection_goes_to_the_address() -> None:
    hosts: list[str] = []

    async def script(seen: Seen, reply: Reply) -> None:
        hosts.append(seen.headers["host"])
        await reply.json({})

    async def run() -> None:
        async with peer(script) as server:
            url = server.url.replace("127.0.0.1", "localhost")
            await Fetcher(MemoryAudit(), user_agent="t").get(url, step="x", errand=errand(url))
            hosts.append(url)

    asyncio.run(run())
    assert hosts[1].startswith(f"http://{hosts[0]}/")
    assert hosts[0].startswith("localhost:")


def test_nobody_at_the_address_is_a_plain_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x"
        fetcher = Fetcher(MemoryAudit(), user_agent="t")
        with pytest.raises(ServerUnreachable, match="cannot be reached"):
            asyncio.run(fetcher.get(url, step="x", errand=errand(url)))
