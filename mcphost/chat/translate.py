"""The host's words for a conversation with a model, in the SDK's words, and back. Pure.

Imports the SDK: like `mcphost.chat.wire`, only imported when a model is first used.
"""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager

from pydantic_ai import direct
from pydantic_ai import messages as wire
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.tools import ToolDefinition

from mcphost.chat.model_port import (
    AnswerEnded,
    FromModel,
    FromTool,
    FromUser,
    ModelMessage,
    ModelTool,
    ToolCallAsked,
)
from mcphost.domain.errors import ProtocolViolation
from mcphost.protocol.jsonrpc import parse_json

MAX_OUTPUT_TOKENS = 8_192


def open_stream(
    model: Model,
    system: str,
    messages: tuple[ModelMessage, ...],
    tools: tuple[ModelTool, ...],
    max_tokens: int | None = None,
) -> AbstractAsyncContextManager[StreamedResponse]:
    """One streamed request."""
    return direct.model_request_stream(
        model,
        _to_wire(system, messages),
        model_settings={"max_tokens": min(max_tokens or MAX_OUTPUT_TOKENS, MAX_OUTPUT_TOKENS)},
        model_request_parameters=_parameters(tools),
        instrument=False,
    )


def new_text(event: object) -> str:
    """What *event* of a stream adds to the text of the answer."""
    match event:
        case wire.PartStartEvent(part=wire.TextPart(content=text)):
            return text
        case wire.PartDeltaEvent(delta=wire.TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""


def ended(response: wire.ModelResponse) -> AnswerEnded:
    """The whole answer. Raises `ProtocolViolation` when it never said that it was finished: half a
    tool call must not run.
    """
    if response.finish_reason is None or response.state != "complete":
        raise ProtocolViolation("the answer ended before it was finished")
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
        cut_off=response.finish_reason == "length",
    )


def _parameters(tools: tuple[ModelTool, ...]) -> ModelRequestParameters:
    return ModelRequestParameters(
        function_tools=[
            ToolDefinition(
                name=tool.name,
                description=tool.description,
                parameters_json_schema=dict(tool.parameters),
                strict=False,  # else the SDK rewrites the server's schema
            )
            for tool in tools
        ],
        allow_text_output=True,
    )


def _to_wire(system: str, messages: tuple[ModelMessage, ...]) -> list[wire.ModelMessage]:
    made: list[wire.ModelMessage] = []
    pending: list[wire.ModelRequestPart] = []
    if system:
        pending.append(wire.SystemPromptPart(content=system))
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
    parts: list[wire.ModelResponsePart] = []
    if message.text:
        parts.append(wire.TextPart(content=message.text))
    parts.extend(
        wire.ToolCallPart(
            tool_name=call.name,
            args=_replayed(call.untrusted_arguments),
            tool_call_id=call.call_id,
        )
        for call in message.calls
    )
    return wire.ModelResponse(parts=parts)


def _replayed(untrusted_arguments: str) -> str:
    """Arguments as they may be sent back: some APIs take objects only, and fail on anything else.
    What was wrong with them is in the call's result.
    """
    try:
        value = parse_json(untrusted_arguments)
    except ProtocolViolation:
        return "{}"
    return untrusted_arguments if isinstance(value, dict) else "{}"


def _arguments(args: object) -> str:
    if args is None:
        return "{}"
    return args if isinstance(args, str) else json.dumps(args)
