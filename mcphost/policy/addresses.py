"""Where an address is: on the public internet, in this house, on this computer, or nowhere fit.

Law: pure; what `ipaddress` does not call global, and what wraps anything else than a global address
in IPv6, is never taken for public; link-local, multicast, reserved and unspecified addresses are
never fit for anything.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Final, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOWHERE: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # for protocols; Oracle's metadata service is there
        "192.88.99.0/24",  # relays to 6to4
        "168.63.129.16/32",  # Azure's own services, inside every machine of theirs
        "::/96",  # IPv4 in the oldest wrapping
        "::ffff:0:0:0/96",  # IPv4 as a translator in this house writes it
        "64:ff9b:1::/48",  # IPv4 behind a translator in this house
        "100::/32",  # thrown away, and never used
        "2001::/23",  # for protocols, Teredo among them
        "3fff::/20",  # for documents
        "5f00::/16",  # hops inside one network
        "fec0::/10",  # this site, as it was once written
    )
)
"""Special, though one `ipaddress` or another since Python 3.11 calls them global."""
_LOW_32_BITS = 0xFFFF_FFFF
_PRIVATE: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class Reach(StrEnum):
    """How far away an address is."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"
    UNFIT = "unfit"


def reach_of(text: str) -> Reach:
    """Where *text* is; UNFIT when it is no address at all."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return Reach.UNFIT
    if _wrapped(address):
        return Reach.PUBLIC if _is_public(address) else Reach.UNFIT
    if address.is_loopback:
        return Reach.LOOPBACK
    if any(address in network for network in _PRIVATE):
        return Reach.PRIVATE
    return Reach.PUBLIC if _is_public(address) else Reach.UNFIT


def is_public(text: str) -> bool:
    """Whether *text* is an address of the public internet, also when IPv4 is wrapped in IPv6."""
    return reach_of(text) is Reach.PUBLIC


def _is_public(address: Address) -> bool:
    return all(
        part.is_global and not part.is_multicast and not any(part in each for each in _NOWHERE)
        for part in (address, *_wrapped(address))
    )


def _wrapped(address: Address) -> tuple[Address, ...]:
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    parts: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    parts.extend(address.teredo or ())
    if address in _NAT64:
        parts.append(ipaddress.IPv4Address(int(address) & _LOW_32_BITS))
    return tuple(part for part in parts if part is not None)
