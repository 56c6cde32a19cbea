"""What the operating system must provide: shared libraries, fonts and (for the tests) programs.

A library is missing when this interpreter's own loader cannot load it: that holds on every
distribution. Packages are named for Debian and Ubuntu, newest name first, because libraries were
renamed (`t64`) in Debian 13 and Ubuntu 24.04.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import say


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing that must be there. *packages* are alternatives, in order of preference."""

    what: str
    packages: tuple[str, ...]
    present: Callable[[], bool]
    required: bool = True


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _library(soname: str, *packages: str) -> Need:
    return Need(what=soname, packages=packages, present=lambda: _loads(soname))


def _program(name: str, *packages: str) -> Need:
    return Need(what=name, packages=packages, present=lambda: _on_path(name))


def _on_path(name: str) -> bool:
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None


def _has_font(pattern: str) -> bool:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
    return any(next(folder.rglob(pattern), None) for folder in folders if folder.is_dir())


# In the order in which Chromium and Qt's platform plugins ask for them.
PROGRAM_NEEDS = (
    _library("libnss3.so", "libnss3"),
    _library("libnspr4.so", "libnspr4"),
    _library("libasound.so.2", "libasound2t64", "libasound2"),
    _library("libglib-2.0.so.0", "libglib2.0-0t64", "libglib2.0-0"),
    _library("libdbus-1.so.3", "libdbus-1-3"),
    _library("libfontconfig.so.1", "libfontconfig1"),
    _library("libfreetype.so.6", "libfreetype6"),
    _library("libEGL.so.1", "libegl1"),
    _library("libGL.so.1", "libgl1"),
    _library("libX11.so.6", "libx11-6"),
    _library("libX11-xcb.so.1", "libx11-xcb1"),
    _library("libXcomposite.so.1", "libxcomposite1"),
    _library("libXdamage.so.1", "libxdamage1"),
    _library("libXext.so.6", "libxext6"),
    _library("libXfixes.so.3", "libxfixes3"),
    _library("libXrandr.so.2", "libxrandr2"),
    _library("libXtst.so.6", "libxtst6"),
    _library("libxkbcommon.so.0", "libxkbcommon0"),
    _library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    _library("libxkbfile.so.1", "libxkbfile1"),
    _library("libxcb-cursor.so.0", "libxcb-cursor0"),
    _library("libxcb-icccm.so.4", "libxcb-icccm4"),
    _library("libxcb-image.so.0", "libxcb-image0"),
    _library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    _library("libxcb-render-util.so.0", "libxcb-render-util0"),
    _library("libxcb-shape.so.0", "libxcb-shape0"),
    _library("libxcb-dri3.so.0", "libxcb-dri3-0"),
    _library("libxcb-sync.so.1", "libxcb-sync1"),
    _library("libxcb-xkb.so.1", "libxcb-xkb1"),
    _library("libdrm.so.2", "libdrm2"),
    _library("libgbm.so.1", "libgbm1"),
    _library("libexpat.so.1", "libexpat1"),
    _library("libbrotlidec.so.1", "libbrotli1"),
    _library("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
    _library("libudev.so.1", "libudev1"),
    _library("libwayland-client.so.0", "libwayland-client0"),
    _library("libwayland-cursor.so.0", "libwayland-cursor0"),
    _library("libwayland-egl.so.1", "libwayland-egl1"),
    Need(what="a font", packages=("fonts-dejavu-core",), present=lambda: _has_font("*.[to]tf")),
    Need(  # web pages ask for Arial and Times; without a stand-in their buttons come out in serif
        what="fonts for web pages",
        packages=("fonts-liberation",),
        present=lambda: _has_font("*[Ll]iberation*"),
    ),
    Need(
        what="an emoji font",
        packages=("fonts-noto-color-emoji",),
        present=lambda: _has_font("*[Ee]moji*"),
        required=False,
    ),
)

TEST_NEEDS = (
    _program("git", "git"),
    _program("Xvfb", "xvfb"),
    _program("xauth", "xauth"),
    _program("xdotool", "xdotool"),
    _program("dbus-daemon", "dbus-daemon", "dbus"),
    _program("gnome-keyring-daemon", "gnome-keyring"),
    Need(
        what="Chromium, which a benchmark compares us with",
        packages=("chromium",),
        present=lambda: _on_path("chromium") or _on_path("google-chrome"),
        required=False,
    ),
)


def ensure(needs: Sequence[Need]) -> None:
    """Install what is missing of *needs* when this user may; otherwise say exactly what and how."""
    missing = [need for need in needs if not need.present()]
    if not missing:
        return
    rights = privilege()
    if rights is None or shutil.which("apt-get") is None:
        _without_rights(missing)
        return
    _install(rights, missing)
    still = [need for need in missing if need.required and not need.present()]
    if still:
        say.refuse(f"still missing after the installation: {_things(still)}")


def privilege() -> tuple[str, ...] | None:
    """How to run a command as root without being asked: as is, by `sudo -n`, or not at all."""
    if os.geteuid() == 0:
        return ()
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    asked = subprocess.run([sudo, "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True)
    return (sudo, "-n") if asked.returncode == 0 else None


def _install(rights: tuple[str, ...], missing: Sequence[Need]) -> None:
    say.step(f"missing: {_things(missing)}")
    say.step("asking apt for its newest lists")
    _apt(rights, "update")
    required = sorted({_package(need) for need in missing if need.required})
    if required and not _installed(rights, required):
        say.refuse("apt-get could not install them; its last lines above say why")
    for need in missing:  # each alone: one that cannot be had costs nobody the others
        if not need.required and not (_to_be_had(need) and _installed(rights, [_package(need)])):
            say.step(f"recommended, not to be had here: {need.what}")


def _installed(rights: tuple[str, ...], packages: Sequence[str]) -> bool:
    say.step(f"installing Debian packages: {' '.join(packages)}")
    return _apt(rights, "install", "-y", "--no-install-recommends", *packages) == 0


def _to_be_had(need: Need) -> bool:
    return any(map(_known_to_apt, need.packages))


def _apt(rights: tuple[str, ...], *arguments: str) -> int:
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", *arguments]
    if rights:
        command = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", *command]
    done = subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        for line in done.stdout.splitlines()[-8:]:
            say.step(f"apt: {line}")
    return done.returncode


def _package(need: Need) -> str:
    for name in need.packages:
        if _known_to_apt(name):
            return name
    return need.packages[-1]


def _known_to_apt(name: str) -> bool:
    if shutil.which("apt-cache") is None:
        return False
    shown = subprocess.run(
        ["apt-cache", "policy", name], capture_output=True, text=True, check=False
    ).stdout
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def _without_rights(missing: Sequence[Need]) -> None:
    packages = " ".join(sorted({_package(need) for need in missing}))
    required = [need for need in missing if need.required]
    if not required:
        say.step(f"recommended, not installed: {packages}")
        return
    say.refuse(
        f"missing on this machine: {_things(missing)}. This user may not install packages, so "
        f"please run:\n    sudo apt-get install --no-install-recommends {packages}"
    )


def _things(needs: Sequence[Need]) -> str:
    return ", ".join(need.what for need in needs)
