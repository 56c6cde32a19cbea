"""Where a redirect may lead: to another place on the very same server, and nowhere else. Pure.

Many servers answer at `/mcp/` and send whoever asks at `/mcp` there. A 307 or 308 says that nothing
was done yet and that the same request belongs there. It is believed when scheme, host and port are
the same: whoever answers there is who was approved and is shown what was shown here.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

SAME_REQUEST: Final = frozenset({307, 308})
_MAX: Final = 2_048
_PORTS: Final = {"http": 80, "https": 443}


def place_on_same_origin(url: str, untrusted_location: str) -> str | None:
    """The address that *untrusted_location* means when it is on the origin of *url*, else None."""
    if not 0 < len(untrusted_location) <= _MAX or not untrusted_location.isprintable():
        return None
    try:
        target = urldefrag(urljoin(url, untrusted_location)).url
        there, here = urlsplit(target), urlsplit(url)
        if there.username is not None or there.password is not None:
            return None
        return target if _origin(there) == _origin(here) and target != url else None
    except ValueError:
        return None


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
