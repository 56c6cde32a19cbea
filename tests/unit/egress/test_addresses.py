"""Which addresses a name may lead to."""

from __future__ import annotations

import pytest

from mcphost.egress.addresses import require_public
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
