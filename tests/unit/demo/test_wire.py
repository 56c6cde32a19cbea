from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcphost.demo.seal import BadSeal, Sealer, key_from_environment
from mcphost.demo.wire import Refused, encode_refusal, parse_call


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b'{"a":1,"a":2}', -32700),
        (b'{"a":NaN}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}', -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"a"}', -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"a"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"a"}', -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"a"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","x":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{}}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":[]}', -32602),
        (b'{"a":' * 40 + b"1" + b"}" * 40, -32600),
    ],
)
def test_malformed_messages_are_refused(data: bytes, code: int) -> None:
    with pytest.raises(Refused) as caught:
        parse_call(data)
    assert caught.value.code == code
    assert json.loads(encode_refusal(None, caught.value))["error"]["code"] == code


@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_a_call_or_a_refusal(data: bytes) -> None:
    with suppress(Refused):
        assert parse_call(data).method is not None


def test_a_token_opens_only_whole_and_for_its_purpose() -> None:
    sealer = Sealer(b"k" * 32)
    token = sealer.seal("journal", ["a", 1])
    assert sealer.open("journal", token) == ["a", 1]
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[1:], "", ".", "é.é"):
        with pytest.raises(BadSeal):
            sealer.open("journal", wrong)
    with pytest.raises(BadSeal):
        sealer.open("request-state", token)
    with pytest.raises(BadSeal):
        Sealer(b"j" * 32).open("journal", token)


def test_instances_share_a_key_only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCPHOST_DEMO_KEY", raising=False)
    assert key_from_environment() != key_from_environment()
    monkeypatch.setenv("MCPHOST_DEMO_KEY", "sixteen letters!")
    assert key_from_environment() == key_from_environment()
    monkeypatch.setenv("MCPHOST_DEMO_KEY", "short")
    with pytest.raises(ValueError, match="at least 16"):
        key_from_environment()
