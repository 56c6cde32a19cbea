"""The meter of one View or one server, with a clock that the test moves."""

from __future__ import annotations

from mcphost.domain.budget import Budget
from mcphost.policy.breaker import LONGEST, MINUTE, Breaker, Meter

SMALL = Budget(calls=3, at_once=2, size=1000, rounds=1)


def ask(
    meter: Meter, now: float, who: object = "one", *, size: int = 1, again: bool = False
) -> str:
    return meter.spend(now, who, size=size, again=again, jitter=0.0)


def opened(at: float = 0.0) -> Meter:
    meter = Meter(SMALL)
    assert [ask(meter, at) for _ in range(3)] == ["", "", ""]
    assert "more than 3 calls in a minute; it pauses for 60 s" in ask(meter, at)
    return meter


def test_calls_within_the_budget_pass_for_ever() -> None:
    meter = Meter(SMALL)
    assert not any(ask(meter, 21.0 * turn) for turn in range(200))
    assert meter.state is Breaker.CLOSED


def test_one_call_too_many_opens_and_everything_is_refused_for_a_minute() -> None:
    meter = opened()
    assert meter.state is Breaker.OPEN
    assert all(ask(meter, at) for at in (0.1, 30.0, 59.9))


def test_bytes_and_answered_questions_open_it_as_well() -> None:
    assert "MiB in a minute" in ask(Meter(SMALL), 0.0, size=1001)
    meter = Meter(SMALL)
    assert ask(meter, 0.0, again=True) == ""
    assert "1 answered questions in a minute" in ask(meter, 1.0, again=True)


def test_a_large_answer_stops_what_comes_next() -> None:
    meter = Meter(SMALL)
    assert ask(meter, 0.0) == ""
    meter.received(1.0, 1001, 0.0)
    assert meter.state is Breaker.OPEN
    assert ask(meter, 2.0)


def test_after_the_pause_one_call_is_on_trial_and_its_answer_closes() -> None:
    meter = opened()
    meter.begin()
    assert ask(meter, MINUTE, "trial") == ""
    assert meter.state is Breaker.HALF_OPEN
    assert "one call is on trial" in ask(meter, MINUTE, "other")
    meter.end(MINUTE + 1, "trial", well=True, jitter=0.0)
    assert meter.state is Breaker.CLOSED
    assert ask(meter, MINUTE + 1, "other") == ""


def test_a_trial_that_fails_opens_again_for_twice_as_long() -> None:
    meter = opened()
    meter.begin()
    assert ask(meter, MINUTE, "trial") == ""
    meter.end(MINUTE, "trial", well=False, jitter=0.0)
    assert (meter.state, meter.until) == (Breaker.OPEN, 3 * MINUTE)


def test_a_trial_that_was_given_up_lets_the_next_one_try() -> None:
    meter = opened()
    meter.begin()
    assert ask(meter, MINUTE, "trial") == ""
    meter.end(MINUTE, "trial", well=None, jitter=0.0)
    assert ask(meter, MINUTE, "next") == ""


def test_pauses_double_up_to_the_longest_whatever_the_jitter() -> None:
    meter, pauses, now = opened(), [MINUTE], MINUTE
    for _ in range(8):
        meter.begin()
        assert ask(meter, now, "trial") == ""
        meter.end(now, "trial", well=False, jitter=1.0)
        pauses.append(meter.until - now)
        now = meter.until
    assert pauses[1:4] == [2.2 * MINUTE, 4.4 * MINUTE, 8.8 * MINUTE]
    assert max(pauses) <= LONGEST * 1.1


def test_a_calm_quarter_of_an_hour_makes_the_next_pause_short_again() -> None:
    meter = opened()
    meter.begin()
    assert ask(meter, MINUTE, "trial") == ""
    meter.end(MINUTE, "trial", well=True, jitter=0.0)
    later = 2 * MINUTE + LONGEST
    assert meter.calm(later)
    assert not any(ask(meter, later) for _ in range(3))
    assert "pauses for 60 s" in ask(meter, later)


def test_more_at_once_than_may_be_is_refused_and_opens_nothing() -> None:
    meter = Meter(SMALL)
    meter.begin()
    assert meter.crowded() == ""
    meter.begin()
    assert "2 calls are under way" in meter.crowded()
    assert meter.state is Breaker.CLOSED


def test_bytes_and_answered_questions_of_an_earlier_minute_count_no_more() -> None:
    meter = Meter(SMALL)
    for turn in range(50):
        assert ask(meter, MINUTE * turn, size=400, again=True) == ""
        meter.received(MINUTE * turn + 1, 600, 0.0)
    assert meter.state is Breaker.CLOSED
    assert "MiB in a minute" in ask(meter, MINUTE * 49 + 2, size=1)
