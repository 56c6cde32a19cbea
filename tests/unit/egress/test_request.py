"""Heads of requests to the proxy, strictly."""

from __future__ import annotations

import pytest

from mcphost.egress.request import BadRequest, parse_head


def _head(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def test_a_connect_names_host_and_port() -> None:
    head = _head("CONNECT API.example.com:443 HTTP/1.1", "Proxy-Authorization: Basic eA==")
    request = parse_head(head)
    assert (request.host, request.port) == ("api.example.com", 443)
    assert request.is_tunnel
    assert request.authorization == "Basic eA=="


def test_an_absolute_address_is_sent_on_in_origin_form_without_our_credentials() -> None:
    request = parse_head(
        _head(
            "POST http://api.example.com:8080/a?b=c HTTP/1.1",
            "Host: other.example",
            "Proxy-Authorization: Basic eA==",
            "Connection: keep-alive",
            "X-Mine: 1",
            "Content-Length: 3",
        )
    )
    assert (request.host, request.port, request.body_length) == ("api.example.com", 8080, 3)
    assert request.forward == _head(
        "POST /a?b=c HTTP/1.1",
        "Host: api.example.com:8080",
        "X-Mine: 1",
        "Content-Length: 3",
        "Connection: close",
    )


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("CONNECT 127.0.0.1:443 HTTP/1.1", "403"),
        ("CONNECT [::1]:443 HTTP/1.1", "403"),
        ("CONNECT localhost:443 HTTP/1.1", "403"),
        ("CONNECT 2130706433:443 HTTP/1.1", "403"),
        ("CONNECT a.example.com HTTP/1.1", "403"),
        ("CONNECT a.example.com:0 HTTP/1.1", "400"),
        ("CONNECT a.example.com:99999 HTTP/1.1", "400"),
        ("CONNECT a.example.com:443 HTTP/1.0", "400"),
        ("GET / HTTP/1.1", "400"),
        ("GET https://a.example.com/ HTTP/1.1", "400"),
        ("GET http://u:p@a.example.com/ HTTP/1.1", "400"),
        ("GET http://127.0.0.1/ HTTP/1.1", "403"),
        ("GET http://a.example.com/ä HTTP/1.1", "400"),
        ("GET  http://a.example.com/ HTTP/1.1", "400"),
        ("G@T http://a.example.com/ HTTP/1.1", "400"),
        ("GET http://a.example.com/\x7f HTTP/1.1", "400"),
        ("nonsense", "400"),
        ("", "400"),
    ],
)
def test_other_first_lines_are_refused(line: str, status: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_head(_head(line))
    assert refusal.value.status.startswith(status)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("no colon", "400"),
        ("Bad Name: x", "400"),
        ("X: a\nY: b", "400"),
        ("Transfer-Encoding: chunked", "501"),
        ("Content-Length: -1", "400"),
        ("Content-Length: 1\r\nContent-Length: 2", "400"),
        ("Content-Length: 9999999999999", "400"),
    ],
)
def test_odd_headers_are_refused(header: str, status: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_head(_head("GET http://a.example.com/ HTTP/1.1", header))
    assert refusal.value.status.startswith(status)
