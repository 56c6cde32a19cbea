"""What a person should look at before a command runs: the host's own words about its arguments.

Law: a finding highlights, it never clears: nothing is called safe because no pattern fits. Pure;
the consent dialog shows every sentence, whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from mcphost.domain.launch import Launch
from mcphost.domain.text import hides, one_line

RIGHTS: Final = (
    "It runs as you: it can read, change and delete your files, use your network and start other "
    "programs. mcphost cannot hold it back."
)

_ROOT: Final = frozenset({"sudo", "doas", "pkexec", "su", "runas", "run0"})
_SHELLS: Final = frozenset(
    {"sh", "bash", "zsh", "dash", "fish", "ksh", "cmd", "cmd.exe", "powershell", "pwsh"}
)
_NETWORK: Final = frozenset(
    {"curl", "wget", "nc", "ncat", "netcat", "socat", "ssh", "scp", "sftp", "rsync", "telnet"}
)
_FETCHERS: Final = frozenset({"npx", "bunx", "uvx", "pipx", "pnpx"})
_FETCHING: Final = (
    ("npm", "exec"),
    ("pnpm", "dlx"),
    ("yarn", "dlx"),
    ("uv", "run"),
    ("uv", "tool"),
    ("deno", "run"),
    ("docker", "run"),
    ("podman", "run"),
    ("go", "run"),
)
_INLINE: Final = re.compile(r"python|pypy|node|perl|ruby|php|deno|bun|lua")
_PIPED: Final = re.compile(
    r"\b(?:curl|wget)\b[^|]{0,4096}\|\s*(?:sudo\s+)?(?:ba|z|da|k|fi)?sh\b", re.IGNORECASE
)
_DELETES: Final = re.compile(r"\brm\s+(?:-\w*[rf]|--recursive|--force)|\bmkfs\b|\bdd\s+if=")
_SENSITIVE: Final = (".ssh", ".gnupg", ".aws", ".kube", ".netrc", ".config/gcloud", ".mozilla")
_LOADERS: Final = re.compile(
    r"LD_.*|DYLD_.*|PYTHONPATH|PYTHONSTARTUP|PYTHONHOME|NODE_OPTIONS|NODE_PATH|BASH_ENV|ENV|PERL5OPT"
    r"|PERL5LIB|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS|PATH"
)
_OPEN_TO_ALL: Final = ("/tmp/", "/var/tmp/", "/dev/shm/")


def dangers(launch: Launch, *, home: str) -> tuple[str, ...]:
    """Every sentence about *launch*, the general one first."""
    found = (*_programs(launch), *_texts(launch), *_paths(launch, home), *_surroundings(launch))
    return (RIGHTS, *dict.fromkeys(found))


def _programs(launch: Launch) -> Iterator[str]:
    names = [PurePosixPath(part).name.lower() for part in launch.argv]
    program = names[0] if names else ""
    for name in names:
        if name in _ROOT:
            yield f"“{name}” gives it the rights of the administrator."
        if name in _NETWORK:
            yield f"“{name}” talks to the network."
    if any(name in _SHELLS for name in names) and "-c" in launch.argv:
        yield "It hands a line of text to a shell, which runs whatever that line says."
    elif _INLINE.match(program) and {"-c", "-e", "--eval", "-r"}.intersection(launch.argv[1:3]):
        yield "Its program is written in its arguments: read them to the end."
    if program in _FETCHERS or any(
        names[:1] + names[at : at + 1] == [*pair]
        for pair in _FETCHING
        for at in range(1, min(len(names), 4))
    ):
        yield (
            f"“{program}” may download code and run it. What it downloads is not covered by the "
            "fingerprints below and can be different every time."
        )


def _texts(launch: Launch) -> Iterator[str]:
    whole = " ".join(launch.argv)
    if _PIPED.search(whole):
        yield "It downloads a script and runs it unseen (curl | sh)."
    if _DELETES.search(whole):
        yield "It deletes or overwrites without asking (rm -rf and the like)."
    if any(hides(character) for part in launch.argv for character in part):
        yield "Its arguments contain characters that cannot be seen; they are spelled out below."


def _paths(launch: Launch, home: str) -> Iterator[str]:
    inside = home.rstrip("/") + "/"
    for part in launch.argv[1:]:
        for word in re.split(r"[\s=:,;\"']+", part):
            path = word.replace("~", home, 1) if word.startswith("~/") else word
            if any(f"/{spot}" in path for spot in _SENSITIVE):
                yield f"{_shown(word)} is where keys and passwords are kept."
            elif path.startswith("//"):
                continue  # what is left of an address behind its scheme
            elif path.startswith("/") and len(path) > 1 and not f"{path}/".startswith(inside):
                yield f"{_shown(word)} is outside your home folder."
            elif path.rstrip("/") == home.rstrip("/") or path == "/":
                yield f"{_shown(word)} is all there is: your whole home folder, or the computer."
    if ".." in PurePosixPath(launch.executable.path).parts:
        yield "The path of the program leads upwards (..)."


def _surroundings(launch: Launch) -> Iterator[str]:
    for file in launch.files:
        if file.path.startswith(_OPEN_TO_ALL):
            yield f"{_shown(file.path)} lies in a folder that every program here can write to."
    for name in launch.environment:
        if _LOADERS.fullmatch(name):
            yield f"The variable {_shown(name)} can make it load other code than is shown."


def _shown(text: str) -> str:
    return f"“{one_line(text, limit=4096)}”"
