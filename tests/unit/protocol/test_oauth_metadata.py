"""What a resource and an authorization server say of themselves, taken by the letter."""

from __future__ import annotations

from typing import Any

import pytest

from mcphost.domain.errors import UserFacingError
from mcphost.protocol.oauth_metadata import (
    Pkce,
    canonical_resource,
    covers,
    parse_resource_metadata,
    parse_server_metadata,
    require_address,
    resource_metadata_urls,
    server_metadata_urls,
)

ISSUER = "https://as.example"
SERVER = "https://mcp.example/a/mcp"


def resource(**more: Any):
    document = {"resource": SERVER, "authorization_servers": [ISSUER], **more}
    return parse_resource_metadata(document, server_url=SERVER, loopback=False)


def server(issuer: str = ISSUER, *, loopback: bool = False, **more: Any):
    document = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token", **more}
    return parse_server_metadata(document, issuer=issuer, loopback=loopback)


def test_resource_metadata_is_looked_for_by_path_and_then_at_the_root() -> None:
    known = "https://mcp.example/.well-known/oauth-protected-resource"
    assert resource_metadata_urls(SERVER) == (f"{known}/a/mcp", known)
    assert resource_metadata_urls("https://mcp.example/") == (known,)


@pytest.mark.requirement("MCP-152")
def test_server_metadata_is_looked_for_in_the_order_of_the_specification() -> None:
    well_known = "https://as.example/.well-known"
    assert server_metadata_urls("https://as.example/t1") == (
        f"{well_known}/oauth-authorization-server/t1",
        f"{well_known}/openid-configuration/t1",
        "https://as.example/t1/.well-known/openid-configuration",
    )
    assert server_metadata_urls("https://as.example") == (
        f"{well_known}/oauth-authorization-server",
        f"{well_known}/openid-configuration",
    )


@pytest.mark.requirement("MCP-149")
@pytest.mark.parametrize(
    "about",
    [
        "https://evil.example/a/mcp",
        "http://mcp.example/a/mcp",
        "https://mcp.example:8443/a/mcp",
        "https://mcp.example/a/mcp2",
        "https://mcp.example/a/mcp/deeper",
        "https://mcp.example/a/mcp#x",
        "https://mcp.example/a/mcp?x=1",
        "https://user@evil.example/a/mcp",
        "mcp.example",
        "https://mcp.example:x/a/mcp",
        None,
        7,
    ],
)
def test_metadata_about_another_resource_is_refused(about: Any) -> None:
    with pytest.raises(UserFacingError, match="about another resource"):
        resource(resource=about)


@pytest.mark.requirement("MCP-164")
@pytest.mark.parametrize(
    "about",
    [SERVER, "https://MCP.example:443/a/mcp", "https://mcp.example", "https://mcp.example/a/"],
)
def test_the_server_itself_and_its_parents_are_its_resource(about: str) -> None:
    assert covers(about, SERVER)
    assert resource(resource=about).resource == about


@pytest.mark.parametrize("servers", [None, [], "https://as.example", [1], {}, ["https://a"] * 101])
def test_a_resource_must_name_its_authorization_servers(servers: Any) -> None:
    with pytest.raises(UserFacingError):
        resource(authorization_servers=servers)


@pytest.mark.requirement("MCP-153", "MCP-167")
@pytest.mark.parametrize(
    "issuer",
    [
        "https://as.example/",
        "https://AS.example",
        "https://as.example:443",
        "https://as.exampl%65",
        "https://evil.example",
    ],
)
def test_metadata_of_another_issuer_is_refused_by_the_letter(issuer: str) -> None:
    with pytest.raises(UserFacingError, match="calls itself"):
        server(issuer)
    assert server().issuer == ISSUER


@pytest.mark.requirement("MCP-170", "MCP-180")
@pytest.mark.parametrize(
    "address",
    [
        "http://as.example/token",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "vbscript:x",
        "https://user:pass@as.example/token",
        "https://as.example/token#x",
        "https://as.example\\@evil/token",
        "https://as.example /token",
        "https://127.1/token",
        "https://bücher.example/token",
        "//as.example/token",
        "",
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(address: str) -> None:
    with pytest.raises(UserFacingError):
        server(token_endpoint=address)
    with pytest.raises(UserFacingError):
        server(authorization_endpoint=address)


@pytest.mark.requirement("MCP-170")
def test_http_is_for_this_computer_alone_and_only_when_allowed() -> None:
    here = "http://127.0.0.1:9/x"
    assert require_address(here, "place", loopback=True) == here
    with pytest.raises(UserFacingError):
        require_address(here, "place", loopback=False)
    with pytest.raises(UserFacingError):
        require_address("http://as.example/x", "place", loopback=True)


def test_an_issuer_has_no_query() -> None:
    with pytest.raises(UserFacingError, match="no query"):
        resource(authorization_servers=["https://as.example/?t=1"])


@pytest.mark.parametrize(
    ("methods", "pkce"),
    [
        ({}, Pkce.UNSTATED),
        ({"code_challenge_methods_supported": ["plain"]}, Pkce.UNSUPPORTED),
        ({"code_challenge_methods_supported": []}, Pkce.UNSUPPORTED),
        ({"code_challenge_methods_supported": None}, Pkce.UNSUPPORTED),
        ({"code_challenge_methods_supported": ["plain", "S256"]}, Pkce.SUPPORTED),
    ],
)
def test_what_is_said_of_pkce_is_told_apart(methods: dict[str, Any], pkce: Pkce) -> None:
    assert server(**methods).pkce is pkce


@pytest.mark.requirement("MCP-164")
@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://MCP.Example:443/mcp", "https://mcp.example/mcp"),
        ("https://mcp.example/", "https://mcp.example"),
        ("https://mcp.example:8443/Mcp/", "https://mcp.example:8443/Mcp/"),
        ("http://[::1]:80/mcp?a=1", "http://[::1]/mcp?a=1"),
    ],
)
def test_a_resource_has_one_spelling(url: str, canonical: str) -> None:
    assert canonical_resource(url) == canonical
