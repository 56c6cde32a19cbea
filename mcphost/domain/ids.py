"""Identifiers. Each names one kind of thing; none is ever taken from a View or a server."""

from __future__ import annotations

from typing import NewType

ServerKey = NewType("ServerKey", str)
"""The host-assigned, local alias of a configured server (`[a-z0-9-]{1,40}`)."""

ConversationId = NewType("ConversationId", str)
ItemId = NewType("ItemId", str)
"""One entry of a conversation."""

ViewId = NewType("ViewId", str)
"""One running sandboxed instance of an App."""

ShelfKey = NewType("ShelfKey", str)
"""One thing on a context shelf: a View's id for what its App says, or one of a resource."""

InvocationId = NewType("InvocationId", str)
"""One walk down the path; it joins every audit row and every round of one action."""

RequestId = NewType("RequestId", str)
"""One question to a person (consent or elicitation)."""

Digest = NewType("Digest", str)
"""SHA-256 of exact bytes, 64 lower-case hexadecimal digits."""
