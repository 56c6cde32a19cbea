"""Signing in as a person does it: a call, a question, a browser, and the call goes through.

Real servers, the real host, the real doorway on this computer; only the browser is a stand-in. The
npm server takes programs that are known by a document (CIMD). It never fetches that document, which
is why an address that leads nowhere does here; a server that fetches it cannot be had offline.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mcphost.domain.conversation import RunState
from mcphost.domain.summaries import AccountState
from tests.helpers.browser import Browser
from tests.helpers.core import core
from tests.helpers.signing import DOCUMENT, Signer, account, call, facts, lazy

pytestmark = [pytest.mark.npm, pytest.mark.timeout(300)]


def test_a_call_that_needs_it_signs_in_and_goes_through(tmp_path: Path) -> None:
    person, browser = Signer(), Browser()
    with lazy() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(config.key))
        assert (person.sign_ins(), browser.opened) == ([], [])  # looking around needs nobody
        run = call(made, config, "get_secret")
        assert run.state is RunState.DONE, run.text
        [asked] = person.sign_ins()
        assert "read:secret" in facts(asked)["What it may do"]
        [query] = browser.asked()
        assert query["client_id"] == [DOCUMENT.metadata_url]
        assert query["code_challenge_method"] == ["S256"]
        assert "You can close this tab" in browser.pages[0]
        assert account(made, config).state is AccountState.SIGNED_IN
        assert call(made, config, "get_secret").state is RunState.DONE
        assert (len(person.sign_ins()), len(browser.opened)) == (1, 1)


def test_no_to_the_question_opens_nothing_and_says_so(tmp_path: Path) -> None:
    person, browser = Signer(signs=False), Browser()
    with lazy() as config, core(tmp_path, person=person, opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(config.key))
        run = call(made, config, "get_secret")
        assert (run.state, browser.opened) == (RunState.REFUSED, [])
        assert run.text
        assert account(made, config).state is AccountState.NEEDED


def test_no_in_the_browser_ends_the_call_and_says_who_said_it(tmp_path: Path) -> None:
    browser = Browser(says="deny")
    with lazy() as config, core(tmp_path, person=Signer(), opener=browser) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(config.key))
        run = call(made, config, "get_secret")
        assert run.state is RunState.FAILED
        assert "was refused there" in run.text


def test_a_token_of_half_a_minute_is_not_renewed_with_every_request(tmp_path: Path) -> None:
    with lazy() as config, core(tmp_path, person=Signer(), opener=Browser()) as made:
        made.run(made.host.add_server(config))
        made.run(made.host.connect(config.key))
        for _ in range(3):
            assert call(made, config, "get_secret").state is RunState.DONE
        steps = [row["data"]["step"] for row in made.rows("authorization_request")]
        assert steps.count("refresh") == 0
