"""Promises and tests know each other: a promise names tests that exist, and no test that is named
after a promise is missing from the list.
"""

from __future__ import annotations

import re

import pytest

from tests.conformance.collected import collected
from tests.conformance.promises import PROMISES, Promise

NAMED = re.compile(r"^test((?:_p\d+)+)_")


def named_after(node: str) -> set[str]:
    """The promises that a test is named after."""
    found = NAMED.match(node.partition("::")[2])
    return {number.upper() for number in found[1].split("_")[1:]} if found else set()


def test_the_promises_are_p1_to_p15() -> None:
    assert [promise.id for promise in PROMISES] == [f"P{n}" for n in range(1, 16)]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_every_test_that_a_promise_names_exists(promise: Promise) -> None:
    assert not [node for node in promise.tests if node not in collected()]
    assert len(set(promise.tests)) == len(promise.tests)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_a_promise_has_tests_or_says_why_not(promise: Promise) -> None:
    assert promise.tests or promise.gap


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_every_test_named_after_a_promise_is_on_its_list(promise: Promise) -> None:
    """One that is not: add it to `promises.py`."""
    named = {node for node in collected() if promise.id in named_after(node)}
    assert not named - set(promise.tests)


def test_no_test_is_named_after_a_promise_that_does_not_exist() -> None:
    known = {promise.id for promise in PROMISES}
    assert not [node for node in collected() if named_after(node) - known]


WHOLE = {"P1", "P2", "P3", "P5", "P6", "P8", "P9", "P15"}


@pytest.mark.parametrize("id", sorted(WHOLE))
def test_what_the_core_promises_is_tested_through_all_of_it(id: str) -> None:
    [promise] = [promise for promise in PROMISES if promise.id == id]
    assert [node for node in promise.tests if node.startswith("tests/hostile/")]
