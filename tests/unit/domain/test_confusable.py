"""Names of hosts that may be read as others."""

from __future__ import annotations

import pytest

from mcphost.domain.confusable import cautions, disguises, plain_name


def punycode(host: str) -> str:
    return host.encode("idna").decode("ascii")


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("p\u0430ypal.com", "Cyrillic and Latin"),
        ("go\u03bfgle.com", "Greek and Latin"),
        ("\u0440\u03b1y.example", "Cyrillic and Greek and Latin"),
        ("\u0430\u0440\u0440\u04cf\u0435.com", "is Cyrillic"),
        ("login.\u03c5\u03bf\u03c5.example", "is Greek"),
    ],
)
def test_a_host_that_looks_like_another_is_told_of_in_both_spellings(host: str, said: str) -> None:
    for spelling in (host, punycode(host)):
        assert any(said in sentence for sentence in disguises(spelling)), spelling


@pytest.mark.parametrize(
    "host",
    [
        "paypal.com",
        "m\u00fcnchen.example",
        "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "\u03c0\u03b1\u03c1\u03ac\u03b4\u03b5\u03b9\u03b3\u03bc\u03b1.example",
        "\u4f8b\u3048.jp",
        "127.0.0.1",
        "xn--.example",
        "xn--999999999.example",
    ],
)
def test_an_honest_name_in_its_own_script_is_not_warned_of(host: str) -> None:
    assert disguises(host) == ()


@pytest.mark.parametrize(
    ("host", "strange", "heading"),
    [
        ("paypal.com", False, "paypal.com"),
        ("m\u00fcnchen.example", True, "m\u00fcnchen.example (xn--mnchen-3ya.example)"),
        ("\u0430\u0440\u0440\u04cf\u0435.com", True, "xn--80ak6aa92e.com"),
    ],
)
def test_a_name_beyond_english_asks_for_care_and_a_deceiving_one_stands_in_punycode(
    host: str, strange: bool, heading: str
) -> None:
    plain = punycode(host)
    shown = host if plain == host else f"{host} ({plain})"
    assert bool(cautions(host)) is bool(cautions(plain)) is strange
    assert plain_name(plain, shown) == heading
