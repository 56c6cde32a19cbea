"""One whole answer of a model, bounded in time and length. Loop thread; used by turns and sampling.

Law: one request is one answer, whole or not at all: what is cut off here is an error in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from mcphost.chat.model_port import AnswerEnded, ModelMessage, ModelPort, ModelTool, TextGrew
from mcphost.domain.errors import ProtocolViolation, ServerUnreachable
from mcphost.domain.text import one_line

MAX_ANSWER: Final = 400_000
"""Characters of one answer."""
DEADLINE: Final = 300.0
"""Seconds for one answer."""


async def whole_answer(
    model: ModelPort,
    system: str,
    messages: tuple[ModelMessage, ...],
    tools: tuple[ModelTool, ...] = (),
    *,
    grew: Callable[[str], None] = lambda _: None,
    max_tokens: int | None = None,
    seconds: float = DEADLINE,
) -> AnswerEnded:
    """Ask *model* and hear it out; *grew* is told of each piece of text. Raises `ServerError`."""
    length = 0
    try:
        async with (
            asyncio.timeout(seconds),
            aclosing(model.stream(system, messages, tools, max_tokens=max_tokens)) as events,
        ):
            async for event in events:
                match event:
                    case TextGrew(text=text):
                        length += len(text)
                        grew(text)
                    case AnswerEnded():
                        return event
                if length > MAX_ANSWER:
                    raise ProtocolViolation(
                        f"the model's answer was cut off after {MAX_ANSWER} characters"
                    )
    except TimeoutError as error:
        raise ServerUnreachable(
            f"the model {one_line(model.name, limit=80)} at {model.destination} "
            f"did not finish its answer within {seconds:g} s"
        ) from error
    raise ProtocolViolation("the model's answer had no end")
