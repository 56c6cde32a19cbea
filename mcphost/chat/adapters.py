"""The model port over `pydantic-ai`'s direct API: Anthropic and any OpenAI-compatible endpoint.

Law: (1) the SDK is loaded when a model is first used, in a worker thread: it takes seconds. (2) The
key comes from the keyring for this one client, goes into one header (`mcphost.chat.wire`) and
nowhere else. (3) One request is one request: the SDK resends nothing. (4) Whatever goes wrong is
one `ServerError` in words (`mcphost.chat.faults`).

Loop thread.
"""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcphost.chat.faults import fault
from mcphost.chat.model_port import (
    ModelEvent,
    ModelMessage,
    ModelPort,
    ModelTool,
    TextGrew,
)
from mcphost.domain.errors import NotConfigured
from mcphost.domain.summaries import ModelSettings
from mcphost.domain.text import one_line

if TYPE_CHECKING:
    from pydantic_ai.models import Model

ANTHROPIC_URL = "https://api.anthropic.com"
_WHERE = "see Settings → Model"


def make_model(settings: ModelSettings, key: str | None) -> ModelPort | None:
    """The configured model, or None in direct mode. Raises `NotConfigured` when half configured."""
    match settings.provider:
        case "none" | "":
            return None
        case "anthropic" | "openai-compatible" if not settings.model:
            raise NotConfigured(f"no model name is set: {_WHERE}")
        case "anthropic" if not key:
            raise NotConfigured(f"no API key is set for Anthropic: {_WHERE}")
        case "anthropic" | "openai-compatible":
            return PydanticModel(settings, key, _checked(destination(settings), key))
        case other:
            raise NotConfigured(f"unknown model provider {one_line(other, limit=40)}")


def destination(settings: ModelSettings) -> str:
    """The base URL that *settings* mean; empty in direct mode."""
    match settings.provider:
        case "anthropic":
            return settings.base_url or ANTHROPIC_URL
        case "openai-compatible":
            return settings.base_url
        case _:
            return ""


def _checked(url: str, key: str | None) -> str:
    """A base URL that may be shown, logged and sent a key. Raises `NotConfigured`."""
    if not url:
        raise NotConfigured(f"no base URL is set: {_WHERE}")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise NotConfigured(f"the base URL cannot be read: {_WHERE}") from error
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        raise NotConfigured(f"the base URL must be an http or https address: {_WHERE}")
    if parts.username is not None or parts.query or parts.fragment:
        raise NotConfigured(
            f"the base URL must not carry a password, a query or a fragment: {_WHERE}"
        )
    if parts.scheme == "http" and key and not _loopback(host):
        raise NotConfigured(f"an API key is only sent over https, or on this computer: {_WHERE}")
    return url


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class PydanticModel:
    """One model behind `pydantic-ai`."""

    def __init__(self, settings: ModelSettings, key: str | None, url: str) -> None:
        self._settings = settings
        self._key = key
        self._url = url
        self._model: Model | None = None

    @property
    def name(self) -> str:
        """The configured model name."""
        return self._settings.model

    @property
    def destination(self) -> str:
        """The base URL."""
        return self._url

    async def stream(
        self,
        system: str,
        messages: tuple[ModelMessage, ...],
        tools: tuple[ModelTool, ...],
        *,
        max_tokens: int | None = None,
    ) -> AsyncGenerator[ModelEvent, None]:
        """Ask, yielding text as it comes and the whole answer at the end."""
        if self._model is None:
            self._model = await asyncio.to_thread(self._load)
        from mcphost.chat import translate

        try:
            async with translate.open_stream(
                self._model, system, messages, tools, max_tokens
            ) as stream:
                async for event in stream:
                    if text := translate.new_text(event):
                        yield TextGrew(text=text)
                yield translate.ended(stream.get())
        except Exception as error:  # noqa: BLE001
            # SDK, HTTP and parser errors have no common root. Theirs is cut off: its text and its
            # request may hold the key, and a traceback would show them.
            raise fault(error, name=self.name, url=self._url, key=self._key) from None

    def _load(self) -> Model:
        from mcphost.chat.wire import make_client

        importlib.import_module("mcphost.chat.translate")
        settings = self._settings
        return make_client(settings.provider, settings.model, self._url, self._key)
