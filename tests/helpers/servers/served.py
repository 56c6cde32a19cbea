"""Real servers as a whole host meets them: processes of their own, over either transport."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from mcphost.domain.ids import ServerKey
from mcphost.domain.server import HttpEndpoint, ServerConfig, StdioCommand
from tests.helpers.servers.running import free_port

SECONDS = 60.0


def local(key: str, *argv: str) -> ServerConfig:
    """A server that the host starts itself."""
    return ServerConfig(key=ServerKey(key), title=key, endpoint=StdioCommand(argv=argv))


def remote(key: str, port: int) -> ServerConfig:
    """A server that listens on *port*."""
    endpoint = HttpEndpoint(url=f"http://127.0.0.1:{port}/mcp")
    return ServerConfig(key=ServerKey(key), title=key, endpoint=endpoint)


@contextmanager
def processes(starts: Sequence[tuple[int, Sequence[str]]]) -> Iterator[None]:
    """Run every argv, with PORT in its environment, until the block ends; all listen inside."""
    with ExitStack() as stack:
        for port, argv in starts:
            stack.enter_context(_process(port, argv))
        for port, argv in starts:
            _await_port(port, argv)
        yield


@contextmanager
def process(*argv: str) -> Iterator[int]:
    """One such process; `{port}` in its arguments is replaced. Yields the port."""
    port = free_port()
    with processes([(port, [word.replace("{port}", str(port)) for word in argv])]):
        yield port


@contextmanager
def _process(port: int, argv: Sequence[str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "PORT": str(port)}
    with subprocess.Popen(
        argv, stdin=quiet, stdout=quiet, stderr=quiet, env=environment
    ) as running:
        try:
            yield
        finally:
            running.kill()


def _await_port(port: int, argv: Sequence[str]) -> None:
    deadline = time.monotonic() + SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            pause.wait(0.05)
        else:
            return
    raise AssertionError(f"{argv} did not listen in time")
