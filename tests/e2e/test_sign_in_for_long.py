"""What comes after signing in: renewing, more permissions, signing out, removing, starting again.

The server is on the official SDK, with its own authorization server, which registers programs.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from keyring.backends import SecretService

from mcphost.domain.conversation import RunState
from mcphost.domain.errors import SignInNeeded
from mcphost.domain.ids import ServerKey
from mcphost.domain.summaries import AccountState, Link, ServerSummary
from tests.helpers.browser import Browser
from tests.helpers.cli import until
from tests.helpers.core import Core, core
from tests.helpers.keyring_daemon import session_bus, unlocked_keyring
from tests.helpers.signing import Signer, account, ask, call, facts, guarded

KEY = ServerKey("guarded")
pytestmark = pytest.mark.timeout(120)


def standing(made: Core) -> ServerSummary:
    return {each.config.key: each for each in made.run(made.host.servers())}[KEY]


def test_connecting_signs_in_and_an_old_token_is_renewed_in_silence(tmp_path: Path) -> None:
    person, browser = Signer(), Browser()
    with guarded() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(KEY))
        assert call(made, config, "look").text == "kale grows"
        assert facts(person.sign_ins()[0])["How mcphost is known there"] == "Registered anew."
        ask(config, "/expire")
        assert call(made, config, "look").state is RunState.DONE
        told = ask(config, "/issued")
        assert (len(told["access"]), told["renewed"]) == (2, told["refresh"][:1])
        assert (len(person.sign_ins()), len(browser.opened)) == (1, 1)


def test_a_token_is_renewed_before_its_short_life_ends(tmp_path: Path) -> None:
    person = Signer()
    with guarded(life=2) as config, core(tmp_path, person=person, opener=Browser()) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(KEY))

        def renewed() -> bool:
            assert call(made, config, "look").state is RunState.DONE
            return len(ask(config, "/issued").get("renewed", [])) > 1

        assert until(renewed, 30.0)
        assert len(person.sign_ins()) == 1


def test_a_tool_that_needs_more_asks_for_what_is_added(tmp_path: Path) -> None:
    person, browser = Signer(), Browser()
    with guarded() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(KEY))
        assert call(made, config, "plant", crop="kale").text == "planted kale"
        first, second = person.sign_ins()
        assert facts(first)["What it may do"].split() == ["read"]
        wanted = facts(second)["It wants to do more than before"]
        assert {"read", "write*"} <= set(wanted.split())
        assert [set(one["scope"][0].split()) for one in browser.asked()] == [
            {"read"},
            {"read", "write"},
        ]
        assert set(account(made, config).scopes) == {"read", "write"}


def test_whoever_signed_out_is_asked_again(tmp_path: Path) -> None:
    person, browser = Signer(), Browser()
    with guarded() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.sign_in(KEY))
        assert account(made, config).state is AccountState.SIGNED_IN
        made.run(made.host.sign_out(KEY))
        assert account(made, config).state is AccountState.NONE
        made.run(made.host.connect(KEY))
        assert len(person.sign_ins()) == 2
        assert call(made, config, "look").state is RunState.DONE


def test_in_the_background_no_browser_is_opened_and_nobody_is_asked(tmp_path: Path) -> None:
    person, browser = Signer(), Browser()
    with guarded() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect_all())
        assert (person.sign_ins(), browser.opened) == ([], [])
        assert account(made, config).state is AccountState.NEEDED
        assert "mcphost servers sign-in guarded" in standing(made).problem


def test_no_to_the_question_leaves_the_server_unconnected(tmp_path: Path) -> None:
    person, browser = Signer(signs=False), Browser()
    with guarded() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        with pytest.raises(Exception, match=r"\w") as caught:
            made.run(made.host.connect(KEY))
        assert not isinstance(caught.value, SignInNeeded)
        assert (browser.opened, standing(made).link) == ([], Link.FAILED)


def test_another_server_under_the_same_name_gets_no_token(tmp_path: Path) -> None:
    person = Signer()
    with core(tmp_path, person=person, opener=Browser()) as made, guarded() as config:
        made.run(made.host.add_server(config))
        made.run(made.host.sign_in(KEY))
        made.run(made.host.remove_server(KEY))
        made.run(made.host.add_server(config))
        assert account(made, config).state is AccountState.NONE
        made.run(made.host.connect_all())
        assert account(made, config).state is AccountState.NEEDED
        assert len(person.sign_ins()) == 1


def test_a_person_stays_signed_in_over_a_restart_with_a_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, browser = Signer(), Browser()
    home, bus = tmp_path / "home", tmp_path / "bus"
    bus.mkdir()
    with guarded() as config, session_bus(bus) as address, unlocked_keyring(bus, address):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setattr("keyring.get_keyring", SecretService.Keyring)
        for restarted in (False, True):
            with core(home, person=person, opener=browser) as made:
                if not restarted:
                    made.run(made.host.add_server(config))
                made.run(made.host.connect(KEY))
                assert call(made, config, "look").state is RunState.DONE
                assert account(made, config).kept
        assert (len(person.sign_ins()), len(browser.opened)) == (1, 1)
        assert not [
            one for one in home.rglob("*") if one.is_file() and b"access-" in one.read_bytes()
        ]
