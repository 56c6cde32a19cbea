"""Sums by host, bounded."""

from __future__ import annotations

from mcphost.egress.ledger import OTHERS, HostTraffic, Ledger


def test_traffic_is_summed_by_host_and_port() -> None:
    ledger = Ledger()
    ledger.add("a.example", 443, connections=1, sent=10)
    ledger.add("a.example", 443, sent=5, received=7)
    ledger.add("a.example", 8443, refused=1)
    assert ledger.lines() == (
        HostTraffic(host="a.example", port=443, sent=15, received=7, connections=1),
        HostTraffic(host="a.example", port=8443, refused=1),
    )


def test_invented_names_share_one_line_when_there_are_too_many() -> None:
    ledger = Ledger(max_hosts=2)
    for number in range(100):
        ledger.add(f"n{number}.example", 443, refused=1)
    lines = {line.host: line.refused for line in ledger.lines()}
    assert lines == {"n0.example": 1, "n1.example": 1, OTHERS: 98}
