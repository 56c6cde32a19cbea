"""Which addresses a name may lead to."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from mcphost.egress.addresses import MOST_LOOKUPS, require_public, resolve_by_system
from mcphost.policy.addresses import is_public


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1",
        "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "192.0.0.8", "192.0.0.192", "192.88.99.1", "168.63.129.16", "100.100.100.200", "240.0.0.1",
        "::7f00:1", "::5db8:d822", "fec0::1", "::ffff:0:7f00:1", "64:ff9b:1::a00:1", "3fff::1",
        "5f00::1", "100::1", "100:0:0:1::1", "2001:0:5db8:d822::", "2001:20::1", "ff0e::1",
        "fe80::1%1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1", "example.com", "",
    ],
)  # fmt: skip
def test_special_addresses_are_not_public_however_they_are_wrapped(address: str) -> None:
    assert not is_public(address)


def test_one_private_answer_refuses_the_whole_name() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1"):
        require_public(("93.184.216.34", "10.0.0.1"))


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError):
        require_public(())


def _name_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    over = threading.Event()

    def wait(*_asked: object, **_more: object) -> list[object]:
        over.wait(10)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    return over


def test_names_that_nobody_answers_for_hold_up_no_other_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = _name_server_that_hangs(monkeypatch)

    async def scene() -> None:
        asked = [asyncio.create_task(resolve_by_system(f"n{n}.example", 443)) for n in range(50)]
        await asyncio.sleep(0)
        try:
            assert await asyncio.wait_for(asyncio.to_thread(lambda: "done"), 5) == "done"
        finally:
            over.set()
            failed = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(error) for error in failed} == {socket.gaierror}

    asyncio.run(scene())


def test_names_beyond_what_is_looked_up_at_once_are_refused_until_one_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = _name_server_that_hangs(monkeypatch)

    async def scene() -> None:
        asked = [asyncio.create_task(resolve_by_system("n", 443)) for _ in range(MOST_LOOKUPS)]
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="too many"):
            await resolve_by_system("one.more.example", 443)
        over.set()
        await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(socket.gaierror):
            await resolve_by_system("one.more.example", 443)

    asyncio.run(scene())


@pytest.mark.parametrize("name", ["a" * 64 + ".example.com", "a..example.com"])
def test_what_is_no_name_is_refused_at_once_and_takes_no_lookup_from_others(name: str) -> None:
    """Below a granted wildcard, an App chooses the name."""

    async def scene() -> None:
        for _ in range(MOST_LOOKUPS + 1):
            with pytest.raises(UnicodeError):
                await asyncio.wait_for(resolve_by_system(name, 443), 5)

    asyncio.run(scene())
    test_the_system_says_where_a_name_leads()


def test_a_lookup_that_nobody_waits_for_any_more_ends_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = _name_server_that_hangs(monkeypatch)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(resolve_by_system("n.example", 443), 0.05))
    over.set()


def test_the_system_says_where_a_name_leads() -> None:
    assert asyncio.run(resolve_by_system("127.0.0.1", 443)) == ("127.0.0.1",)
