"""What one View asks the model (`sampling/createMessage`), down the one path.

Law: (1) the model is told the View's own messages and nothing else, and its answer goes to the View
and to nobody else; (2) one at a time, at most `BURST` at once and one in `EVERY` seconds for ever,
and never more than `MAX_TOKENS` in and out for the whole life of the View; whatever is over is
refused before anybody is asked; (3) without a model this host does not speak the method. Loop
thread; owned by `ViewRequests`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from mcphost.domain.errors import UserFacingError, ViewProtocolError
from mcphost.domain.json import JsonObject
from mcphost.domain.sampling import SampleAsked
from mcphost.gate.path import Effect
from mcphost.policy.bucket import Bucket
from mcphost.protocol.apps_sampling import sampling_params, sampling_result
from mcphost.protocol.jsonrpc import METHOD_NOT_FOUND
from mcphost.views.opening import ViewWorld

BURST: Final = 5
EVERY: Final = 15.0
MAX_TOKENS: Final = 100_000
Perform: TypeAlias = Callable[[JsonObject, Effect], Awaitable[JsonObject]]


class ViewSampling:
    """The questions of one View to the model, and what they have cost."""

    def __init__(self, world: ViewWorld) -> None:
        self._world = world
        self._pace = Bucket(burst=BURST, per_second=1 / EVERY)
        self._spent = 0
        self._busy = False

    async def ask(self, asked: SampleAsked, perform: Perform) -> JsonObject:
        """The `CreateMessageResult`. *perform* walks the path with what is decided on, as the View.
        Raises what the path raises, `UserFacingError` and `ViewProtocolError`.
        """
        model = self._world.model()
        if model is None:
            raise ViewProtocolError("Method not found: no model is here", code=METHOD_NOT_FOUND)
        self._admit(asked)
        self._busy = True
        try:

            async def effect() -> JsonObject:
                self._spent += asked.max_tokens  # in case it is never told
                sampled = await model.sample(asked)
                self._spent += sampled.input_tokens + sampled.output_tokens - asked.max_tokens
                return sampling_result(sampled, model=model.name)

            params = sampling_params(asked, model=model.name, destination=model.destination)
            return await perform(params, effect)
        finally:
            self._busy = False

    def _admit(self, asked: SampleAsked) -> None:
        if self._busy:
            raise UserFacingError("one question to the model at a time; wait for its answer")
        if self._spent + asked.max_tokens > MAX_TOKENS:
            raise UserFacingError(
                f"this App has used up the {MAX_TOKENS} tokens that it may have of the model"
            )
        if not self._pace.take(self._world.clock()):
            raise UserFacingError(f"too fast: the model is asked once in {EVERY:g} seconds")
