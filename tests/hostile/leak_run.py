"""One leak run: the namespaces, the canary network in them, the browser, and the count.

`python -m tests.hostile.leak_run '{"without": [...]}'` as any user: it makes a user, network and
mount namespace (where it is root and counts packets) and inside it a second user namespace (where
the browser is an ordinary user, so that Chromium's own sandbox works). Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.hostile.corpus.vector import (
    GRANTED_ADDRESS,
    GRANTED_HOST,
    corpus,
    number_at,
    number_in,
)

_OUTER = ("unshare", "--user", "--map-root-user", "--net", "--mount")
_INNER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_INSIDE = "--inside"
_SECONDS, _LONGER = 500, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """What one run saw. *by_vector* maps a vector's title to how it was seen."""

    by_vector: dict[str, tuple[str, ...]]
    strangers: tuple[str, ...]
    """Packets that name no vector."""
    browser: dict[str, Any]
    packets: int
    proxied: int
    """Connections to our own proxy: the one way that is open."""
    granted: int
    """Packets to the one host that was granted, through the proxy."""
    hosts: tuple[str, ...] = ()
    """Whom the packets went to: names that were asked for, and addresses."""
    by_class: dict[str, int] = field(default_factory=dict)


def run_leaks(order: dict[str, Any]) -> LeakReport:
    """Run in namespaces of its own. Raises `RuntimeError` with what the run printed."""
    argv = [*_OUTER, sys.executable, "-m", "tests.hostile.leak_run", _INSIDE, json.dumps(order)]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=_longest(order) + _LONGER, check=False
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the leak run failed: {done.stderr[-3000:]}")
    return LeakReport(**json.loads(done.stdout.splitlines()[-1]))


def _longest(order: dict[str, Any]) -> float:
    return order.get("deadline", _SECONDS) + _LONGER


def why_not() -> str:
    """Why this system cannot give the namespaces, or the empty string."""
    for tool in ("unshare", "ip", "openssl"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    script = "ip link add x type dummy || ip link add x type veth"
    command = [*_OUTER, "sh", "-c", f"({script}) && exec {' '.join(_INNER)} true"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return f"no namespaces for this user: {done.stderr.strip()}" if done.returncode else ""


def _run_inside(order: dict[str, Any]) -> LeakReport:
    from tests.hostile import leak_net

    leak_net.build()
    tap, world = leak_net.Tap(), leak_net.World()
    world.open()
    browser = _browse(order)
    return judge(tap.packets, browser)


def _browse(order: dict[str, Any]) -> dict[str, Any]:
    kept = ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="leak-home-") as home:
        environ |= {"HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "offscreen"}
        module = "tests.hostile.leak_browser"
        argv = [*_INNER, sys.executable, "-m", module, json.dumps(order)]
        done = subprocess.run(
            argv, env=environ, capture_output=True, text=True, timeout=_longest(order), check=False
        )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the browser ended with {done.returncode}: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def judge(packets: Iterable[Any], browser: dict[str, Any]) -> LeakReport:
    """Name the vector behind every packet. Only the way to our own proxy is nobody's leak."""
    seen: dict[int, set[str]] = {}
    strangers: list[str] = []
    hosts: set[str] = set()
    counted = proxied = granted = 0
    for packet in packets:
        if (packet.address, packet.port) == ("127.0.0.1", browser["proxy_port"]):
            proxied += 1
            continue
        if _goes_to_the_granted_host(packet):
            granted += 1
            continue
        counted += 1
        hosts.add(_host_of(packet))
        number = number_in(packet.what)
        if number is None:
            number = number_at(packet.address, packet.port)
        if number is None or number >= len(corpus()):
            strangers.append(f"{packet.kind} {packet.address}:{packet.port} {packet.what}")
        else:
            seen.setdefault(number, set()).add(packet.kind)
    for kind in ("external", "other-view"):
        for number in browser[kind]:
            seen.setdefault(number, set()).add(kind)
    found = {corpus()[number].title: tuple(sorted(how)) for number, how in sorted(seen.items())}
    return LeakReport(
        by_vector=found,
        strangers=tuple(strangers),
        browser=browser,
        packets=counted,
        proxied=proxied,
        granted=granted,
        hosts=tuple(sorted(hosts - {GRANTED_ADDRESS} or hosts)),
        by_class=_sums(found),
    )


def _goes_to_the_granted_host(packet: Any) -> bool:
    there = (packet.kind, packet.address, packet.port) == ("tcp", GRANTED_ADDRESS, 80)
    return there or packet.what == GRANTED_HOST


def _host_of(packet: Any) -> str:
    """A name where one was asked for; its packets go to the address of the host of all names."""
    return (packet.what or packet.address).lower()


def _sums(found: dict[str, tuple[str, ...]]) -> dict[str, int]:
    kinds = [title.partition("/")[0] for title in found]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def main() -> None:
    """Outside: enter the namespaces. Inside: run and print."""
    if sys.argv[1:2] == [_INSIDE]:
        print(json.dumps(asdict(_run_inside(json.loads(sys.argv[2])))), flush=True)
        os._exit(0)  # the canary's threads have nothing to finish
    report = run_leaks(json.loads(sys.argv[1] if sys.argv[1:] else "{}"))
    print(json.dumps(asdict(report), indent=1))


if __name__ == "__main__":
    main()
