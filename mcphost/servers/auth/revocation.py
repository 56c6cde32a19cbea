"""Giving tokens back when a person signs out (RFC 7009).

Law: (1) the tokens are forgotten here first, so nothing depends on the answer; (2) it is tried once
and within a bound; (3) each token goes where the authorization server that gave it said. Loop
thread.
"""

from __future__ import annotations

import asyncio
from typing import Final

from mcphost.domain.errors import McpHostError
from mcphost.servers.auth.fetch import Errand
from mcphost.servers.auth.records import Tokens
from mcphost.servers.auth.token_endpoint import Caller, TokenEndpoint

SECONDS: Final = 10.0


async def give_back(endpoint: TokenEndpoint, errand: Errand, tokens: Tokens) -> str:
    """Ask that *tokens* be of no use any more: the refresh token first, because most servers end
    the whole sign-in with it. Why it did not come about; empty when it did.
    """
    caller = Caller(client=tokens.client)
    held = (("refresh_token", tokens.refresh), ("access_token", tokens.access))
    try:
        async with asyncio.timeout(SECONDS):
            for hint, token in held:
                if token is None:
                    continue
                status = await endpoint.revoke(
                    tokens.revocation_endpoint, token, hint, caller=caller, errand=errand
                )
                if status != 200:
                    return f"HTTP {status}"
    except (McpHostError, TimeoutError) as error:
        return type(error).__name__
    return ""
