"""The floor under every View's network: who may pass, where to, and that it can be cut."""

from __future__ import annotations

import asyncio
import base64

import pytest

from mcphost.egress.ledger import HostTraffic
from mcphost.egress.proxy import ProxyLimits
from mcphost.policy.proxy_pass import proxy_password
from tests.helpers.egress import PUBLIC, VIEW, Rig, run_rig

CONNECT = "CONNECT api.example.com:443 HTTP/1.1"


def test_a_granted_host_is_reached_at_the_address_that_was_checked_and_counted() -> None:
    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        assert b"200" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello" * 20_000)
        assert await reader.readexactly(100_000) == b"hello" * 20_000
        writer.close()
        assert rig.upstream.dialled == [(PUBLIC, 443)]
        line = HostTraffic(
            host="api.example.com", port=443, sent=100_000, received=100_000, connections=1
        )
        assert rig.proxy.ledger.lines() == (line,)

    run_rig(check)


@pytest.mark.parametrize(
    "line",
    [
        "CONNECT evil.example.com:443 HTTP/1.1",
        "CONNECT api.example.com:8443 HTTP/1.1",
        "CONNECT 127.0.0.1:443 HTTP/1.1",
        "CONNECT localhost:443 HTTP/1.1",
        "GET http://evil.example.com/ HTTP/1.1",
    ],
)
def test_what_nobody_granted_is_refused_without_a_connection(line: str) -> None:
    async def check(rig: Rig) -> None:
        assert await rig.status(line) == "HTTP/1.1 403 Forbidden"
        assert rig.upstream.dialled == []

    run_rig(check)


def test_without_the_credentials_of_this_run_nothing_passes() -> None:
    async def check(rig: Rig) -> None:
        assert "407" in await rig.status(CONNECT, auth=False)
        assert rig.upstream.dialled == []

    run_rig(check)


def test_credentials_of_another_run_are_none() -> None:
    async def check(rig: Rig) -> None:
        other = proxy_password("the secret of another run", VIEW)
        for password in ("", "mcphost", other, f"{proxy_password(rig.address.secret, VIEW)}x"):
            guess = base64.b64encode(f"{VIEW}:{password}".encode()).decode()
            line = f"{CONNECT}\r\nProxy-Authorization: Basic {guess}"
            assert "407" in await rig.status(line, auth=False)
        assert rig.upstream.dialled == []

    run_rig(check)


UNREADABLE = ("", "Basic", "Basic ?", "Basic /w==", "Basic eA==", "Bearer eA==")


@pytest.mark.parametrize("given", UNREADABLE)
def test_credentials_that_cannot_be_read_are_none(given: str) -> None:
    async def check(rig: Rig) -> None:
        line = f"{CONNECT}\r\nProxy-Authorization: {given}"
        assert "407" in await rig.status(line, auth=False)

    run_rig(check)


def test_the_password_of_one_view_opens_nothing_that_another_was_granted() -> None:
    async def check(rig: Rig) -> None:
        assert "200" in await rig.status(CONNECT, view="mine")
        assert "403" in await rig.status(CONNECT, view="yours")
        stolen = base64.b64encode(f"mine:{proxy_password(rig.address.secret, 'yours')}".encode())
        line = f"{CONNECT}\r\nProxy-Authorization: Basic {stolen.decode()}"
        assert "407" in await rig.status(line, auth=False)

    run_rig(check, allow=lambda view, _host, _port: view == "mine")


def test_what_one_view_has_open_is_cut_and_what_another_has_goes_on() -> None:
    async def check(rig: Rig) -> None:
        mine, yours = [await rig.request(CONNECT, view=view) for view in ("mine", "yours")]
        for reader, _ in (mine, yours):
            await reader.readuntil(b"\r\n\r\n")
        assert rig.proxy.cut_views(frozenset({"mine"})) == 1
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await mine[0].readexactly(1)
        yours[1].write(b"still")
        assert await yours[0].readexactly(5) == b"still"
        for _, writer in (mine, yours):
            writer.close()

    run_rig(check)


def test_only_this_computer_reaches_it() -> None:
    async def check(rig: Rig) -> None:
        server = rig.proxy._server
        assert server is not None
        assert [end.getsockname()[0] for end in server.sockets] == ["127.0.0.1"]

    run_rig(check)


def test_a_name_that_nobody_granted_is_not_even_resolved() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return (PUBLIC,)

    async def check(rig: Rig) -> None:
        assert "403" in await rig.status("CONNECT evil.example.com:443 HTTP/1.1")
        assert asked == []

    run_rig(check, resolve=resolve)


@pytest.mark.parametrize("answer", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_that_leads_home_is_refused_and_reported(answer: str) -> None:
    heard: list[tuple[str, int, str]] = []

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return (PUBLIC, answer)

    async def check(rig: Rig) -> None:
        assert "403" in await rig.status(CONNECT)
        assert rig.upstream.dialled == []
        assert heard == [("api.example.com", 443, f"{answer} is not a public address")]

    run_rig(check, resolve=resolve, on_refused=lambda *what: heard.append(what))


def test_the_allow_list_is_asked_again_after_the_name_has_been_resolved() -> None:
    granted = [True, False]

    async def check(rig: Rig) -> None:
        assert "403" in await rig.status(CONNECT)
        assert rig.upstream.dialled == []

    run_rig(check, allow=lambda *_asked: granted.pop(0))


def test_a_grant_that_ends_while_the_host_is_being_reached_opens_no_tunnel() -> None:
    granted = [True, True, False]

    async def check(rig: Rig) -> None:
        assert "403" in await rig.status(CONNECT)
        assert rig.upstream.dialled == [(PUBLIC, 443)]
        assert rig.proxy.tunnels == ()

    run_rig(check, allow=lambda *_asked: granted.pop(0))


def test_the_kill_switch_cuts_what_is_open_and_refuses_what_is_new() -> None:
    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        rig.proxy.refuse_all()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        assert "403" in await rig.status(CONNECT)
        rig.proxy.resume()
        assert "200" in await rig.status(CONNECT)

    run_rig(check)


def test_a_plain_request_is_forwarded_with_its_body_and_without_our_credentials() -> None:
    async def check(rig: Rig) -> None:
        line = "POST http://api.example.com/a HTTP/1.1"
        reader, writer = await rig.request(line, body=b"body")
        answer = await reader.read()
        writer.close()
        assert answer.endswith(b"hi")
        sent = b"".join(rig.upstream.heads)
        assert sent.startswith(b"POST /a HTTP/1.1\r\nHost: api.example.com\r\n")
        assert b"authorization" not in sent.lower()

    run_rig(check, allow=lambda _view, host, port: (host, port) == ("api.example.com", 80))


def test_a_server_that_cannot_be_reached_is_a_bad_gateway() -> None:
    async def dial(address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raise ConnectionRefusedError

    async def check(rig: Rig) -> None:
        assert "502" in await rig.status(CONNECT)

    run_rig(check, dial=dial)


def test_a_huge_head_is_refused() -> None:
    async def check(rig: Rig) -> None:
        assert "431" in await rig.status(f"{CONNECT}\r\nX: {'a' * 60_000}")

    run_rig(check)


def test_a_head_that_never_ends_is_cut() -> None:
    async def check(rig: Rig) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.address.port)
        writer.write(b"CONNECT api")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()

    run_rig(check, limits=ProxyLimits(head_seconds=0.1))


def test_a_tunnel_on_which_nothing_moves_is_cut() -> None:
    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.read() == b""
        writer.close()

    run_rig(check, limits=ProxyLimits(idle_seconds=0.1))


def test_connections_over_the_limit_are_cut_at_once() -> None:
    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        assert [tunnel.host for tunnel in rig.proxy.tunnels] == ["api.example.com"]
        more, second = await rig.request(CONNECT)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await more.readexactly(1)
        second.close()
        writer.close()

    run_rig(check, limits=ProxyLimits(connections=1))


def test_a_tunnel_dies_when_what_allowed_it_is_revoked() -> None:
    granted = {("api.example.com", 443)}

    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        assert rig.proxy.cut_unwanted() == 0
        granted.clear()
        assert rig.proxy.cut_unwanted() == 1
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        assert rig.proxy.tunnels == ()
        writer.close()

    run_rig(check, allow=lambda _view, host, port: (host, port) in granted)


def test_a_host_that_a_person_stopped_is_cut_and_refused_until_it_is_allowed_again() -> None:
    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        assert rig.proxy.block("api.example.com") == 1
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        assert " 403 " in await rig.status(CONNECT)
        rig.proxy.unblock("api.example.com")
        assert " 200 " in await rig.status(CONNECT)
        writer.close()

    run_rig(check)


def test_not_a_byte_passes_once_another_thread_has_turned_the_switch() -> None:
    stopped: list[bool] = []

    async def check(rig: Rig) -> None:
        reader, writer = await rig.request(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        stopped.append(True)
        writer.write(b"more")
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        assert rig.proxy.ledger.lines()[0].sent == 0
        assert " 403 " in await rig.status(CONNECT)
        writer.close()

    run_rig(check, stopped=lambda: bool(stopped))


def test_the_names_that_one_view_waits_for_keep_no_other_waiting() -> None:
    over, looked_up = asyncio.Event(), list[str]()

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        looked_up.append(host)
        if host.startswith("slow"):
            await over.wait()
        return (PUBLIC,)

    async def check(rig: Rig) -> None:
        hosts = [f"CONNECT slow{n}.example:443 HTTP/1.1" for n in range(5)]
        hostile = [asyncio.create_task(rig.status(host, view="hostile")) for host in hosts]
        while len(looked_up) < 2:
            await asyncio.sleep(0)
        assert "200" in await rig.status(CONNECT, view="other")
        assert sorted(looked_up)[1:] == ["slow0.example", "slow1.example"]
        over.set()
        assert all("200" in status for status in await asyncio.gather(*hostile))

    run_rig(check, allow=lambda *_asked: True, resolve=resolve, limits=ProxyLimits(view_lookups=2))


def test_one_view_cannot_hold_all_connections() -> None:
    async def check(rig: Rig) -> None:
        held = [await rig.request(CONNECT, view="hostile") for _ in range(2)]
        for reader, _ in held:
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
        assert "503" in await rig.status(CONNECT, view="hostile")
        assert "200" in await rig.status(CONNECT, view="other")
        held[0][1].close()
        while len(rig.proxy.tunnels) > 2:
            await asyncio.sleep(0)
        assert "200" in await rig.status(CONNECT, view="hostile")
        held[1][1].close()

    run_rig(check, limits=ProxyLimits(view_connections=2))
