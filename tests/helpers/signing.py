"""What the tests of a whole sign-in share: who is asked, the servers, and what is looked at."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from mcphost.domain.authorization import AuthorizationSettings
from mcphost.domain.consent import Answer, ConsentAnswer, ConsentRequest
from mcphost.domain.conversation import ToolRun
from mcphost.domain.server import HttpEndpoint, ServerConfig
from mcphost.domain.summaries import Account
from tests.helpers.core import Core, TestPerson
from tests.helpers.npm import lazy_auth_server
from tests.helpers.servers.served import process, remote

SIGNING_IN = "Sign in to a server"
DOCUMENT = AuthorizationSettings(metadata_url="https://client.example/mcphost.json")


@dataclass(slots=True)
class Signer(TestPerson):
    """Says yes to everything, or no to signing in."""

    __test__ = False
    signs: bool = True

    async def ask_consent(self, request: ConsentRequest) -> ConsentAnswer:
        self.consents.append(request)
        no = request.verb == SIGNING_IN and not self.signs
        answer = Answer.DENY if no else self.answer
        return ConsentAnswer(request=request.id, answer=answer, digest=request.digest)

    def sign_ins(self) -> list[ConsentRequest]:
        """What it was asked about signing in."""
        return [asked for asked in self.consents if asked.verb == SIGNING_IN]


def facts(asked: ConsentRequest) -> dict[str, str]:
    """What was shown, by caption: text, exact value and items."""
    return {
        fact.caption: " ".join(
            (fact.text, fact.exact, *(f"{name}{'*' if new else ''}" for name, new in fact.items))
        ).strip()
        for fact in asked.facts
    }


@contextmanager
def lazy() -> Iterator[ServerConfig]:
    """The npm server, for a program that is known by a document."""
    with process(*lazy_auth_server()) as port:
        yield replace(remote("lazy", port), authorization=DOCUMENT)


@contextmanager
def guarded(key: str = "guarded", *, life: int = 3600) -> Iterator[ServerConfig]:
    """The server on the official SDK; its tokens hold *life* seconds."""
    argv = (sys.executable, "-m", "tests.helpers.servers.sdk_guarded", "{port}", str(life))
    with process(*argv) as port:
        yield remote(key, port)


def call(made: Core, config: ServerConfig, tool: str, **arguments: Any) -> ToolRun:
    conversation = made.run(made.host.new_conversation(tool))
    return made.run(made.host.run_tool(conversation, config.key, tool, arguments))


def account(made: Core, config: ServerConfig) -> Account:
    found = {each.config.key: each for each in made.run(made.host.servers())}[config.key].account
    assert found is not None
    return found


def ask(config: ServerConfig, path: str) -> dict[str, list[str]]:
    """What the server on the SDK says of itself."""
    assert isinstance(config.endpoint, HttpEndpoint)
    base = config.endpoint.url.removesuffix("/mcp")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"{base}{path}", timeout=30) as answer:
        return json.load(answer)
