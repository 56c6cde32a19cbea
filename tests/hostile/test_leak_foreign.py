"""A leak corpus of other people can be run through the product's View with one command.

`MCPHOST_TEST_LEAK_PAGES` names a file, a folder or an `https://` address that is run here as well.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile.corpus.foreign import foreign, own_hosts
from tests.hostile.leak_foreign import compare, local
from tests.hostile.leak_run import why_not

OTHERS = "MCPHOST_TEST_LEAK_PAGES"
MARKUP = """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"><head>
<meta http-equiv="Content-Security-Policy" content="script-src 'self'">
<link rel=preconnect href="https://one.example/"><body background="http://two.example/a.png">
<a href="#" ping="http://three.example/">press</a>"""
SCRIPT = "<script>new WebSocket('wss://four.example/'); fetch('http://192.0.2.9/')</script>"


def test_each_address_of_a_foreign_document_gets_a_host_of_its_own() -> None:
    text = own_hosts("<img src=http://A.example/x><img src=https://a.example:8080/y>", 7)
    assert text == "<img src=http://n1.p7.A.example/x><img src=https://n2.p7.a.example:8080/y>"


def test_names_of_namespaces_and_of_no_domain_stay_as_they_are() -> None:
    text = '<svg xmlns="http://www.w3.org/2000/svg"><img src=http://localhost/>'
    assert own_hosts(text, 0) == text


def test_a_foreign_document_says_that_it_is_alive_before_its_own_policy_counts(
    tmp_path: Path,
) -> None:
    (tmp_path / "b.html").write_text(MARKUP)
    (tmp_path / "a.htm").write_text("<p>bare")
    first, second = (page.html() for page in foreign(tmp_path))
    assert first.startswith("<script>parent.postMessage({ran: 0}")
    assert second.index("<head>") < second.index("{ran: 1}") < second.index("<meta")
    assert second.startswith("<!DOCTYPE html>")


@pytest.mark.engine
@pytest.mark.timeout(1_250)
def test_p4_foreign_documents_reach_nobody_through_the_product(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if reason := why_not():
        pytest.skip(reason)
    (tmp_path / "markup.html").write_text(MARKUP)
    (tmp_path / "script.html").write_text(SCRIPT)
    for path in filter(None, (str(tmp_path), os.environ.get(OTHERS))):
        with local(path) as pages:
            found = compare(pages)
        with capsys.disabled():
            print(f"\nfigure: P4, documents of others: {found.words}")
        assert found.faults == []
        assert len(found.control.hosts) > 3
