"""The two policies, word for word."""

from __future__ import annotations

import pytest

from mcphost.policy.csp import AppOrigin, StyleNonce, app_policy, host_policy
from mcphost.policy.origins import parse_domain

NOTHING_GRANTED = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'report-sample'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; "
    "connect-src 'none'; worker-src 'self' blob:; frame-src 'none'; object-src 'none'; "
    "manifest-src 'none'; base-uri 'self'; form-action 'none'"
)


@pytest.mark.requirement("APPS-06", "APPS-16", "MCP-029")
def test_without_grants_an_app_reaches_nothing() -> None:
    assert app_policy().serialise() == NOTHING_GRANTED


@pytest.mark.requirement("APPS-05", "APPS-T06")
def test_a_resource_domain_reaches_script_style_image_font_and_media() -> None:
    cdn = parse_domain("https://cdn.example.com", websocket=False)
    directives = app_policy(resource=(cdn,)).serialise().split("; ")
    reached = {d.split(" ")[0] for d in directives if "https://cdn.example.com" in d}
    assert reached == {"script-src", "style-src", "img-src", "font-src", "media-src"}


@pytest.mark.requirement("APPS-05", "APPS-16", "APPS-T06")
def test_connect_frame_and_base_have_their_own_directives() -> None:
    api, player, base = (
        parse_domain(f"https://{name}.example.com", websocket=False)
        for name in ("api", "player", "base")
    )
    text = app_policy(connect=(api,), frame=(player,), base_uri=(base,)).serialise()
    assert "; connect-src https://api.example.com;" in text
    assert "; frame-src https://player.example.com;" in text
    assert "; base-uri https://base.example.com;" in text


@pytest.mark.requirement("MCP-029")
def test_eval_and_wasm_are_allowed_only_when_granted_and_apart() -> None:
    assert "eval" not in app_policy().serialise()
    assert (
        "script-src 'self' 'unsafe-inline' 'report-sample' 'unsafe-eval';"
        in app_policy(evaluation=True).serialise()
    )
    text = app_policy(wasm=True).serialise()
    assert "'wasm-unsafe-eval'" in text
    assert "'unsafe-eval'" not in text


def test_scripts_from_addresses_that_an_app_makes_are_allowed_only_when_granted() -> None:
    def sources(text: str, name: str) -> str:
        return next(each for each in text.split("; ") if each.startswith(f"{name} "))

    text = app_policy(made_scripts=True).serialise()
    assert sources(text, "script-src").endswith("'report-sample' data: blob:")
    assert sources(text, "worker-src") == "worker-src 'self' blob: data:"
    assert sources(app_policy().serialise(), "worker-src") == "worker-src 'self' blob:"


@pytest.mark.requirement("APPS-19")
def test_the_host_page_has_no_script_and_one_frame() -> None:
    text = host_policy(app=AppOrigin(host="ab" * 16), style=StyleNonce(value="cd" * 16)).serialise()
    assert text == (
        f"default-src 'none'; style-src 'nonce-{'cd' * 16}'; frame-src mcpapp://{'ab' * 16}; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("value", ["", "AB" * 16, "ab; script-src *", "ab" * 40, "xyz" * 8])
def test_a_nonce_or_host_that_is_not_lower_case_hexadecimal_is_refused(value: str) -> None:
    with pytest.raises(ValueError):
        StyleNonce(value=value)
    with pytest.raises(ValueError):
        AppOrigin(host=value)


def test_policies_are_lower_case_because_the_engine_lower_cases_headers() -> None:
    text = app_policy(wasm=True).serialise()
    assert text == text.lower()
