"""The one door to a language model's HTTP side: what leaves is what the host means, and no more.

Law: (1) a request goes to the configured address or nowhere: no redirect is followed; proxies,
netrc, certificates and the SDK's own variables in the environment are not used. (2) Only the
headers named here leave; the key is put into its one header here, last. (3) Nothing is ever sent
twice, no connection is kept. (4) An answer is bounded. (5) The SDKs do not trace and do not log.

Imports the SDKs, which takes seconds: imported by `mcphost.chat.adapters` in a worker thread, when
a model is first used. What it makes is used on the loop thread.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx2
from anthropic import AsyncAnthropic
from anthropic._constants import ANTHROPIC_API_VERSION  # pyright: ignore[reportPrivateUsage]
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from mcphost import __version__

MAX_ANSWER_BYTES = 16 * 1024 * 1024
TIMEOUT = httpx2.Timeout(connect=10.0, read=120.0, write=60.0, pool=10.0)
"""Seconds; `read` is the longest silence in an answer."""
_OPENAI_HOST = "api.openai.com"
_PASSED_ON = frozenset({"content-length"})
_NO_KEY = "none"
"""The SDK wants one; without a key no header is sent."""


class AnswerTooLong(Exception):
    """The answer exceeded `MAX_ANSWER_BYTES`."""


class SentElsewhere(Exception):
    """A request was about to go to another address than the configured one."""


def make_client(provider: str, name: str, url: str, key: str | None) -> Model:
    """The SDK's model *name* of *provider* at *url*."""
    _silence()
    match provider:
        case "anthropic":
            # The SDK reads answers of exactly this version; the environment could name another.
            own = {"anthropic-version": ANTHROPIC_API_VERSION, **_bearer(key)}
            anthropic = AsyncAnthropic(
                api_key=_NO_KEY,
                base_url=url,
                max_retries=0,
                http_client=_http(url, own),
                open_telemetry={"traces": False, "propagation": False},
            )
            return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=anthropic))
        case _:
            client = AsyncOpenAI(
                api_key=_NO_KEY, base_url=url, max_retries=0, http_client=_http(url, _bearer(key))
            )
            # WORKAROUND(openai 3.54): it starts `uname -p`; test_adapters.py; re-check on upgrade
            client._platform = "Unknown"  # pyright: ignore[reportPrivateUsage]
            return OpenAIChatModel(
                name,
                provider=_openai_provider(client),
                profile=OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True),
            )


def _bearer(key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"} if key else {}


def _openai_provider(client: AsyncOpenAI) -> OpenAIProvider | OpenAICompatibleProvider:
    """OpenAI's own service knows parameters that others refuse."""
    if client.base_url.host == _OPENAI_HOST:
        return OpenAIProvider(openai_client=client)
    return OpenAICompatibleProvider("openai-compatible", openai_client=client)


def _http(url: str, own: dict[str, str]) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=_Strict(httpx2.URL(url), own),
        timeout=TIMEOUT,
        trust_env=False,
        follow_redirects=False,
    )


class _Strict(httpx2.AsyncBaseTransport):
    """The last hand on every request, after the SDK and whatever it read from its surroundings."""

    def __init__(self, base: httpx2.URL, own: dict[str, str]) -> None:
        self._base = base
        self._own = {
            "accept": "text/event-stream, application/json",
            "accept-encoding": "identity",
            "connection": "close",
            "content-type": "application/json",
            "host": base.netloc.decode("ascii"),
            "user-agent": f"mcphost/{__version__}",
            **own,
        }
        self._wire = httpx2.AsyncHTTPTransport(
            trust_env=False, retries=0, limits=httpx2.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send *request*, cleaned."""
        if _origin(request.url) != _origin(self._base):
            raise SentElsewhere
        kept = {name: value for name, value in request.headers.items() if name in _PASSED_ON}
        request.headers = httpx2.Headers({**kept, **self._own})
        response = await self._wire.handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._wire.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error when it is too long."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER_BYTES
        async for data in self._body:
            left -= len(data)
            if left < 0:
                raise AnswerTooLong
            yield data

    async def aclose(self) -> None:
        await self._body.aclose()


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)


def _silence() -> None:
    """`OPENAI_LOG` and `ANTHROPIC_LOG` would write whole requests to the standard error stream."""
    for name in ("openai", "anthropic", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
