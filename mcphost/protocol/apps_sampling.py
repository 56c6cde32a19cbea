"""`sampling/createMessage` of a View (Apps extension, draft; MCP 2025-11-25): parse and build.

Law: (1) text only, of bounded length; what this host does not do (tools, pictures, sound) is
refused with the reason, never left out silently; (2) which model answers, how warm and with what
context is the host's to say: `modelPreferences`, `temperature`, `stopSequences`, `metadata` and
`includeContext` of a View change nothing; (3) what hides is spelled out here, so that the model is
told what the person was shown. Pure; used by `apps` and `mcphost.views.sampling`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mcphost.domain.errors import ViewProtocolError
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.sampling import SampleAsked, Sampled, SampleTurn
from mcphost.domain.text import visible
from mcphost.protocol.jsonrpc import INVALID_PARAMS, MessageId

METHOD: Final = "sampling/createMessage"
MAX_TEXT: Final = 64_000
"""Characters of the system prompt and all messages together."""
MAX_TOKEN: Final = 256
"""Characters of a progress token: it is said again with every sign of life."""
MAX_TURNS: Final = 64
MAX_TOKENS: Final = 4_096
"""The longest answer an App may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMessage:
    """`sampling/createMessage` by a View. *progress_token* is the View's own."""

    id: MessageId
    asked: SampleAsked
    progress_token: MessageId | None


def parse_create_message(id: MessageId, untrusted_params: JsonObject) -> CreateMessage:
    """Raises `ViewProtocolError` with what is wrong."""
    params = untrusted_params
    for name in ("tools", "toolChoice"):
        if params.get(name):
            raise _refused(f"`{name}` is not taken: this host gives a sampled model no tools")
    system = params.get("systemPrompt", "")
    if not isinstance(system, str):
        raise _refused("`systemPrompt` must be text")
    untrusted = params.get("messages")
    if not isinstance(untrusted, Sequence) or isinstance(untrusted, str) or not untrusted:
        raise _refused("`messages` must be a list of one or more")
    if len(untrusted) > MAX_TURNS:
        raise _refused(f"more than {MAX_TURNS} messages")
    system = visible(system, limit=MAX_TEXT)
    turns = tuple(_turn(each) for each in untrusted)
    if len(system) + sum(len(turn.text) for turn in turns) > MAX_TEXT:
        raise _refused(f"more than {MAX_TEXT} characters")
    if turns[0].by_model or turns[-1].by_model:
        raise _refused("the first and the last message must be of the role `user`")
    most = params.get("maxTokens")
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise _refused("`maxTokens` must be a whole number of 1 or more")
    return CreateMessage(
        id=id,
        asked=SampleAsked(system=system, turns=turns, max_tokens=min(most, MAX_TOKENS)),
        progress_token=progress_token(params.get("_meta")),
    )


def progress_token(untrusted_meta: Json) -> MessageId | None:
    """By what a View wants to hear that its request is alive; None where it cannot be that."""
    token = untrusted_meta.get("progressToken") if isinstance(untrusted_meta, Mapping) else None
    if isinstance(token, bool) or (isinstance(token, str) and len(token) > MAX_TOKEN):
        return None
    return token if isinstance(token, int | str) else None


def sampling_params(asked: SampleAsked, *, model: str, destination: str) -> JsonObject:
    """What is decided on and shown: everything that the model is told, and which model it is."""
    return {
        "model": model,
        "destination": destination,
        "maxTokens": asked.max_tokens,
        "systemPrompt": asked.system,
        "messages": [{"role": _role(turn), "text": turn.text} for turn in asked.turns],
    }


def sampling_result(sampled: Sampled, *, model: str) -> JsonObject:
    """`CreateMessageResult`."""
    return {
        "role": "assistant",
        "content": {"type": "text", "text": sampled.text},
        "model": model,
        "stopReason": "maxTokens" if sampled.cut_off else "endTurn",
    }


def _turn(untrusted: Json) -> SampleTurn:
    if not isinstance(untrusted, Mapping):
        raise _refused("a message that is not an object")
    role = untrusted.get("role")
    if role not in ("user", "assistant"):
        raise _refused("a message whose `role` is neither `user` nor `assistant`")
    content = untrusted.get("content")
    one = isinstance(content, Mapping)
    if not one and (not isinstance(content, Sequence) or isinstance(content, str)):
        raise _refused("a message without `content`")
    blocks: Sequence[Json] = [content] if one else content
    text = visible("\n".join(map(_text, blocks)), limit=MAX_TEXT)
    return SampleTurn(by_model=role == "assistant", text=text)


def _text(untrusted_block: Json) -> str:
    kind = untrusted_block.get("type") if isinstance(untrusted_block, Mapping) else None
    text = untrusted_block.get("text") if isinstance(untrusted_block, Mapping) else None
    if kind != "text" or not isinstance(text, str):
        raise _refused("content other than text: this host passes only text to a model")
    return text


def _role(turn: SampleTurn) -> str:
    return "assistant" if turn.by_model else "user"


def _refused(why: str) -> ViewProtocolError:
    return ViewProtocolError(f"{METHOD}: {why}", code=INVALID_PARAMS)
