"""The model port over `pydantic-ai`'s direct API: Anthropic and any OpenAI-compatible endpoint.

Law: (1) the SDK is imported when a model is first used, not at start (it is slow to load).
(2) The key comes from the keyring for this one client and is never logged. (3) The SDK's own
tracing and environment variables are not used: base URL and key are always passed.

Loop thread.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from mcphost.chat.model_port import (
    AnswerEnded,
    FromModel,
    FromTool,
    FromUser,
    ModelEvent,
    ModelMessage,
    ModelPort,
    ModelTool,
    TextGrew,
    ToolCallAsked,
)
from mcphost.domain.errors import NotConfigured, ServerUnreachable
from mcphost.domain.summaries import ModelSettings
from mcphost.domain.text import one_line

if TYPE_CHECKING:
    from pydantic_ai import messages as wire
    from pydantic_ai.models import Model, ModelRequestParameters

ANTHROPIC_URL = "https://api.anthropic.com"
MAX_OUTPUT_TOKENS = 8_192


def make_model(settings: ModelSettings, key: str | None) -> ModelPort | None:
    """The configured model, or None in direct mode. Raises `NotConfigured` when half configured."""
    match settings.provider:
        case "none" | "":
            return None
        case "anthropic" | "openai-compatible" if not settings.model:
            raise NotConfigured("no model name is set: see Settings → Model")
        case "anthropic":
            if not key:
                raise NotConfigured("no API key is set for Anthropic: see Settings → Model")
            return PydanticModel(settings, key, settings.base_url or ANTHROPIC_URL)
        case "openai-compatible":
            if not settings.base_url:
                raise NotConfigured("no base URL is set: see Settings → Model")
            return PydanticModel(settings, key or "none", settings.base_url)
        case other:
            raise NotConfigured(f"unknown model provider {one_line(other, limit=40)}")


class PydanticModel:
    """One model behind `pydantic-ai`."""

    def __init__(self, settings: ModelSettings, key: str, url: str) -> None:
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
        self, system: str, messages: tuple[ModelMessage, ...], tools: tuple[ModelTool, ...]
    ) -> AsyncIterator[ModelEvent]:
        """Ask, yielding text as it comes and the whole answer at the end."""
        from pydantic_ai import direct
        from pydantic_ai.exceptions import AgentRunError, UserError
        from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta

        try:
            async with direct.model_request_stream(
                self._client(),
                _to_wire(system, messages),
                model_settings={"max_tokens": MAX_OUTPUT_TOKENS},
                model_request_parameters=_parameters(tools),
                instrument=False,
            ) as stream:
                async for event in stream:
                    match event:
                        case PartStartEvent(part=TextPart(content=text)) if text:
                            yield TextGrew(text=text)
                        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                            yield TextGrew(text=text)
                        case _:
                            continue
                yield _ended(stream.get())
        except (AgentRunError, UserError, OSError, ValueError) as error:
            raise ServerUnreachable(
                f"the model {self.name} at {self._url} did not answer: "
                f"{one_line(str(error), limit=300)}"
            ) from error

    def _client(self) -> Model:
        if self._model is None:
            if self._settings.provider == "anthropic":
                from pydantic_ai.models.anthropic import AnthropicModel
                from pydantic_ai.providers.anthropic import AnthropicProvider

                provider = AnthropicProvider(api_key=self._key, base_url=self._url)
                self._model = AnthropicModel(self.name, provider=provider)
            else:
                from pydantic_ai.models.openai import OpenAIChatModel
                from pydantic_ai.providers.openai import OpenAIProvider

                compatible = OpenAIProvider(base_url=self._url, api_key=self._key)
                self._model = OpenAIChatModel(self.name, provider=compatible)
        return self._model


def _parameters(tools: tuple[ModelTool, ...]) -> ModelRequestParameters:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.tools import ToolDefinition

    return ModelRequestParameters(
        function_tools=[
            ToolDefinition(
                name=tool.name,
                description=tool.description,
                parameters_json_schema=dict(tool.parameters),
            )
            for tool in tools
        ],
        allow_text_output=True,
    )


def _to_wire(system: str, messages: tuple[ModelMessage, ...]) -> list[wire.ModelMessage]:
    from pydantic_ai import messages as wire

    made: list[wire.ModelMessage] = []
    instructions = wire.SystemPromptPart(content=system)
    pending: list[wire.ModelRequestPart] = [instructions]
    for message in messages:
        match message:
            case FromUser(text=text):
                pending.append(wire.UserPromptPart(content=text))
            case FromTool(call_id=call_id, name=name, text=text):
                pending.append(
                    wire.ToolReturnPart(tool_name=name, content=text, tool_call_id=call_id)
                )
            case FromModel():
                made.append(wire.ModelRequest(parts=pending))
                pending = []
                made.append(_response(message))
    made.append(wire.ModelRequest(parts=pending))
    return made


def _response(message: FromModel) -> wire.ModelResponse:
    from pydantic_ai import messages as wire

    parts: list[wire.ModelResponsePart] = []
    if message.text:
        parts.append(wire.TextPart(content=message.text))
    parts.extend(
        wire.ToolCallPart(
            tool_name=call.name, args=call.untrusted_arguments, tool_call_id=call.call_id
        )
        for call in message.calls
    )
    return wire.ModelResponse(parts=parts)


def _ended(response: wire.ModelResponse) -> AnswerEnded:
    from pydantic_ai import messages as wire

    text: list[str] = []
    calls: list[ToolCallAsked] = []
    for part in response.parts:
        match part:
            case wire.TextPart(content=content):
                text.append(content)
            case wire.ToolCallPart():
                calls.append(
                    ToolCallAsked(
                        call_id=part.tool_call_id,
                        name=part.tool_name,
                        untrusted_arguments=_arguments(part.args),
                    )
                )
            case _:
                continue
    return AnswerEnded(
        answer=FromModel(text="".join(text), calls=tuple(calls)),
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
    )


def _arguments(args: object) -> str:
    if args is None:
        return "{}"
    return args if isinstance(args, str) else json.dumps(args)
