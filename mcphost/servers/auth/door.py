"""The second door to HTTP: one bounded request to an authorization server, nothing remembered.

Law: (1) the connection goes to the very address that was checked, while TLS and `Host` keep the
name; (2) no redirects, no cookies, no proxies, no settings of the environment, identity encoding;
(3) bytes and time are bounded, and no connection is kept. Only `servers.auth.fetch` comes here.
Loop thread.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from mcphost.domain.errors import ServerUnreachable
from mcphost.domain.text import one_line

MAX_BODY: Final = 256 * 1024
SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. *headers* and *body* may hold secrets: they are never shown."""

    verb: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back. *body* is untrusted and may hold secrets."""

    status: int
    media: str
    nonce: str | None
    body: bytes = field(repr=False)


async def ask(asked: Asked, address: str, *, user_agent: str) -> Answered:
    """Send *asked* to *address*, which its host was found to be. Raises `ServerUnreachable`, and
    `OSError` when nobody is there, so that another address may be tried.
    """
    origin = _origin(asked.url)
    try:
        async with asyncio.timeout(SECONDS), _client() as client:
            request = client.build_request(
                asked.verb,
                _pinned(asked.url, address),
                content=asked.body or None,
                headers=[*_fixed(asked.url, user_agent), *asked.headers],
                extensions={"sni_hostname": urlsplit(asked.url).hostname},
            )
            response = await client.send(request, stream=True)
            try:
                return await _read(response, origin)
            finally:
                await response.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        if "CERTIFICATE" in str(error):
            raise ServerUnreachable(
                f"the certificate of {origin} is not trusted. Nothing was sent."
            ) from error
        raise OSError("nobody is there") from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ServerUnreachable(
            f"the connection to {origin} broke ({type(error).__name__}). Try again."
        ) from error
    except TimeoutError as error:
        raise ServerUnreachable(
            f"{origin} did not answer within {SECONDS:g} seconds. Try again."
        ) from error


async def _read(response: httpx.Response, origin: str) -> Answered:
    if 300 <= response.status_code < 400:
        raise ServerUnreachable(
            f"{origin} redirects (HTTP {response.status_code}), and nothing that has to do with "
            "signing in follows redirects. Report it to whoever runs it."
        )
    if response.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise ServerUnreachable(f"{origin} compressed its answer, although it was not to.")
    parts: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > MAX_BODY:
            raise ServerUnreachable(f"{origin} answered with more than {MAX_BODY} bytes.")
        parts.append(chunk)
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Answered(
        status=response.status_code,
        media=one_line(media, limit=60),
        nonce=response.headers.get("dpop-nonce"),
        body=b"".join(parts),
    )


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=_trust(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(SECONDS, connect=CONNECT_SECONDS),
    )


def _fixed(url: str, user_agent: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Host", urlsplit(url).netloc),
        ("User-Agent", user_agent),
        ("Accept", "application/json"),
        ("Accept-Encoding", "identity"),
    )


def _pinned(url: str, address: str) -> str:
    """*url* with the address in the place of its host."""
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}").geturl()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return one_line(f"{parts.scheme}://{parts.netloc}")


@functools.cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
