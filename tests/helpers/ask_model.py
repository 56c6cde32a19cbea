"""Asks a model once, in a process of its own: `ask_model PROVIDER URL KEY`. Prints what came of it
and every address this process connected to or asked the name of.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from mcphost.chat.adapters import make_model
from mcphost.chat.model_port import AnswerEnded, FromUser
from mcphost.domain.summaries import ModelSettings

_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.exec")


async def _ask(provider: str, url: str, key: str) -> str:
    settings = ModelSettings(provider=provider, model="stub", base_url=url, has_key=True)
    model = make_model(settings, key)
    assert model is not None
    async for event in model.stream("system", (FromUser(text="hello"),), ()):
        if isinstance(event, AnswerEnded):
            return event.answer.text
    return ""


def main() -> None:
    contacts: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            contacts.append(f"{event} {arguments[1:] if event == 'socket.connect' else arguments}")

    sys.addaudithook(watch)
    text = asyncio.run(_ask(*sys.argv[1:4]))
    print(json.dumps({"text": text, "contacts": contacts}))


if __name__ == "__main__":
    main()
