"""Buckets."""

from __future__ import annotations

from mcphost.policy.bucket import Bucket


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(burst=3, per_second=2)
    assert [bucket.take(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.take(100.5) for _ in range(2)] == [True, False]
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def test_what_costs_more_than_is_left_passes_and_is_paid_off_first() -> None:
    bucket = Bucket(burst=3, per_second=2)
    assert bucket.take(100.0, cost=7)
    taken = [bucket.take(each) for each in (100.0, 102.0, 102.4, 102.5)]
    assert taken == [False, False, False, True]
