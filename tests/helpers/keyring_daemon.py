"""A real gnome-keyring-daemon on a private session bus, with its own home folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""


@contextmanager
def session_bus(folder: Path) -> Iterator[str]:
    """A private session bus without any service; yields its address."""
    config = folder / "bus.conf"
    config.write_text(_BUS_CONFIG.format(folder=folder))
    command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert bus.stdout is not None
    try:
        yield bus.stdout.readline().strip()
    finally:
        bus.terminate()
        bus.wait(10)
        bus.stdout.close()


@contextmanager
def unlocked_keyring(folder: Path, address: str) -> Iterator[None]:
    """A keyring daemon on the bus at *address*, unlocked with a password."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_RUNTIME_DIR": str(folder),
        "DBUS_SESSION_BUS_ADDRESS": address,
    }
    command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
    daemon = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdin is not None
    assert daemon.stdout is not None
    try:
        daemon.stdin.write(b"a password")
        daemon.stdin.close()
        # It prints its control socket once it owns the name on the bus.
        daemon.stdout.readline()
        yield
    finally:
        daemon.terminate()
        daemon.wait(10)
        daemon.stdout.close()
