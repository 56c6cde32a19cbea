"""One headless run: a runtime, a host, a terminal (or nobody) to ask, and an orderly end.

Called on the main thread by the commands; everything of the host runs on the loop thread.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from mcphost.cli.terminal import TerminalBroker
from mcphost.domain.errors import McpHostError, NotConfigured
from mcphost.domain.events import Event
from mcphost.domain.ids import ServerKey
from mcphost.domain.ports import ConsentBroker
from mcphost.gate.sign_in_desk import OpenDoor
from mcphost.host import Host, HostSettings, connect_aloud, server_from_text
from mcphost.runtime import Runtime
from mcphost.storage.paths import Paths

T = TypeVar("T")
_STOP_SECONDS = 30.0
_INTERRUPT_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Session:
    """A started host and the thread it runs on."""

    runtime: Runtime
    host: Host
    asking: Callable[[], bool] = lambda: False
    """Whether a question stands on the terminal."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* to its end; an interrupt cancels it."""
        return _wait(self.runtime.submit(work))

    def server(self, text: str) -> ServerKey:
        """The server *text* names, configured for this run if it is an endpoint, and connected."""
        config = server_from_text(text)
        key = ServerKey(text)
        if config is not None:
            key = config.key
            self.run(self.host.add_server(config, keep=False))
        self.run(connect_aloud(self.host, key, say, asking=self.asking))
        return key


@contextmanager
def session(
    arguments: argparse.Namespace,
    *,
    events: Callable[[Event], None] | None = None,
    stand_in: ConsentBroker | None = None,
    paths: Paths | None = None,
    doorway: OpenDoor | None = None,
) -> Generator[Session]:
    """Open a host for one command. A *stand_in* answers instead of the terminal, in a run
    that no person follows, and a *doorway* instead of a browser; *paths* keep it apart from a
    person's own state.
    """
    runtime = Runtime()
    runtime.start()
    try:
        policy_files = tuple(getattr(arguments, "policy", ()) or ())
        broker = stand_in or TerminalBroker()
        settings = HostSettings(
            runtime=runtime,
            broker=broker,
            events=events or (lambda _event: None),
            opener=_print_address,
            policy_files=policy_files,
            automation=bool(policy_files) or stand_in is not None or not broker.present,
            paths=paths or Paths.from_environment(),
            doorway=doorway,
        )
        host = _made(runtime, settings)
        try:
            _wait(runtime.submit(host.start(connect=False)))
            yield Session(runtime, host, lambda: getattr(broker, "asking", False))
        finally:
            runtime.submit(host.stop()).result(_STOP_SECONDS)
    finally:
        runtime.stop()


def _made(runtime: Runtime, settings: HostSettings) -> Host:
    """A host, made to the end even when interrupted: one made by half cannot end in order."""
    making = runtime.submit(Host.create(settings))
    try:
        return _outcome(making)
    except KeyboardInterrupt:
        with suppress(McpHostError):  # what it is made of may have been interrupted as well
            host = making.result(_STOP_SECONDS)
            runtime.submit(host.stop()).result(_STOP_SECONDS)
        raise


def _wait(future: Future[T]) -> T:
    try:
        return _outcome(future)
    except KeyboardInterrupt:
        future.cancel()
        raise


def _outcome(future: Future[T]) -> T:
    """What came of *future*. An interrupt that arrives while this thread is just falling asleep
    does not wake it: hence a wait in pieces.
    """
    while not wait((future,), _INTERRUPT_SECONDS).done:
        pass
    return future.result()


def _print_address(url: str) -> None:
    """Without a window the person opens an agreed address in a browser of their own choice."""
    say(f"open this address in your browser: {url}")


def say(text: str) -> None:
    """One line for the person, on standard error: standard output is for results."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """*value* on standard output, escaped: raw control and bidirectional characters of a server
    would steer a terminal.
    """
    json.dump(value, sys.stdout, indent=2, ensure_ascii=True, sort_keys=False)
    print()


def need_object(text: str) -> dict[str, Any]:
    """A JSON object given on the command line. Raises `NotConfigured`."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise NotConfigured(f"--arguments is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotConfigured('--arguments must be a JSON object, for example \'{"city": "Bern"}\'')
    return value  # pyright: ignore[reportUnknownVariableType]
