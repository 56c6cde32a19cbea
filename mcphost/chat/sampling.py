"""The configured model as Apps may ask it: with their own words and nothing else.

Law: no conversation, no tools, no system text of ours; what is asked is what was decided on. Loop
thread; implements `domain.sampling.SamplingModel`.
"""

from __future__ import annotations

from typing import Final

from mcphost.chat.listen import whole_answer
from mcphost.chat.model_port import FromModel, FromUser, ModelPort
from mcphost.domain.sampling import SampleAsked, Sampled

SECONDS: Final = 120.0


class Sampler:
    """One model, for Apps."""

    def __init__(self, model: ModelPort) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def destination(self) -> str:
        """Where requests go (URL)."""
        return self._model.destination

    async def sample(self, asked: SampleAsked) -> Sampled:
        """Ask it, once. Raises `ServerError`. A tool call that it makes up anyway is dropped."""
        messages = tuple(
            FromModel(text=turn.text) if turn.by_model else FromUser(text=turn.text)
            for turn in asked.turns
        )
        ended = await whole_answer(
            self._model, asked.system, messages, max_tokens=asked.max_tokens, seconds=SECONDS
        )
        return Sampled(
            text=ended.answer.text,
            cut_off=ended.cut_off,
            input_tokens=ended.input_tokens,
            output_tokens=ended.output_tokens,
        )
