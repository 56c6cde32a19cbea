"""The real adapters over the real SDKs, against a real HTTP server that speaks both wires."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable

import pytest

from mcphost.chat import wire
from mcphost.chat.adapters import make_model
from mcphost.chat.model_port import (
    AnswerEnded,
    FromModel,
    FromTool,
    FromUser,
    ModelEvent,
    ModelMessage,
    ModelPort,
    ModelTool,
    TextGrew,
    ToolCallAsked,
)
from mcphost.domain.errors import NotConfigured, ServerError
from mcphost.domain.summaries import ModelSettings
from tests.helpers.model_server import HOLD, SECONDS, Answer, Call, ModelServer

KEY = "sk-canary-5f1d9c0e77"
BOTH = pytest.mark.parametrize("provider", ["openai-compatible", "anthropic"])
TOOL = ModelTool(name="demo__water", description="Waters.", parameters={"type": "object"})
ASK: tuple[ModelMessage, ...] = (FromUser(text="hello"),)


def made(server: ModelServer, provider: str, key: str | None = KEY) -> ModelPort:
    url = server.anthropic_url if provider == "anthropic" else server.openai_url
    model = make_model(
        ModelSettings(provider=provider, model="stub-1", base_url=url, has_key=True), key
    )
    assert model is not None
    return model


def heard(
    server: ModelServer, provider: str, messages: tuple[ModelMessage, ...] = ASK
) -> list[ModelEvent]:
    async def listen() -> list[ModelEvent]:
        async with asyncio.timeout(SECONDS):
            model = made(server, provider)
            return [event async for event in model.stream("system", messages, (TOOL,))]

    return asyncio.run(listen())


def refused(answer: Answer, provider: str) -> tuple[ServerError, ModelServer]:
    with ModelServer(answer) as server, pytest.raises(ServerError) as caught:
        heard(server, provider)
    return caught.value, server


@BOTH
def test_text_comes_in_the_pieces_it_was_sent_in(provider: str) -> None:
    with ModelServer(Answer(pieces=("Wa", "ter ", "it."))) as server:
        *grown, ended = heard(server, provider)
    assert grown == [TextGrew(text="Wa"), TextGrew(text="ter "), TextGrew(text="it.")]
    assert ended == AnswerEnded(
        answer=FromModel(text="Water it."), input_tokens=11, output_tokens=5
    )


@BOTH
def test_a_tool_call_sent_in_fragments_arrives_whole(provider: str) -> None:
    arguments = json.dumps({"bed": "tomatoes", "note": "ünï ⟦x⟧ " * 20})
    calls = (Call("demo__water", arguments), Call("demo__water", "{}"))
    with ModelServer(Answer(pieces=("Now.",), calls=calls)) as server:
        ended = heard(server, provider)[-1]
    assert isinstance(ended, AnswerEnded)
    first, second = ended.answer.calls
    assert json.loads(first.untrusted_arguments) == json.loads(arguments)
    assert (second.name, second.untrusted_arguments) == ("demo__water", "{}")
    assert first.call_id != second.call_id


@BOTH
def test_a_whole_exchange_is_sent_in_order_and_bad_arguments_do_not_break_it(provider: str) -> None:
    call = ToolCallAsked(call_id="call_0", name="demo__water", untrusted_arguments="{not json")
    messages = (
        FromUser(text="one"),
        FromModel(text="two", calls=(call,)),
        FromTool(call_id="call_0", name="demo__water", text="three"),
        FromUser(text="four"),
    )
    with ModelServer(Answer(pieces=("ok",))) as server:
        heard(server, provider, messages)
    [asked] = server.asked
    told = [asked.told.index(word) for word in ("system", "one", "two", "three", "four")]
    assert told == sorted(told)
    assert asked.tools == ["demo__water"]


@BOTH
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused the API key"),
        (403, "refused the API key"),
        (404, "no such model"),
        (400, "did not accept"),
        (429, "asked too often"),
        (500, "failed"),
        (529, "failed"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_key_and_nothing_is_sent_twice(
    provider: str, status: int, words: str
) -> None:
    body = json.dumps({"error": {"type": "x", "message": f"wrong {KEY}\u202e\n"}}).encode()
    answer = Answer(status=status, raw=body, headers=(("Retry-After", "0"),))
    error, server = refused(answer, provider)
    assert words in str(error)
    assert "stub-1" in str(error)
    assert f"127.0.0.1:{server.port}" in str(error)
    assert KEY not in "".join(traceback.format_exception(error))
    assert "\u202e" not in str(error)
    assert len(server.asked) == 1


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        Answer(pieces=("half",), drop=True),
        Answer(pieces=("half",), unfinished=True),
        Answer(calls=(Call("demo__water", '{"bed": "all of them"}'),), drop=True),
        Answer(calls=(Call("demo__water", '{"bed": "all of them"}'),), unfinished=True),
        Answer(raw=b""),
        Answer(raw=b"garbage"),
        Answer(raw=b"<html>a login page</html>"),
        Answer(raw=b"data: 42\n\n"),
        Answer(raw=b"data: {]\n\n"),
        Answer(raw=b'data: {"choices": 7}\n\n'),
        Answer(raw=b'data: {"choices": [{"delta": 5}]}\n\n'),
        Answer(raw=b"event: message_start\ndata: 42\n\n"),
        Answer(raw=b"data: " + b"[" * 100_000 + b"\n\n"),
        Answer(raw=b'data: {"error": {"message": "' + KEY.encode() + b'"}}\n\n'),
    ],
)
def test_half_an_answer_and_garbage_are_one_sentence_too(provider: str, answer: Answer) -> None:
    error, server = refused(answer, provider)
    assert "stub-1" in str(error)
    assert f"127.0.0.1:{server.port}" in str(error)
    assert KEY not in "".join(traceback.format_exception(error))
    assert error.__cause__ is None
    assert len(server.asked) == 1


@BOTH
def test_nobody_listening_is_said_so(provider: str) -> None:
    with ModelServer(Answer()) as gone:
        pass
    with pytest.raises(ServerError, match="could not be reached"):
        heard(gone, provider)


@BOTH
def test_an_endless_answer_is_cut_off(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_ANSWER_BYTES", 4_096)
    error, _ = refused(Answer(pieces=("x" * 1_000,) * 20), provider)
    assert "without end" in str(error)


@BOTH
def test_a_redirect_is_not_followed(provider: str) -> None:
    with ModelServer(Answer(pieces=("stolen",))) as thief:
        there = (("Location", f"http://127.0.0.1:{thief.port}/v1/messages"),)
        error, _ = refused(Answer(status=307, raw=b"{}", headers=there), provider)
    assert "points to another address" in str(error)
    assert thief.asked == []


@BOTH
def test_closing_the_stream_closes_the_connection(provider: str) -> None:
    async def leave_early(server: ModelServer) -> None:
        events = made(server, provider).stream("system", ASK, ())
        assert await anext(events) == TextGrew(text="He")
        await events.aclose()
        await asyncio.to_thread(server.wait_gone)

    with ModelServer(Answer(pieces=("He", HOLD, "llo"))) as server:
        asyncio.run(leave_early(server))


QUIETING = {"CI", "PYTEST_VERSION"}
"""With these the SDK shows no banner; a person has neither."""
HEADERS = {"host", "content-length", "content-type", "accept", "accept-encoding", "connection"}
SURROUNDINGS: dict[str, Callable[[str], str]] = {
    "OPENAI_API_KEY": lambda _: "sk-ambient",
    "OPENAI_BASE_URL": lambda trap: trap,
    "OPENAI_ORG_ID": lambda _: "ambient-org",
    "OPENAI_PROJECT_ID": lambda _: "ambient-project",
    "OPENAI_ADMIN_KEY": lambda _: "sk-ambient-admin",
    "OPENAI_CUSTOM_HEADERS": lambda _: "X-Ambient: 1\nHost: ambient\nAuthorization: ambient",
    "OPENAI_LOG": lambda _: "debug",
    "ANTHROPIC_API_KEY": lambda _: "sk-ambient",
    "ANTHROPIC_AUTH_TOKEN": lambda _: "sk-ambient",
    "ANTHROPIC_BASE_URL": lambda trap: trap,
    "ANTHROPIC_PROFILE": lambda _: "ambient",
    "ANTHROPIC_CUSTOM_HEADERS": lambda _: "x-ambient: 1\nanthropic-version: ambient",
    "ANTHROPIC_LOG": lambda _: "debug",
    "HTTP_PROXY": lambda trap: trap,
    "HTTPS_PROXY": lambda trap: trap,
    "ALL_PROXY": lambda trap: trap,
    "http_proxy": lambda trap: trap,
    "SSL_CERT_FILE": lambda _: "/nowhere",
    "LOGFIRE_TOKEN": lambda _: "ambient",
    "LOGFIRE_SEND_TO_LOGFIRE": lambda _: "true",
    "OTEL_EXPORTER_OTLP_ENDPOINT": lambda trap: trap,
    "OTEL_TRACES_EXPORTER": lambda _: "otlp",
}


@BOTH
def test_the_environment_has_no_influence_and_nobody_else_is_contacted(provider: str) -> None:
    with ModelServer(Answer(pieces=("trap",))) as trap, ModelServer(Answer(pieces=("ok",))) as own:
        url = own.anthropic_url if provider == "anthropic" else own.openai_url
        ambient = {name: value(trap.openai_url) for name, value in SURROUNDINGS.items()}
        usual = {name: value for name, value in os.environ.items() if name not in QUIETING}
        ended = subprocess.run(
            [sys.executable, "-m", "tests.helpers.ask_model", provider, url, KEY],
            env={**usual, **ambient},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.stderr == ""
    said = json.loads(ended.stdout)
    assert said["text"] == "ok"
    assert trap.asked == []
    assert [c for c in said["contacts"] if str(own.port) not in c] == []
    assert said["contacts"]
    [asked] = own.asked
    assert b"mbient" not in asked.head + asked.raw
    own_headers = {"user-agent", "authorization", "anthropic-version"}
    assert {name.lower() for name, _ in asked.headers} <= HEADERS | own_headers
    assert asked.header("host") == f"127.0.0.1:{own.port}"


@BOTH
def test_the_key_is_in_one_header_only(provider: str) -> None:
    with ModelServer(Answer(pieces=("ok",))) as server:
        heard(server, provider)
    [asked] = server.asked
    assert asked.head.count(KEY.encode()) == 1
    assert asked.header("authorization") == f"Bearer {KEY}"
    assert KEY.encode() not in asked.raw


def test_without_a_key_no_header_says_so() -> None:
    async def listen(server: ModelServer) -> None:
        model = made(server, "openai-compatible", key=None)
        assert [event async for event in model.stream("system", ASK, ())]

    with ModelServer(Answer(pieces=("ok",))) as server:
        asyncio.run(listen(server))
    assert server.asked[0].header("authorization") == ""


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("", None),
        ("ftp://models.example/v1", None),
        ("models.example/v1", None),
        ("https://user:secret@models.example/v1", None),
        ("https://models.example/v1?key=secret", None),
        ("https://models.example/v1#x", None),
        ("https://models.example:99999/v1", None),
        ("https://models.example/v1\n", None),
        ("http://models.example/v1", KEY),
    ],
)
def test_an_address_that_cannot_be_trusted_with_a_key_is_refused(url: str, key: str | None) -> None:
    settings = ModelSettings(provider="openai-compatible", model="m", base_url=url, has_key=False)
    with pytest.raises(NotConfigured, match="Settings → Model") as caught:
        make_model(settings, key)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("provider", "model"), [("anthropic", "m"), ("anthropic", ""), ("x", "m")])
def test_half_a_configuration_is_refused(provider: str, model: str) -> None:
    settings = ModelSettings(provider=provider, model=model, base_url="", has_key=False)
    with pytest.raises(NotConfigured):
        make_model(settings, None)


def test_direct_mode_has_no_model() -> None:
    settings = ModelSettings(provider="none", model="", base_url="", has_key=False)
    assert make_model(settings, None) is None
