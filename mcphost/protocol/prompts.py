"""Prompts: their listing, and what one came to.

Law: (1) a prompt that breaks the rules is refused whole, with the reason; (2) the messages are the
server's words: sanitised, bounded, and a block of an unknown kind is named, never an error; (3) a
resource that came along stays apart from the text, so that it can be shown and kept as data. Pure.
"""

from __future__ import annotations

from typing import Final

from mcphost.domain.errors import ProtocolViolation
from mcphost.domain.ids import ServerKey
from mcphost.domain.json import Json, JsonObject
from mcphost.domain.offers import Prompt, PromptArgument, PromptMessage, PromptText
from mcphost.domain.text import one_line, visible
from mcphost.protocol import offer_fields as fields_of
from mcphost.protocol.content import block_text
from mcphost.protocol.resources import parse_part

MAX_ARGUMENTS: Final = 50
MAX_MESSAGES: Final = 200
MAX_TEXT: Final = 100_000
"""Characters of one prompt, over all of its messages."""
_ROLES: Final = ("user", "assistant")


def parse_prompt(server: ServerKey, untrusted: Json) -> Prompt:
    """One entry of `prompts/list`. Raises `ProtocolViolation` with the reason."""
    found = fields_of.entry(untrusted, "a prompt")
    name = fields_of.exact_name(found, "a prompt")
    shown = one_line(name)
    listed = fields_of.items(found.get("arguments") or (), f"the arguments of {shown}")
    if len(listed) > MAX_ARGUMENTS:
        raise ProtocolViolation(f"{shown} takes more than {MAX_ARGUMENTS} arguments")
    arguments = tuple(_argument(each, shown) for each in listed)
    if len({argument.name for argument in arguments}) != len(arguments):
        raise ProtocolViolation(f"{shown} has two arguments of one name")
    return Prompt(
        server=server,
        name=name,
        title=fields_of.display_name(found, name),
        description=fields_of.description(found),
        arguments=arguments,
    )


def parse_prompt_result(server: ServerKey, name: str, result: JsonObject) -> PromptText:
    """A result of `prompts/get`. Raises `ProtocolViolation` when it is none."""
    listed = fields_of.items(result.get("messages"), "the messages of a prompt")
    if len(listed) > MAX_MESSAGES:
        raise ProtocolViolation(f"a prompt of more than {MAX_MESSAGES} messages")
    blocks = [_block(each) for each in listed]
    if sum(len(_untrusted_text(block)) for _, block in blocks) > MAX_TEXT:
        raise ProtocolViolation(f"a prompt of more than {MAX_TEXT} characters")
    return PromptText(
        server=server,
        name=name,
        description=fields_of.description(result),
        messages=tuple(_message(role, block) for role, block in blocks),
    )


def _argument(untrusted: Json, prompt: str) -> PromptArgument:
    found = fields_of.entry(untrusted, f"an argument of {prompt}")
    name = fields_of.exact_name(found, f"{prompt} has an argument")
    return PromptArgument(
        name=name,
        title=fields_of.display_name(found, name),
        description=fields_of.description(found),
        required=found.get("required") is True,
    )


def _block(untrusted: Json) -> tuple[str, JsonObject]:
    """Who says it, and what."""
    found = fields_of.entry(untrusted, "a message of a prompt")
    role = found.get("role")
    if role not in _ROLES:
        raise ProtocolViolation("a message of a prompt that is neither user's nor assistant's")
    return str(role), fields_of.entry(found.get("content"), "the content of a prompt's message")


def _untrusted_text(block: JsonObject) -> str:
    """What a person would have to read of it."""
    if block.get("type") == "resource":
        return fields_of.text(
            fields_of.entry(block.get("resource"), "an embedded resource"), "text"
        )
    return block_text(block)


def _message(role: str, block: JsonObject) -> PromptMessage:
    if block.get("type") == "resource":
        part = parse_part(block.get("resource"))
        return PromptMessage(role=role, text=f"[with the resource {part.uri}]", embedded=(part,))
    return PromptMessage(role=role, text=visible(block_text(block), limit=MAX_TEXT))
