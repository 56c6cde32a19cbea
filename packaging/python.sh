# Sourced by run, test and lock: find_python sets PYTHON to an interpreter, 3.11 to 3.14, with venv
# and pip, that an ordinary user can read and execute too (as root, one below /root is no use).

say() { printf 'packaging: %s\n' "$*" >&2; }

as_anyone() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
    else
        "$@"
    fi
}

python_suits() {
    as_anyone "$1" -I -c '
import sys, venv, ensurepip, ssl
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
' </dev/null >/dev/null 2>&1
}

choose_python() {
    for candidate in "${MCPHOST_PYTHON:-}" /usr/bin/python3 \
        /usr/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.14 /usr/bin/python3.11 \
        python3 python3.13 python3.12 python3.14 python3.11; do
        [ -n "$candidate" ] || continue
        PYTHON=$(command -v "$candidate" 2>/dev/null) || continue
        if python_suits "$PYTHON"; then return 0; fi
    done
    PYTHON=
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_quietly() {
    heard=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null 2>&1) && return 0
    printf '%s\n' "$heard" | tail -5 >&2
    return 1
}

install_python() {
    apt_quietly install -y --no-install-recommends "$@"
}

find_python() {
    choose_python && return 0
    if command -v apt-get >/dev/null 2>&1 && as_root true; then
        say "no suitable Python yet: installing python3 and python3-venv"
        apt_quietly update || true
        install_python python3 python3-venv ca-certificates || true
        choose_python && return 0
        install_python python3.11 python3.11-venv || true
        choose_python && return 0
    fi
    say "needs Python 3.11 to 3.14 with venv, readable by ordinary users, and found none."
    say "On Debian 12 or newer and Ubuntu 24.04 or newer:  sudo apt-get install python3 python3-venv"
    say "Another interpreter can be named with MCPHOST_PYTHON=/path/to/python3."
    exit 3
}
