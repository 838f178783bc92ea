#!/usr/bin/env bash
# Makes sure that stack.py can run (Python 3 with venv, from apt), then runs it.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# Not whatever `python3` the caller's PATH finds first: one that every user may run.
python=${TELECOM_PYTHON:-/usr/bin/python3}

fail() {
    printf '! %s\n' "$1" >&2
    printf '! → %s\n' "$2" >&2
    exit 1
}

complete() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && [ -d /usr/share/zoneinfo ]
}

if ! complete; then
    command -v apt-get >/dev/null ||
        fail "Python 3 with venv is missing, and this machine has no apt." \
            "Use Debian 12, or set TELECOM_PYTHON to a Python 3.11 to 3.13 with venv; see docs/install.md."
    packages=(python3 python3-venv tzdata)
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "Python 3 with venv is missing; you are not root and there is no sudo." \
                "As root: apt-get install ${packages[*]}"
        as_root=(sudo)
    fi
    echo "Installing ${packages[*]} with apt …"
    install() {
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends "${packages[@]}" >/dev/null
    }
    install 2>/dev/null || { "${as_root[@]}" apt-get update -q >/dev/null && install; } ||
        fail "apt could not install ${packages[*]}." \
            "Check the network and /etc/apt/sources.list, then run the same command again."
    complete || fail "$python still lacks venv." "Set TELECOM_PYTHON to a Python 3.11 to 3.13 with venv."
fi

exec "$python" "$here/stack.py" "$@"
