"""Where a name may lead: public addresses only, whatever the DNS says.

Law: one private, loopback, link-local or otherwise special answer refuses the whole name, so that
a rebinding name cannot be tried until the right answer comes first; the connection goes to the
very address that was checked. Loop thread.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver: TypeAlias = Callable[[str, int], Awaitable[tuple[str, ...]]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFF_FFFF


async def resolve_by_system(host: str, port: int) -> tuple[str, ...]:
    """All addresses of *host* by the system's resolver. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def require_public(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """*addresses* unchanged. Raises `ValueError` naming the first that is not public."""
    if not addresses:
        raise ValueError("the name has no address")
    for text in addresses:
        if not is_public(text):
            raise ValueError(f"{text} is not a public address")
    return addresses


def is_public(text: str) -> bool:
    """Whether *text* is an address of the public internet, also when IPv4 is wrapped in IPv6."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(part.is_global and not part.is_multicast for part in (address, *_wrapped(address)))


def _wrapped(address: Address) -> tuple[Address, ...]:
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    parts: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    parts.extend(address.teredo or ())
    if address in _NAT64:
        parts.append(ipaddress.IPv4Address(int(address) & _LOW_32_BITS))
    return tuple(part for part in parts if part is not None)
